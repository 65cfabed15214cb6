"""Every order in which the bank's messages of two stages may arrive, each of them repeated:
one end (M1, M7).
"""

from decimal import Decimal
from itertools import permutations

import pytest

from enrollment.rules.order_states import OrderState
from payments.models import Hold, LedgerEntry, ProviderMessage
from payments.operations.ledger.receipts import received_by
from tests.given import NOON, a_cohort, a_placed_order
from tests.payments.notifications import a_notification, a_refund, an_attempt, answer
from tests.sequences import each, sampled

TAKEN = ("check", "fail", "pay", "confirm", "refund")
LET_GO = ("check", "fail", "pay", "cancel")
NUMBERS = iter(range(1000, 10**6, 10))


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def the_messages(order, first):
    """What the bank tells about one card that was declined, and another that was held."""
    held = {"transaction": first + 1}
    return {
        "check": a_notification(order, transaction=first, Token=None),
        "fail": a_notification(
            order, transaction=first, Status=None, Reason="Any", ReasonCode="5051"
        ),
        "pay": a_notification(order, Status="Authorized", **held),
        "confirm": a_notification(order, **held),
        "cancel": a_notification(order, Currency=None, Status=None, CardType=None, **held),
        "refund": a_refund(order, transaction=first + 2, of=first + 1),
    }


def arrive(order, kinds):
    """Tell the messages in this order, each twice, and then all of them once more."""
    an_attempt(order)
    bodies = the_messages(order, next(NUMBERS))
    for kind in kinds:
        assert {answer(kind, bodies[kind]) for _ in range(2)} <= {0, 13}, kinds
    for kind in kinds:
        assert answer(kind, bodies[kind]) in (0, 13)
    order.refresh_from_db()
    return LedgerEntry.objects.filter(invoice_id=f"{order.code}-1")


@sampled(every=7)
@pytest.mark.parametrize("first", TAKEN)
def test_a_hold_that_is_taken_ends_in_one_receipt_and_one_refund(db, first, step):
    """Money that is known to have gone back before it is
    known to have come concludes no contract.
    """
    rest = [kind for kind in TAKEN if kind != first]
    cohort = a_cohort(seats=24)
    chosen = each(permutations(rest), step=step)
    for order_of_arrival in chosen:
        kinds = (first, *order_of_arrival)
        order = a_placed_order(cohort=cohort)
        ledger = arrive(order, kinds)
        concludes = kinds.index("confirm") < kinds.index("refund")
        assert order.state == (OrderState.PAID if concludes else OrderState.AWAITING_PAYMENT), kinds
        (receipt,) = ledger.receipts()
        (refund,) = ledger.refunds()
        assert (receipt.amount, receipt.currency, receipt.happened_at) == (
            Decimal(order.price),
            "KZT",
            NOON,
        ), kinds
        assert refund.refunds_reference == receipt.reference, kinds
        assert received_by(order) == (order.price if concludes else 0)
        hold = Hold.objects.of_order(order).get()
        assert (hold.confirmed_at, hold.released_at, hold.held_at) == (NOON, None, NOON), kinds
        assert not concludes or order.acceptance.reference == receipt.reference
    assert ProviderMessage.objects.count() == len(chosen) * 5
    assert not ProviderMessage.objects.conflicts().exists()


@sampled(every=5)
def test_a_hold_that_is_let_go_ends_in_no_money(db, step):
    cohort = a_cohort(seats=24)
    for kinds in each(permutations(LET_GO), step=step):
        order = a_placed_order(cohort=cohort)
        assert not arrive(order, kinds).exists(), kinds
        assert order.state == OrderState.AWAITING_PAYMENT
        hold = Hold.objects.of_order(order).get()
        assert (hold.confirmed_at, hold.released_at, hold.held_at) == (None, NOON, NOON), kinds
    assert not ProviderMessage.objects.conflicts().exists()


@pytest.mark.parametrize("kinds", list(permutations(("pay", "confirm", "cancel"))), ids="-".join)
def test_a_bank_that_tells_both_ends_is_believed_about_the_money_and_shown_to_a_person(db, kinds):
    order = a_placed_order()
    ledger = arrive(order, kinds)
    assert ledger.receipts().get().amount == order.price
    assert order.state == OrderState.PAID
    assert Hold.objects.get().confirmed_at == NOON
    assert ProviderMessage.objects.conflicts().count() == 1


@pytest.mark.parametrize("kinds", list(permutations(("pay", "confirm"))), ids="-".join)
def test_a_hold_confirmed_for_less_waits_for_a_person(db, kinds):
    order = a_placed_order()
    an_attempt(order)
    bodies = {
        "pay": a_notification(order, Status="Authorized"),
        "confirm": a_notification(order, Amount="1000.00"),
    }
    for kind in kinds:
        assert answer(kind, bodies[kind]) == 0
    order.refresh_from_db()
    assert order.state == OrderState.AWAITING_PAYMENT
    assert LedgerEntry.objects.waiting().get().amount == 1000
