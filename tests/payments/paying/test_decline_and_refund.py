"""What the bank tells besides money that came, in whatever order it arrives."""

from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from django.utils.translation import override

from enrollment.rules.order_states import OrderState
from offer_site.journal.models import Entry
from payments.models import EntryKind, LedgerEntry, Outcome, ProviderMessage
from payments.operations.ledger.receipts import received_by
from payments.rules.declines import GENERAL, decline_in_words
from tests.given import NOON, a_cohort, a_placed_order
from tests.payments.notifications import a_notification, a_refund, an_attempt, answer
from tests.sequences import each, sampled


def a_decline(order, *, code="5051", at=NOON, transaction=400, **fields):
    return a_notification(
        order, at=at, transaction=transaction, Status=None, Reason="Any", ReasonCode=code, **fields
    )


@pytest.mark.parametrize("code", ["5051", "5054", "5057", "5065", "5206", "5014", "5082", "5091"])
def test_known_reasons_have_a_sentence_of_their_own(code):
    assert decline_in_words(code) != GENERAL


@pytest.mark.parametrize("code", ["", "5005", "9999", "xx"])
def test_other_reasons_have_the_general_one(code):
    assert decline_in_words(code) == GENERAL


def test_a_decline_is_noted_with_its_reason_and_moves_nothing(db):
    order = a_placed_order()
    payment = an_attempt(order)
    body = a_decline(order)
    assert [answer("fail", body), answer("fail", body)] == [0, 0]
    payment.refresh_from_db()
    order.refresh_from_db()
    assert (payment.declined_at, payment.decline_code) == (NOON, "5051")
    assert order.state == OrderState.AWAITING_PAYMENT
    assert not LedgerEntry.objects.exists()
    with override("en"):
        assert "not enough money" in str(decline_in_words(payment.decline_code))


def test_the_newest_decline_is_shown_whichever_comes_last(db):
    order = a_placed_order()
    payment = an_attempt(order)
    answer("fail", a_decline(order, code="5054", at=NOON + timedelta(minutes=2), transaction=401))
    answer("fail", a_decline(order, code="5051", at=NOON, transaction=400))
    payment.refresh_from_db()
    assert payment.decline_code == "5054"


def test_after_a_decline_the_same_order_can_be_paid(db):
    order = a_placed_order()
    an_attempt(order)
    answer("fail", a_decline(order))
    assert answer("pay", a_notification(order)) == 0
    order.refresh_from_db()
    assert order.state == OrderState.PAID


@pytest.mark.clause("4.6")
@sampled(every=5)
def test_every_order_of_arrival_with_every_repetition_ends_in_the_same(db, time_machine, step):
    time_machine.move_to(NOON, tick=False)
    cohort = a_cohort(seats=24)
    chosen = each(permutations(["check", "fail", "pay", "refund"]), step=step)
    for number, kinds in enumerate(chosen):
        arrive_in_every_repetition(a_placed_order(cohort=cohort), kinds, first=1000 + 10 * number)
    assert not ProviderMessage.objects.conflicts().exists()
    assert ProviderMessage.objects.count() == len(chosen) * 4


def arrive_in_every_repetition(order, kinds, *, first):
    an_attempt(order)
    bodies = {
        "check": a_notification(order, transaction=first, Token=None),
        "fail": a_decline(order, transaction=first + 1),
        "pay": a_notification(order, transaction=first + 2),
        "refund": a_refund(order, transaction=first + 3, of=first + 2),
    }
    for kind in kinds:
        assert {answer(kind, bodies[kind]) for _ in range(2)} <= {0, 13}
    for kind in ("pay", "refund"):
        assert answer(kind, bodies[kind]) == 0
    order.refresh_from_db()
    of_this_order = LedgerEntry.objects.filter(invoice_id=f"{order.code}-1")
    assert [entry.amount for entry in of_this_order.receipts()] == [Decimal(order.price)]
    assert [entry.amount for entry in of_this_order.refunds()] == [Decimal(order.price)]
    if kinds.index("refund") < kinds.index(
        "pay"
    ):  # money that is known to have gone back concludes nothing
        assert order.state == OrderState.AWAITING_PAYMENT, kinds
        assert not order.allocations.exists()
        reasons = [row.facts.get("reason") for row in Entry.objects.of_order(order.code)]
        assert reasons.count("refunded already") == 1
        assert not LedgerEntry.objects.waiting().exists()
        return
    assert order.state == OrderState.PAID, kinds
    assert received_by(order) == order.price
    assert order.allocations.count() == 1
    assert order.acceptance.reference == str(first + 2)
    assert order.enrollment


@pytest.mark.clause("4.6")
def test_a_refund_is_a_fact_that_awaits_its_ground(db):
    order = a_placed_order()
    an_attempt(order)
    answer("pay", a_notification(order))
    assert answer("refund", a_refund(order)) == 0
    entry = LedgerEntry.objects.refunds().get()
    assert (entry.kind, entry.reference, entry.refunds_reference) == (
        EntryKind.REFUND,
        "505",
        "504",
    )
    assert entry.currency == "KZT"
    assert ProviderMessage.objects.get(kind="refund").outcome == Outcome.REFUNDED
    assert received_by(order) == order.price
    order.refresh_from_db()
    assert order.state == OrderState.PAID


def test_a_refund_told_otherwise_is_a_conflict(db):
    order = a_placed_order()
    an_attempt(order)
    answer("pay", a_notification(order))
    answer("refund", a_refund(order))
    assert answer("refund", a_refund(order, Amount="1.00")) == 0
    assert ProviderMessage.objects.conflicts().count() == 1
    assert LedgerEntry.objects.refunds().count() == 1


def test_a_released_hold_changes_nothing(db):
    order = a_placed_order()
    an_attempt(order)
    answer("pay", a_notification(order, Status="Authorized"))
    assert answer("cancel", a_notification(order)) == 0
    assert ProviderMessage.objects.get(kind="cancel").outcome == Outcome.CANCELLED
    assert not LedgerEntry.objects.exists()


def test_a_hold_cannot_be_released_of_money_that_was_received(db):
    order = a_placed_order()
    an_attempt(order)
    answer("pay", a_notification(order))
    assert answer("cancel", a_notification(order)) == 0
    assert ProviderMessage.objects.conflicts().get().kind == "cancel"
    order.refresh_from_db()
    assert order.state == OrderState.PAID
