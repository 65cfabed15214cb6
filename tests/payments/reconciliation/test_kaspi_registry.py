"""Kaspi's registry is read however its columns are named,
and compared with the ledger and the account (M1, M7).
"""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import transaction
from django.urls import reverse
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from enrollment.models import Order
from enrollment.operations.ordering.orders import lapse_unpaid_orders
from enrollment.rules.order_states import OrderState
from offer_site.clock.schedule import job, run_jobs
from offer_site.days import end_of_day
from payments.models import (
    DifferenceKind,
    KaspiRegistry,
    KaspiRow,
    LedgerEntry,
    Outcome,
    ReconciliationDifference,
)
from payments.operations.ledger.manual import approve_manual_receipt
from payments.operations.ledger.receipts import Receipt, record_receipt
from payments.operations.reconciliation.kaspi_registry import (
    import_kaspi_registry,
    kaspi_day,
    kaspi_days_to_reconcile,
    reconcile_kaspi,
)
from payments.operations.statements.imports import import_statement
from payments.providers.kaspi.registry import RegistryError, read_registry
from payments.rules.aggregates import Aggregate, aggregate_of
from tests.given import NOON, a_placed_order, an_owner, refusal
from tests.payments.by_hand import a_clerk, entered
from tests.payments.kaspi import TXN, a_payment, result
from tests.payments.notifications import an_attempt
from tests.payments.registries import HEADINGS, a_net_line, a_registry, a_row
from tests.payments.statements.scenes import DAY, a_statement, bank_details
from tests.staff.conftest import a_member, signed_in

pytestmark = pytest.mark.clause("4.4")
MORNING = NOON + timedelta(hours=20)
WHOLE = a_registry(
    a_row(TXN, "SM4K7Q2X"), a_row("1000000000000000124", "SM4K7Q2Y", "7 820,00", "74,30")
)


# --- the file
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
@pytest.mark.parametrize("delimiter", ["\t", ";", ","])
def test_tables_are_read_in_each_encoding_and_with_each_delimiter(encoding, delimiter):
    first, second = read_registry(
        a_registry(
            a_row(TXN, "SM4K7Q2X"),
            a_row("124555", "SM4K7Q2Y", "7820.00", ""),
            delimiter=delimiter,
            encoding=encoding,
        ),
        columns={},
    )
    assert (first.txn_id, first.account, first.amount, first.commission) == (
        TXN,
        "SM4K7Q2X",
        Decimal("149990.00"),
        Decimal("1424.91"),
    )
    assert first.paid_at == NOON
    assert (second.amount, second.commission) == (Decimal("7820.00"), None)


def test_the_setting_says_how_the_bank_heads_its_columns():
    headings = ("Идентификатор", "Когда", "Кому", "Сколько", "Удержано")
    columns = {
        "txn_id": "Идентификатор",
        "time": "когда",
        "account": "Кому",
        "sum": "СКОЛЬКО",
        "commission": "Удержано",
    }
    content = a_registry(a_row(TXN, "SM4K7Q2X"), headings=headings)
    (paid,) = read_registry(content, columns=columns)
    assert (paid.txn_id, paid.commission) == (TXN, Decimal("1424.91"))
    with pytest.raises(RegistryError):
        read_registry(content, columns={})


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("23.11.2026 12:00:05", datetime(2026, 11, 23, 7, 0, 5, tzinfo=UTC)),
        ("2026-11-23T12:00:05", datetime(2026, 11, 23, 7, 0, 5, tzinfo=UTC)),
        ("20261123120005", datetime(2026, 11, 23, 7, 0, 5, tzinfo=UTC)),
        ("23.11.2026", datetime(2026, 11, 23, 7, 0, tzinfo=UTC)),
    ],
)
def test_times_are_those_of_almaty(written, read):
    (paid,) = read_registry(a_registry((TXN, written, "SM4K7Q2X", "1.00", "")), columns={})
    assert paid.paid_at == read


def test_day_and_hour_may_stand_in_two_columns():
    headings = ("ID операции", "Дата", "Время", "Заказ", "Сумма")
    (paid,) = read_registry(
        a_registry((TXN, "23.11.2026", "12:00", "SM4K7Q2X", "1"), headings=headings), columns={}
    )
    assert paid.paid_at == NOON


@pytest.mark.parametrize(
    ("damage", "line", "reason"),
    [
        (("149990.00", "149990.001"), 3, "not an amount: 149990.001"),
        (("7 820,00", ""), 4, "not an amount"),
        (("7 820,00", "0"), 4, "not an amount"),
        (("23.11.2026 12:00:00", "31.11.2026 12:00:00"), 3, "not a date"),
        ((TXN, ""), 3, "not a number of an operation"),
        (("Номер транзакции", "Нечто"), 1, "no line heads the columns"),
        (("Реестр", "\0"), 1, "its encoding is unknown"),
    ],
)
def test_a_bad_registry_is_refused_with_the_line_and_the_reason(damage, line, reason):
    with override("en"), pytest.raises(RegistryError, match=reason) as refused:
        read_registry(WHOLE.decode("cp1251").replace(*damage).encode(), columns={})
    assert refused.value.line == line


@given(st.integers(0, len(WHOLE) - 1), st.binary(max_size=3))
def test_damaged_bytes_are_read_or_refused_with_a_line(place, bytes_):
    with suppress(RegistryError):
        for paid in read_registry(
            WHOLE[:place] + bytes_ + WHOLE[place + len(bytes_) :], columns={}
        ):
            assert paid.amount
            assert paid.line >= 3


@pytest.mark.parametrize(
    ("purpose", "told"),
    [
        ("за 23.11.2026, сумма 7 820.00, комиссия 74.30", (DAY, "7820.00", "74.30")),
        ("Договор 12 от 01.02.2025. 7820,00 - 74,30 за 23.11.2026", (DAY, "7820.00", "74.30")),
        ("возмещение 7 820.00/74.30", (None, "7820.00", "74.30")),
        ("возмещение за 23.11.2026", (DAY, None, None)),
        ("за 99.99.2026", (None, None, None)),
    ],
)
def test_the_purpose_of_a_net_sum_is_read(purpose, told):
    day, gross, commission = told
    assert aggregate_of(purpose, net=Decimal("7745.70"), came_on=date(2026, 11, 24)) == Aggregate(
        day, gross and Decimal(gross), commission and Decimal(commission)
    )


# --- beside the ledger
@pytest.fixture
def order(db) -> Order:
    order = a_placed_order()
    bank_details()
    return order


@pytest.fixture
def kaspi(order: Order, settings: Any) -> Order:
    """An order that Kaspi has told us was paid."""
    settings.KASPI_ALLOWED_ADDRESSES = ["127.0.0.1"]
    assert result(a_payment(order)) == 0
    return order


def imported(*rows: Any, at: datetime = MORNING) -> Any:
    return import_kaspi_registry(content=a_registry(*rows), name="kaspi.csv", by="system", at=at)


def standing() -> list[tuple[str, str]]:
    return list(
        ReconciliationDifference.objects.open().order_by("pk").values_list("kind", "reference")
    )


def test_where_all_agree_nothing_differs(kaspi):
    report = imported(a_row(TXN, kaspi.code))
    assert (report.is_new, report.needs_a_person, standing()) == (True, False, [])
    assert LedgerEntry.objects.count() == 1
    again = imported(a_row(TXN, kaspi.code))
    assert (again.is_new, KaspiRegistry.objects.count(), KaspiRow.objects.count()) == (False, 1, 1)


def test_the_same_payment_in_a_wider_registry_adds_nothing(kaspi):
    imported(a_row(TXN, kaspi.code))
    imported(a_row(TXN, kaspi.code), a_row("1000000000000000124", "SM000000"))
    assert (KaspiRegistry.objects.count(), KaspiRow.objects.count()) == (2, 2)


@pytest.mark.clause("2.2.1", "4.3")
def test_money_that_only_the_registry_tells_of_is_recorded_by_its_time_and_pays_its_order(order):
    lapse_unpaid_orders(at=end_of_day(DAY))
    report = imported(a_row(TXN, f" {order.code.lower()} "), at=end_of_day(DAY))
    order.refresh_from_db()
    entry = LedgerEntry.objects.get()
    assert (order.state, entry.reference, entry.happened_at) == (OrderState.PAID, TXN, NOON)
    assert not report.needs_a_person
    difference = ReconciliationDifference.objects.get()
    assert (difference.kind, difference.vanished_at) == (
        DifferenceKind.MISSING_HERE,
        end_of_day(DAY),
    )


def test_money_of_no_order_is_recorded_and_waits(order):
    imported(a_row(TXN, "кімге екені белгісіз"))
    assert LedgerEntry.objects.waiting().get().invoice_id == "кімге екені белгісіз"
    assert standing() == []


def test_a_notification_that_comes_after_the_registry_is_known(order, settings):
    settings.KASPI_ALLOWED_ADDRESSES = ["127.0.0.1"]
    imported(a_row(TXN, order.code))
    result(a_payment(order))
    assert LedgerEntry.objects.count() == 1


def test_another_sum_and_what_the_bank_does_not_list_are_differences_and_change_nothing(kaspi):
    other = a_placed_order()
    receipt = Receipt("kaspi", "Kaspi Pay", "777777", Decimal(other.price), "KZT", NOON, other.code)
    with transaction.atomic():
        assert record_receipt(receipt=receipt, order_code=other.code, at=NOON) == Outcome.APPLIED
    report = imported(a_row(TXN, kaspi.code, "149989.00"))
    assert report.needs_a_person
    assert standing() == [(DifferenceKind.AMOUNT, TXN), (DifferenceKind.MISSING_THERE, "777777")]
    assert LedgerEntry.objects.get(reference=TXN).amount == Decimal("149990.00")
    imported(a_row(TXN, kaspi.code, "149989.00"), a_row("777777", other.code))
    assert standing() == [(DifferenceKind.AMOUNT, TXN)]


def test_what_was_given_back_there_is_shown(kaspi):
    imported(a_row(TXN, kaspi.code), a_row("1000000000000000200", kaspi.code, "-149990.00", ""))
    assert standing() == [(DifferenceKind.REFUND_MISSING_HERE, "1000000000000000200")]


def test_a_day_without_a_registry_is_not_compared(kaspi):
    assert reconcile_kaspi(day=DAY, at=MORNING) is None
    imported(a_row(TXN, kaspi.code))
    assert reconcile_kaspi(day=DAY, at=MORNING).standing == ()


# --- beside the account
ROW = a_row(TXN, "SM000000", "7820.00", "74.30")


def the_bank_transfers(net: str) -> None:
    content = a_statement([a_net_line("7 820.00", "74.30", net)])
    report = import_statement(content=content, name="s.txt", by="system", at=MORNING)
    assert report.set_aside == 1


@pytest.mark.parametrize("statement_first", [True, False])
def test_the_net_sum_of_a_day_is_found_in_the_statement(order, statement_first):
    works = [lambda: the_bank_transfers("7745.70"), lambda: imported(ROW)]
    for work in works if statement_first else reversed(works):
        work()
    told = kaspi_day(DAY)
    assert (told.gross, told.commission, told.net) == (
        Decimal("7820.00"),
        Decimal("74.30"),
        Decimal("7745.70"),
    )
    assert (told.came, told.difference) == (Decimal("7745.70"), Decimal("0.00"))
    reconcile_kaspi(day=DAY, at=MORNING + timedelta(days=30))
    assert standing() == []


def test_another_net_sum_is_a_difference_of_the_day(order):
    imported(ROW)
    the_bank_transfers("7700.00")
    reconcile_kaspi(day=DAY, at=MORNING)
    difference = ReconciliationDifference.objects.open().get()
    assert (difference.kind, difference.reference) == (DifferenceKind.TOTAL, "2026-11-23")
    assert (difference.amount_there, difference.amount_here) == (
        Decimal("7700.00"),
        Decimal("7745.70"),
    )


def test_a_net_sum_that_does_not_come_is_a_difference_after_a_week(order):
    imported(ROW)
    assert kaspi_days_to_reconcile(at=NOON + timedelta(days=8)) == [DAY]
    for days, stands in ((7, False), (8, True)):
        reconcile_kaspi(day=DAY, at=NOON + timedelta(days=days))
        assert bool(standing()) is stands
    the_bank_transfers("7745.70")
    assert kaspi_days_to_reconcile(at=NOON + timedelta(days=90)) == [DAY]
    reconcile_kaspi(day=DAY, at=NOON + timedelta(days=90))
    assert standing() == []
    assert kaspi_days_to_reconcile(at=NOON + timedelta(days=90)) == []


# --- doors
@time_machine.travel(MORNING, tick=False)
def test_the_command_says_what_was_done(kaspi, tmp_path, capsys):
    path = tmp_path / "kaspi.csv"
    path.write_bytes(a_registry(a_row(TXN, kaspi.code)))
    call_command("import_kaspi_registry", str(path))
    said = capsys.readouterr().out
    assert (
        "imported kaspi.csv: 1 payments\n2026-11-23: gross 149990.00, commission 1424.91, net "
        "148565.09" in said
    )
    path.write_bytes(a_registry(a_row(TXN, kaspi.code, "5.00")))
    with pytest.raises(SystemExit) as ended:
        call_command("import_kaspi_registry", str(path))
    assert ended.value.code == 1
    assert f"differs: amount {TXN}: there 5.00 KZT, here 149990.00 KZT" in capsys.readouterr().out
    path.write_bytes(b"1;2;3")
    for wrong in (path, tmp_path / "none.csv"):
        with pytest.raises(CommandError) as refused:
            call_command("import_kaspi_registry", str(wrong))
        assert refused.value.returncode == 2


def test_staff_import_a_registry_and_see_its_day_three_ways(order, client):
    client.force_login(an_owner())
    add = reverse("admin:payments_kaspiregistry_add")
    assert (
        client.post(add, {"file": SimpleUploadedFile("a.csv", b"1;2")})
        .context["form"]
        .errors["file"]
    )
    assert client.post(add, {}).context["form"].errors["file"]
    the_bank_transfers("7745.70")
    done = client.post(add, {"file": SimpleUploadedFile("k.csv", a_registry(ROW))}, follow=True)
    assert done.redirect_chain[0][0] == reverse(
        "admin:payments_kaspiregistry_change", args=[KaspiRegistry.objects.get().pk]
    )
    days, differences = done.context["chapters"]
    assert days.rows[0][0] == "23.11.2026"
    assert str(days.rows[0][5]).startswith("0")
    assert len(differences.rows) == 1


def test_staff_are_warned_of_what_differs_and_led_to_the_registry(kaspi, client):
    client.force_login(an_owner())
    differs = a_registry(a_row(TXN, kaspi.code, "149989.00"))
    done = client.post(
        reverse("admin:payments_kaspiregistry_add"),
        {"file": SimpleUploadedFile("k.csv", differs)},
        follow=True,
    )
    registry = KaspiRegistry.objects.get()
    page = reverse("admin:payments_kaspiregistry_change", args=[registry.pk])
    assert done.redirect_chain[0][0] == page
    assert [message.level_tag for message in done.context["messages"]] == ["warning"]


def test_an_empty_registry_is_refused(order):
    with refusal():
        import_kaspi_registry(
            content=a_registry(headings=HEADINGS), name="k.csv", by="system", at=NOON
        )
    assert not KaspiRegistry.objects.exists()


@pytest.mark.clause("5.4")
@pytest.mark.parametrize(
    ("group", "status"), [("accountant", 200), ("manager", 403), ("curator", 403)]
)
def test_registries_are_the_work_of_those_who_do_the_money(order, group, status):
    imported(ROW)
    desk = signed_in(a_member(group))
    for page in ("kaspiregistry_add", "kaspiregistry_changelist", "kaspirow_changelist"):
        assert desk.get(reverse(f"admin:payments_{page}")).status_code == status


@pytest.mark.clause("2.6")
@pytest.mark.parametrize("method", ["kaspi-pay", "kaspi-red"])
def test_a_payment_that_two_people_recorded_by_hand_comes_no_second_time_with_the_registry(
    db, method
):
    order = a_placed_order()
    approve_manual_receipt(
        receipt=entered(order, method=method, reference=TXN), by=a_clerk("second"), at=NOON
    )
    report = import_kaspi_registry(
        content=a_registry(a_row(TXN, order.code)), name="r.csv", by="staff:1", at=MORNING
    )
    assert LedgerEntry.objects.receipts().count() == 1
    assert not report.needs_a_person


def test_a_card_provider_that_does_not_answer_keeps_no_day_of_kaspi_waiting(db, settings):
    settings.CARD_API_URL = "http://127.0.0.1:9"
    order = a_placed_order()
    an_attempt(order)
    import_kaspi_registry(
        content=a_registry(a_row(TXN, order.code)), name="r.csv", by="staff:1", at=NOON
    )
    lines: list[str] = []
    assert run_jobs([job("reconcile_payments")], at=MORNING, say=lines.append)
    assert any(line.startswith(f"not reconciled, card of {DAY}") for line in lines)
    assert any(line.startswith("reconciled kaspi") for line in lines)
