"""The bank's question before it takes money."""

from datetime import timedelta

import pytest

from enrollment.models import Place, Withdrawal
from enrollment.operations.ordering.orders import cancel_order, lapse_order
from enrollment.operations.places.claims import note_mailbox_seen
from enrollment.rules.order_states import OrderState
from payments.models import LedgerEntry, Outcome, ProviderMessage
from tests.given import NOON, a_cohort, a_placed_order, an_owner
from tests.payments.notifications import a_notification, an_attempt, answer


@pytest.fixture(autouse=True)
def noon(time_machine):
    """Ask at noon of the day of the order."""
    time_machine.move_to(NOON, tick=False)


def a_check(order, **fields):
    return a_notification(order, Token=None, **fields)


@pytest.mark.clause("4.6")
def test_a_payment_may_be_made_and_its_place_is_held_longer(db, settings, time_machine):
    order = a_placed_order()
    an_attempt(order)
    late = NOON + timedelta(minutes=settings.PLACE_HOLD_MINUTES - 1)
    time_machine.move_to(late, tick=False)
    assert answer("check", a_check(order)) == 0
    order.place.refresh_from_db()
    assert order.place.held_until == late + timedelta(
        minutes=settings.PLACE_HOLD_AFTER_CHECK_MINUTES
    )
    order.refresh_from_db()
    assert order.state == OrderState.AWAITING_PAYMENT
    assert ProviderMessage.objects.get().outcome == Outcome.ALLOWED
    assert not LedgerEntry.objects.exists()


def test_a_hold_is_never_shortened(db):
    order = a_placed_order()
    an_attempt(order)
    note_mailbox_seen(orders=[order], at=NOON)
    held_until = Place.objects.get(order=order).held_until
    assert answer("check", a_check(order)) == 0
    assert Place.objects.get(order=order).held_until == held_until == NOON + timedelta(minutes=30)


WRONG = [
    ({"InvoiceId": "SMXXXXXX-1"}, 10),
    ({"InvoiceId": None}, 10),
    ({"AccountId": "SM000000"}, 11),
    ({"Amount": "1.00"}, 12),
    ({"Amount": "1e3"}, 12),
    ({"Currency": "RUB"}, 12),
    ({"Amount": "a lot"}, 13),
]


def test_what_does_not_agree_is_refused_by_the_protocols_code(db):
    order = a_placed_order()
    an_attempt(order)
    held_until = order.place.held_until
    for number, (wrong, code) in enumerate(WRONG):
        assert answer("check", a_check(order, transaction=number, **wrong)) == code, wrong
    order.refresh_from_db()
    order.place.refresh_from_db()
    assert order.state == OrderState.AWAITING_PAYMENT
    assert order.place.held_until == held_until


@pytest.mark.clause("4.3")
def test_a_lapsed_day_is_refused_as_expired(db, time_machine):
    order = a_placed_order()
    an_attempt(order)
    time_machine.move_to(order.pay_before - timedelta(seconds=1), tick=False)
    assert answer("check", a_check(order)) == 0
    time_machine.move_to(order.pay_before, tick=False)
    assert answer("check", a_check(order, transaction=2)) == 20
    assert lapse_order(order=order, at=order.pay_before)
    assert answer("check", a_check(order, transaction=3)) == 20


def test_a_cancelled_order_takes_no_money(db):
    order = a_placed_order()
    an_attempt(order)
    cancel_order(order=order, by="visitor", at=NOON)
    assert answer("check", a_check(order)) == 13


def test_a_paid_order_takes_no_more_even_asked_in_the_same_words(db):
    order = a_placed_order()
    an_attempt(order)
    an_attempt(order, number=2)
    asked = a_check(order, transaction=9, InvoiceId=f"{order.code}-2")
    assert answer("check", asked) == 0
    assert answer("pay", a_notification(order)) == 0
    assert answer("check", asked) == 13
    assert ProviderMessage.objects.filter(kind="check").get().outcome == Outcome.REFUSED


@pytest.mark.clause("2.4")
def test_a_withdrawn_offer_takes_no_money(db):
    order = a_placed_order()
    an_attempt(order)
    Withdrawal.objects.create(
        edition=order.edition, reason="a new one comes", at=NOON, by=an_owner()
    )
    assert answer("check", a_check(order)) == 13


@pytest.mark.clause("4.6")
def test_the_last_place_is_promised_to_one_buyer(db, settings, time_machine):
    cohort = a_cohort(seats=1)
    first = a_placed_order(cohort=cohort)
    an_attempt(first)
    time_machine.move_to(NOON + timedelta(minutes=settings.PLACE_HOLD_MINUTES), tick=False)
    second = a_placed_order(cohort=cohort, at=NOON + timedelta(minutes=settings.PLACE_HOLD_MINUTES))
    an_attempt(second)
    assert answer("check", a_check(second)) == 0
    assert answer("check", a_check(first, transaction=2)) == 13


@pytest.mark.clause("4.6")
def test_a_place_that_was_lost_is_claimed_again_when_another_is_free(db, settings, time_machine):
    cohort = a_cohort(seats=1)
    first = a_placed_order(cohort=cohort)
    an_attempt(first)
    later = NOON + timedelta(minutes=settings.PLACE_HOLD_MINUTES)
    time_machine.move_to(later, tick=False)
    second = a_placed_order(cohort=cohort, at=later)
    cancel_order(order=second, by="visitor", at=later)
    assert answer("check", a_check(first)) == 0
    first.refresh_from_db()
    assert first.place.held_until == later + timedelta(
        minutes=settings.PLACE_HOLD_AFTER_CHECK_MINUTES
    )
