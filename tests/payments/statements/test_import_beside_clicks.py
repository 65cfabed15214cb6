"""An import beside the clicks of the person who brought the file before: none of them fails."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, connections, transaction

from offer_site.errors import RuleViolation
from offer_site.journal.models import HOUSE, Chain
from payments.models import ReconciliationDifference, StatementLine
from payments.operations.statements.imports import import_statement
from payments.operations.statements.lines import set_line_aside, take_line
from payments.operations.statements.looks import note_not_at_the_bank
from tests.given import NOON
from tests.mailbox import wait_for
from tests.payments.by_hand import a_clerk
from tests.payments.statements.scenes import DAY, a_statement, an_operation
from tests.payments.statements.test_second_look import brought
from tests.services import on_sqlite

pytestmark = [pytest.mark.clause("4.4")]

WEDNESDAY = NOON + timedelta(days=2)
# Of this database alone: other processes of the suite wait for locks of theirs.
WAIT = """
SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN (
    SELECT pid FROM pg_locks JOIN pg_database ON database = pg_database.oid
    WHERE datname = current_database()
)
"""


def are_waiting(count: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAIT)
        return cursor.fetchone()[0] >= count


def alone(work):
    """Do a work in a session of its own; a refusal is a result."""
    try:
        return work()
    except RuleViolation as refused:
        return refused
    finally:
        connections.close_all()


@pytest.mark.skipif(on_sqlite(), reason="SQLite has one writer")
@pytest.mark.parametrize(
    ("click", "number"),
    [(set_line_aside, 1), (take_line, 2), (note_not_at_the_bank, 1), (note_not_at_the_bank, 2)],
)
def test_an_import_and_a_click_wait_for_each_other_in_one_order(transactional_db, click, number):
    """The journal of the house is the last that both wait for."""
    clerk = a_clerk("first")
    other_day = DAY - timedelta(days=3)
    brought(an_operation(purpose="біреу", amount="7.00", number=1))
    brought(an_operation(purpose="басқа", amount="8.00", number=2, day=other_day), day=other_day)
    line = StatementLine.objects.get(number=str(number))
    storno = an_operation(purpose="Сторно", amount="-9.00", number=900, payer_id="")
    content = a_statement([storno, an_operation(purpose="аренда", amount="5.00")], closing="5.00")
    content = content.replace("КонечныйОстаток=5.00".encode("kz1048"), b"")
    works = (
        partial(import_statement, content=content, name="b", by=f"staff:{clerk.pk}", at=WEDNESDAY),
        partial(click, line=line, reason="себебі", by=clerk, at=WEDNESDAY),
    )
    with ThreadPoolExecutor(2) as threads:
        with transaction.atomic():
            Chain.objects.select_for_update().get(name=HOUSE)
            results = []
            for count, work in enumerate(works, 1):
                results.append(threads.submit(alone, work))
                wait_for(partial(are_waiting, count))
        report, clicked = [each.result() for each in results]
    assert report.file.stored_at == WEDNESDAY
    assert isinstance(clicked, RuleViolation) == (click is note_not_at_the_bank and number == 1)
    missed = ReconciliationDifference.objects.filter(kind="missing_there")
    assert missed.filter(reference=StatementLine.objects.get(number="1").fingerprint).exists()
