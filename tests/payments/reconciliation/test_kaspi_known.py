"""A payment of Kaspi that is known counts once, whoever tells of it again (M1, M6, M12)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from enrollment.models import Order
from enrollment.rules.order_states import OrderState
from offer_site.journal.models import Entry
from offer_site.notices.models import Notice
from payments.models import DifferenceKind, LedgerEntry, ReconciliationDifference
from payments.operations.ledger.corrections import approve_correction, propose_correction
from payments.operations.ledger.manual import approve_manual_receipt, reject_manual_receipt
from payments.operations.reconciliation.differences import settle_difference
from payments.operations.reconciliation.kaspi_registry import (
    import_kaspi_registry,
    reconcile_kaspi,
    take_as_another,
)
from tests.given import NOON, a_placed_order, an_owner, refusal
from tests.papers import a_document
from tests.payments.by_hand import a_clerk, entered
from tests.payments.kaspi import TXN, a_payment, result
from tests.payments.registries import a_registry, a_row
from tests.payments.statements.scenes import DAY
from tests.payments.statements.test_told_again import NINE, an_order_by_halves
from tests.payments.waiting import give, why
from tests.staff.conftest import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.3.1", "4.4")]
MORNING = NOON + timedelta(hours=20)
PAID_AT = NOON + timedelta(minutes=7, seconds=11)


def told(*rows: Any, at: Any = MORNING) -> Any:
    return import_kaspi_registry(content=a_registry(*rows), name="day.csv", by="system", at=at)


def half_row(order: Order, txn_id: str, at: Any = PAID_AT) -> tuple[str, ...]:
    return a_row(txn_id, order.code, f"{order.prepayment},00", "100,00", at)


def state_of(order: Order) -> str:
    return Order.objects.get(pk=order.pk).state


@pytest.mark.parametrize(("package", "level"), NINE)
def test_the_registry_makes_no_second_receipt_of_a_known_payment(package, level, time_machine):
    time_machine.move_to(PAID_AT, tick=False)
    order = an_order_by_halves(package, level)
    assert result(a_payment(order, at=PAID_AT)) == 0
    report = told(half_row(order, "9" + TXN, PAID_AT + timedelta(seconds=40)))
    assert report.needs_a_person
    assert (state_of(order), LedgerEntry.objects.count()) == (OrderState.PREPAID, 1)
    difference = ReconciliationDifference.objects.get(kind=DifferenceKind.MISSING_HERE)
    assert difference.detail == "probably the same as money that is known"


@pytest.mark.parametrize(
    "rows",
    [
        [("0001000000000000000123", PAID_AT), ("1000000000000000123", PAID_AT)],
        [("A-1", PAID_AT), ("A-2", PAID_AT + timedelta(hours=2))],
        [("A-1", PAID_AT), ("A-2", NOON)],
    ],
)
def test_a_registry_that_tells_of_one_half_twice_pays_one(rows):
    order = an_order_by_halves()
    report = told(*(half_row(order, number.rjust(4, "0"), at) for number, at in rows))
    assert report.needs_a_person
    assert (state_of(order), LedgerEntry.objects.count()) == (OrderState.PREPAID, 1)


def test_the_next_comparison_records_it_no_more_than_the_first():
    order = an_order_by_halves()
    told(half_row(order, "0001"), half_row(order, "0002"))
    for hours in (1, 24, 48):
        reconcile_kaspi(day=DAY, at=MORNING + timedelta(hours=hours))
    assert (state_of(order), LedgerEntry.objects.count()) == (OrderState.PREPAID, 1)


def test_a_rest_of_another_day_is_recorded_by_itself():
    order = an_order_by_halves()
    told(half_row(order, "0001"))
    later = NOON + timedelta(days=9)
    told(half_row(order, "0002", later), at=later + timedelta(hours=20))
    assert (state_of(order), LedgerEntry.objects.count()) == (OrderState.PAID, 2)


def test_a_whole_price_paid_twice_at_other_minutes_is_two_receipts():
    order = a_placed_order()
    again = PAID_AT + timedelta(minutes=9)
    told(
        a_row("0001", order.code, f"{order.price}.00", "1", PAID_AT),
        a_row("0002", order.code, f"{order.price}.00", "1", again),
    )
    assert LedgerEntry.objects.count() == 2
    assert LedgerEntry.objects.waiting().count() == 1


def test_the_two_moves_that_settle_it():
    order = an_order_by_halves()
    told(half_row(order, "0001"), half_row(order, "0002"), half_row(order, "0003"))
    same, other = ReconciliationDifference.objects.open().order_by("reference")
    desk = signed_in(an_owner())

    def page(name: str, difference: ReconciliationDifference) -> str:
        return reverse(f"admin:payments_reconciliationdifference_{name}", args=[difference.pk])

    shown = desk.get(page("change", same))
    assert page("another", same) in shown.text
    assert "Kaspi: 0001" in desk.get(page("another", same)).text
    assert desk.post(page("settle", same), {"reason": "Бір төлем"}).status_code == 302
    assert desk.post(page("another", other), {"reason": "Екінші төлем"}).status_code == 302
    assert (state_of(order), LedgerEntry.objects.count()) == (OrderState.PAID, 2)
    assert Entry.objects.filter(verb="money.taken_as_another").count() == 1
    reconcile_kaspi(day=DAY, at=MORNING + timedelta(days=1))
    assert LedgerEntry.objects.count() == 2
    assert not ReconciliationDifference.objects.open().exists()


def test_money_seen_in_the_application_is_known_to_the_registry_by_its_order_and_day():
    order = an_order_by_halves()
    half = Decimal(order.prepayment)
    receipt = entered(order, method="kaspi-pay", reference="QR-1", amount=half, paid_at=NOON)
    approve_manual_receipt(receipt=receipt, by=a_clerk("second"), at=NOON)
    assert told(half_row(order, TXN)).needs_a_person
    assert (state_of(order), LedgerEntry.objects.count()) == (OrderState.PREPAID, 1)


@pytest.mark.parametrize("by_halves", [True, False])
def test_money_seen_by_hand_that_kaspi_tells_of_itself_waits(by_halves, time_machine):
    time_machine.move_to(PAID_AT, tick=False)
    order = an_order_by_halves() if by_halves else a_placed_order()
    half = Decimal(order.prepayment)
    receipt = entered(
        order, method="kaspi-pay", reference=TXN, amount=half, paid_at=NOON, at=PAID_AT
    )
    approve_manual_receipt(receipt=receipt, by=a_clerk("second"), at=PAID_AT)
    state = state_of(order)
    assert result(a_payment(order, at=PAID_AT)) == 0
    assert state_of(order) == state
    waiting = LedgerEntry.objects.waiting().get()
    assert (waiting.provider, waiting.amount, why(waiting)) == ("kaspi", half, "known")
    row = Entry.objects.filter(verb="receipt.unmatched").get()
    assert row.facts["reason"] == "entered by hand already"
    by_hand = LedgerEntry.objects.get(provider="manual")
    correction = propose_correction(
        entry=by_hand,
        reason="Бір төлем",
        document=a_document(),
        replaced_by=waiting,
        by=a_clerk(),
        at=MORNING,
    )
    approve_correction(correction=correction, by=a_clerk("second"), at=MORNING)
    assert (state_of(order), why(waiting)) == (state, None)
    assert not Notice.objects.filter(kind__in=("contract-ended", "payment-corrected")).exists()


def test_when_the_entry_by_hand_is_corrected_money_of_kaspi_waits_for_its_next_reason(time_machine):
    time_machine.move_to(PAID_AT, tick=False)
    order = a_placed_order()
    receipt = entered(
        order, method="kaspi-pay", reference="QR-7", amount=Decimal(order.price), at=PAID_AT
    )
    assert result(a_payment(order, at=PAID_AT)) == 0
    waiting = LedgerEntry.objects.get()
    assert why(waiting) == "known"
    reject_manual_receipt(receipt=receipt, reason="қате", by=a_clerk("second"), at=PAID_AT)
    assert why(waiting) == "by-person"
    give(waiting, order, at=PAID_AT)
    assert state_of(order) == OrderState.PAID


def test_money_of_the_registry_is_not_entered_by_hand_again():
    order = an_order_by_halves()
    told(half_row(order, TXN))
    half = Decimal(order.prepayment)
    wishes = {"reference": "QR-9", "amount": half, "paid_at": NOON + timedelta(hours=1)}
    with refusal() as refused:
        entered(order, method="kaspi-pay", at=MORNING, **wishes)
    assert refused.value.field == "is_another"
    entered(order, method="kaspi-pay", at=MORNING, is_another=True, **wishes)
    assert LedgerEntry.objects.count() == 1


def test_what_one_person_settled_another_does_not_take_from_a_page_opened_before():
    order = an_order_by_halves()
    told(half_row(order, "0001"), half_row(order, "0002"))
    shown_to_both = ReconciliationDifference.objects.open().get()
    settle_difference(difference=shown_to_both, reason="Бір төлем", by=a_clerk(), at=MORNING)
    with refusal():
        take_as_another(difference=shown_to_both, reason="Екінші", by=a_clerk("second"), at=MORNING)
    assert (state_of(order), LedgerEntry.objects.count()) == (OrderState.PREPAID, 1)


@pytest.mark.django_db(transaction=True)
def test_a_half_that_the_registry_told_first_is_not_paid_again_by_its_notification(time_machine):
    order = an_order_by_halves()
    told(half_row(order, "9" + TXN))
    time_machine.move_to(MORNING + timedelta(minutes=1), tick=False)
    assert result(a_payment(order, at=PAID_AT)) == 0
    assert state_of(order) == OrderState.PREPAID
    waiting = LedgerEntry.objects.waiting().get()
    assert waiting.reference == TXN
    row = Entry.objects.filter(verb="receipt.unmatched").get()
    assert row.facts["reason"] == "known from the registry already"
    give = reverse("admin:payments_ledgerentry_give", args=[waiting.pk])
    asked = {"code": order.code, "reason": "Банк растады, бұл екінші төлем"}
    assert list(signed_in(an_owner()).post(give, asked).context["form"].errors) == ["is_another"]
    assert state_of(order) == OrderState.PREPAID


def test_a_rest_that_kaspi_tells_of_on_another_day_pays(time_machine):
    order = an_order_by_halves()
    told(half_row(order, "9" + TXN))
    later = PAID_AT + timedelta(days=3)
    time_machine.move_to(later, tick=False)
    assert result(a_payment(order, at=later)) == 0
    assert (state_of(order), LedgerEntry.objects.count()) == (OrderState.PAID, 2)
