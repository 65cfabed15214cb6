"""Files as the banks of Kazakhstan write them, at the door where the clerk imports them: what must
come of each stands in `files/expected.toml`. Every name and number in them is invented.
"""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from enrollment.models import Order
from enrollment.rules.order_states import OrderState
from offer_site.audit.manual import (
    a_line_is_matched_or_waits_or_is_set_aside,
    a_line_is_what_the_bank_told,
)
from payments.models import LedgerEntry, LineState, StatementFile, StatementLine
from payments.models.statement import CONTRADICTION
from tests.enrollment.company import a_placed_invoice
from tests.given import NOON, a_placed_order
from tests.payments.statements.scenes import bank_details

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.4")]
FILES = Path(__file__).parent / "files"
EXPECTED = tomllib.loads((FILES / "expected.toml").read_text())
ORDER, INVOICE = b"SM4K7Q2X", b"SH4K7Q2X"
TOMORROW = NOON + timedelta(hours=21)


def told_of(content: bytes, order: Order) -> bytes:
    """The bytes of a bank with the codes of this site in the place of the invented ones."""
    code = order.code.encode()
    if INVOICE in content:
        content = content.replace(INVOICE, a_placed_invoice().code.encode())
    return (
        content.replace(ORDER, code)
        .replace(b"SM4K 7Q2X", code[:4] + b" " + code[4:])
        .replace(b"SM4K\r\n", code[:4] + b"\r\n")
        .replace(b"=7Q2X", b"=" + code[4:])
    )


def imported(path: Path, capsys: Any) -> tuple[int, str]:
    """The exit code of the command, and all that it says."""
    with time_machine.travel(TOMORROW, tick=False):
        try:
            call_command("import_statement", str(path))
        except SystemExit as ended:
            return int(str(ended.code)), capsys.readouterr().out
        except CommandError as refused:
            return refused.returncode, str(refused)
    return 0, capsys.readouterr().out


def test_each_file_is_expected_and_there_are_21():
    assert {path.name for path in FILES.glob("*.txt")} == set(EXPECTED)
    assert len(EXPECTED) == 21


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_what_must_come_of_a_banks_file(name, tmp_path, capsys):
    order = a_placed_order()
    bank_details()
    expected = EXPECTED[name]
    path = tmp_path / name
    path.write_bytes(told_of((FILES / name).read_bytes(), order))
    code, words = imported(path, capsys)
    assert code == expected.get("exit", 0), words
    assert expected.get("says", "") in words
    order.refresh_from_db()
    is_paid = expected.get("paid", False)
    assert order.state == (OrderState.PAID if is_paid else OrderState.AWAITING_PAYMENT)
    assert LedgerEntry.objects.count() == is_paid
    lines = StatementLine.objects.order_by("doubt", "line")
    waiting = lines.filter(state=LineState.UNMATCHED)
    assert list(waiting.values_list("doubt", flat=True)) == expected.get("waiting", [])
    assert lines.filter(state=LineState.SET_ASIDE).count() == expected.get("set_aside", 0)
    told_twice = [line.facts[CONTRADICTION] for line in lines if line.facts[CONTRADICTION]]
    assert told_twice == ([expected["contradiction"]] if "contradiction" in expected else [])
    assert StatementFile.objects.exists() == (code != 2)
    assert not [*a_line_is_matched_or_waits_or_is_set_aside(TOMORROW)]
    assert not [*a_line_is_what_the_bank_told(TOMORROW)]


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_another_export_of_the_same_adds_nothing(name, tmp_path, capsys):
    order = a_placed_order()
    bank_details()
    path = tmp_path / name
    content = told_of((FILES / name).read_bytes(), order)
    path.write_bytes(content)
    first, _words = imported(path, capsys)
    counts = StatementLine.objects.count(), LedgerEntry.objects.count()
    path.write_bytes(content + b"\r\n" if first != 2 and not content.endswith(b"\0") else content)
    imported(path, capsys)
    assert (StatementLine.objects.count(), LedgerEntry.objects.count()) == counts
