"""Money that the bank took back pays nothing and goes back to nobody, until a person has settled
what that means.
"""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from enrollment.models import Order
from enrollment.rules.order_states import OrderState
from payments.models import (
    Allocation,
    DifferenceKind,
    LedgerEntry,
    Reconciliation,
    ReconciliationDifference,
    RefundDecision,
    StatementLine,
)
from payments.operations.ledger.allocations import give_to_order, reopen_with_money
from payments.operations.reconciliation.differences import settle_difference
from payments.operations.statements.imports import import_statement
from payments.operations.statements.lines import apply_line, take_line
from tests.given import NOON, a_placed_order, a_receipt, an_owner, receive, refusal
from tests.payments.refunds.scenes import a_case, a_proposal, an_approval
from tests.payments.statements.scenes import a_statement, an_order_paid, bank_details
from tests.staff.conftest import a_member, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.4")]
TOMORROW = NOON + timedelta(days=1)
LATER = TOMORROW + timedelta(hours=1)


@pytest.fixture
def order() -> Order:
    order = a_placed_order()
    bank_details()
    return order


def imported(*operations, at=TOMORROW):
    content = a_statement(operations)
    return import_statement(content=content, name="kaspi.txt", by="system", at=at)


def state_of(order: Order) -> str:
    return Order.objects.get(pk=order.pk).state


def a_waiting_receipt_taken_back(order: Order) -> LedgerEntry:
    """A transfer too short, which staff took into the ledger before the bank took it back."""
    short = str(Decimal(order.price) - 1)
    imported(an_order_paid(order, amount=short))
    line = StatementLine.objects.get()
    entry = take_line(line=line, reason="тексеру", by=an_owner(), at=TOMORROW)
    imported(an_order_paid(order, amount=f"-{short}"), at=LATER)
    return entry


def settle(reason: str = "банк қайта жазды") -> None:
    settle_difference(
        difference=ReconciliationDifference.objects.get(), reason=reason, by=an_owner(), at=LATER
    )


@pytest.mark.parametrize("give", [give_to_order, reopen_with_money])
def test_a_receipt_in_the_ledger_that_went_back_is_given_to_no_order(order, give):
    entry = a_waiting_receipt_taken_back(order)
    wish = {"entry": entry, "code": order.code, "reason": "келді", "by": an_owner(), "at": LATER}
    with refusal() as caught:
        give(**wish)
    assert caught.value.clause == "4.4"
    assert not Allocation.objects.exists()
    settle()
    give(**wish)
    assert Allocation.objects.get().entry == entry


@pytest.mark.django_db(transaction=True)
def test_the_page_of_the_money_says_so_and_keeps_what_was_typed(order):
    entry = a_waiting_receipt_taken_back(order)
    desk = signed_in(a_member("accountant"))
    address = reverse("admin:payments_ledgerentry_give", args=[entry.pk])
    shown = desk.post(address, {"code": order.code, "reason": "келген ақша"}).text
    assert "келген ақша" in shown
    assert not Allocation.objects.exists()


def test_a_line_that_waits_is_applied_once_that_is_settled(order):
    imported(an_order_paid(order), an_order_paid(order, amount="-149990.00"))
    wish = {"line": StatementLine.objects.get(), "code": order.code, "by": an_owner(), "at": LATER}
    with refusal():
        apply_line(**wish)
    assert state_of(order) == OrderState.AWAITING_PAYMENT
    settle()
    apply_line(**wish)
    assert state_of(order) == OrderState.PAID


def test_what_the_bank_took_back_is_not_paid_out_as_well(order):
    """It would go back twice."""
    imported(an_order_paid(order))
    case = a_case(order)
    imported(an_order_paid(order, amount="-149990.00"), at=LATER)
    with refusal() as caught:
        a_proposal(case, order.price, at=LATER)
    assert (caught.value.clause, caught.value.field) == ("4.4", "granted")
    assert not RefundDecision.objects.exists()
    a_proposal(case, 0, at=LATER)


def test_a_storno_between_proposal_and_approval_stops_the_approval(order):
    imported(an_order_paid(order))
    case = a_case(order)
    a_proposal(case, order.price, at=LATER)
    imported(an_order_paid(order, amount="-149990.00"), at=LATER)
    with refusal() as caught:
        an_approval(case, at=LATER)
    assert caught.value.clause == "4.4"
    assert not case.payouts.exists()
    settle()
    an_approval(case, at=LATER)
    assert case.payouts.exists()


def test_a_refund_that_a_provider_lists_under_a_number_of_its_own_holds_its_receipt(order):
    """Cards and Kaspi name the attempt; the ledger has no such refund yet."""
    other = a_placed_order()
    receive(a_receipt(order, amount=order.price - 1, reference="7001"), order)
    entry = LedgerEntry.objects.get()
    day = Reconciliation.objects.create(
        provider=entry.provider, day=NOON.date(), compared_at=LATER, by="system"
    )
    ReconciliationDifference.objects.create(
        reconciliation=day,
        provider=entry.provider,
        kind=DifferenceKind.REFUND_MISSING_HERE,
        reference="7002",
        invoice_id=entry.invoice_id,
        amount_there=entry.amount,
        found_at=LATER,
    )
    with refusal():
        give_to_order(entry=entry, code=other.code, reason="келді", by=an_owner(), at=LATER)
