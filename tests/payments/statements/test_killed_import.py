"""An import that was killed between two lines goes on when
the same file is imported again (M11).
"""

import os
import signal
import sys
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse

from enrollment.models import Order
from enrollment.rules.order_states import OrderState
from offer_site.journal.models import Entry
from payments.models import Allocation, LedgerEntry, LineState, StatementFile, StatementLine
from payments.operations.statements.imports import import_statement
from payments.providers.bank_transfer.statement import PIECE
from tests.audit.asked import all_that_is_false
from tests.given import NOON, a_cohort, a_placed_order, an_owner
from tests.mailbox import wait_for
from tests.payments.by_hand import a_clerk
from tests.payments.statements.scenes import a_statement, an_operation, an_order_paid, bank_details
from tests.processes import Process

pytestmark = [pytest.mark.clause("4.4")]
LINES = 6000


def a_large_file(folder: Path, orders: list[Order]) -> Path:
    """A file that names its orders at its beginning, in its middle and at its end."""
    operations = [
        an_operation(purpose=f"қызмет үшін {number}", number=number)
        for number in range(LINES - len(orders))
    ]
    for place, order in zip((0, LINES // 2, LINES), orders, strict=True):
        operations.insert(place, an_order_paid(order))
    path = folder / "large.txt"
    path.write_bytes(a_statement(operations))
    return path


def test_a_killed_import_goes_on_and_every_line_is_there_once(transactional_db, tmp_path):
    cohort = a_cohort()
    orders = [a_placed_order(cohort=cohort) for _each in range(3)]
    bank_details()
    path = a_large_file(tmp_path, orders)
    command = (sys.executable, "manage.py", "import_statement", path)
    killed = Process(*command, log=tmp_path / "killed.log", env=dict(os.environ))
    wait_for(StatementLine.objects.exists, seconds=60)
    killed.stop(how=signal.SIGKILL)

    file = StatementFile.objects.get()
    assert file.stored_at is None
    assert 0 < file.lines.count() < LINES
    assert not LedgerEntry.objects.exists()
    assert StatementFile.objects.broken_off(file.imported_at + timedelta(hours=1)).exists()

    with pytest.raises(SystemExit):  # what names no order waits
        call_command("import_statement", str(path))
    file.refresh_from_db()
    assert file.stored_at is not None
    assert (file.lines.count(), StatementLine.objects.count()) == (LINES, LINES)
    assert StatementLine.objects.filter(state=LineState.MATCHED).count() == 3
    assert set(Order.objects.values_list("state", flat=True)) == {OrderState.PAID}
    assert LedgerEntry.objects.count() == Allocation.objects.count() == 3
    assert Entry.objects.filter(verb="statement.imported").count() == 1
    connection.close()


class UploadLost(BytesIO):
    """An upload that is lost while its lines are stored, after it was read to its end once."""

    times = 0

    def readlines(self, hint: int = -1, /) -> list[bytes]:
        self.times += self.tell() == 0 and hint == PIECE
        if self.times == 2:
            raise InterruptedError
        return super().readlines(hint)


@pytest.mark.django_db
def test_another_person_finishes_an_import_that_broke_off():
    """Who brought the file is who began; the journal has both."""
    bank_details()
    content = a_statement([an_order_paid(a_placed_order())])
    first, second = (f"staff:{a_clerk(name).pk}" for name in ("first", "second"))
    with pytest.raises(InterruptedError):
        import_statement(content=UploadLost(content), name="kaspi.txt", by=first, at=NOON)
    file = import_statement(content=content, name="kaspi.txt", by=second, at=NOON).file
    imported = Entry.objects.get(verb="statement.imported")
    assert (file.by, imported.by, imported.facts["brought_by"]) == (first, second, first)
    assert not all_that_is_false()


@pytest.mark.django_db
def test_staff_see_which_files_broke_off(client):
    order = a_placed_order()
    bank_details()
    content = a_statement([an_order_paid(order)])
    file = import_statement(content=content, name="kaspi.txt", by="system", at=NOON).file
    client.force_login(an_owner())
    url = reverse("admin:payments_statementfile_changelist")
    assert client.get(url, {"attention": "broken-off"}).context["cl"].result_count == 0
    StatementFile.objects.update(stored_at=None)
    assert client.get(url, {"attention": "broken-off"}).context["cl"].result_count == 1
    page = client.get(reverse("admin:payments_statementfile_change", args=[file.pk]))
    assert len(page.context["chapters"]) == 2
    again = import_statement(content=content, name="kaspi.txt", by="system", at=NOON)
    assert (again.is_new, again.file.stored_at) == (False, NOON)
