"""A lapsed order is reopened by a named decision, within the seats, for a new day;
late money becomes the contract.
"""

from datetime import timedelta
from decimal import Decimal

import pytest

from enrollment.models import Acceptance, Order, Place
from enrollment.operations.offering.offers import lift_withdrawal, withdraw_offer
from enrollment.operations.ordering.orders import lapse_order, lapse_unpaid_orders
from enrollment.operations.ordering.reopening import reopen_order
from enrollment.operations.training.enrollments import complete_enrollment
from enrollment.rules.order_states import OrderState
from offer_site.days import almaty_day, end_of_day, start_of_day
from offer_site.journal.models import Entry
from offer_site.journal.operations import actor
from offer_site.notices.models import Notice
from payments.models import Allocation, LedgerEntry
from payments.operations.ledger.allocations import reopen_with_money, take_back
from payments.operations.ledger.receipts import received_by
from payments.operations.paying.checks import due_now, refusal_now
from payments.rules.waiting import Why
from tests.given import (
    NOON,
    a_cohort,
    a_paid_order,
    a_placed_order,
    a_receipt,
    an_application,
    an_owner,
    receive,
    refusal,
)
from tests.payments.waiting import REASON, give, left, money_that_waits, why

PRICE = 149_990
DAY = timedelta(days=1)
NEXT = NOON + DAY
HOLD = timedelta(minutes=30)


def a_lapsed_order(**wishes):
    order = a_placed_order(**wishes)
    assert lapse_order(order=order, at=order.pay_before)
    return order


def reopen(order, *, day=None, at=NEXT, **more):
    return reopen_order(
        order=order, day=day or almaty_day(at), reason=REASON, by=an_owner(), at=at, **more
    )


def reopen_for(entry, order, *, at=NEXT, day=None):
    return reopen_with_money(
        entry=entry, code=order.code, reason=REASON, by=an_owner(), at=at, day=day
    )


def fresh(order):
    return Order.objects.get(pk=order.pk)


def still_lapsed(order):
    """Assert that a refusal left no trace."""
    found = fresh(order)
    assert (found.state, found.placed_on, found.reopened_on) == (
        OrderState.LAPSED,
        order.placed_on,
        None,
    )
    assert not Place.objects.filter(order=order).exists()
    assert (
        not Entry.objects.of_order(order.code)
        .filter(verb__in=["order.reopened", "receipt.given"])
        .exists()
    )
    assert not Notice.objects.filter(order_code=order.code, kind="order-reopened").exists()
    assert not Allocation.objects.filter(order=order).exists()
    return True


# --- for a new day
@pytest.mark.clause("4.3")
def test_a_lapsed_order_is_reopened_for_today_at_its_price_on_a_place_of_its_own(db):
    order = a_lapsed_order()
    reopen(order)
    found = fresh(order)
    assert (found.state, found.price) == (OrderState.AWAITING_PAYMENT, order.price)
    assert found.placed_on == found.reopened_on == almaty_day(NEXT)
    assert found.place.held_until == NEXT + HOLD
    assert [part.due_on for part in found.installments.all()] == [found.placed_on]
    row = Entry.objects.of_order(order.code).get(verb="order.reopened")
    assert row.by == actor(an_owner())
    assert row.facts == {"from": "2026-11-23", "to": "2026-11-24", "reason": REASON}
    letter = Notice.objects.get(order_code=order.code, kind="order-reopened")
    assert (letter.recipient, letter.language) == (order.party.email, order.language)
    assert (letter.facts["due"], letter.facts["pay_on"]) == (PRICE, "2026-11-24")


@pytest.mark.clause("4.3", "4.6")
def test_a_place_is_held_at_most_to_the_end_of_the_new_day(db):
    order = a_lapsed_order()
    late = end_of_day(almaty_day(NEXT)) - timedelta(minutes=5)
    reopen(order, at=late)
    assert fresh(order).place.held_until == late + timedelta(minutes=5)


@pytest.mark.clause("4.3")
@pytest.mark.parametrize(
    "paid", [NEXT, NEXT + DAY, NEXT + 2 * DAY], ids=["at once", "next day", "last day"]
)
def test_money_counts_from_the_reopening_to_the_end_of_the_new_day(db, paid):
    order = a_lapsed_order()
    reopen(order, day=almaty_day(NEXT + 2 * DAY))
    receive(a_receipt(order, at=paid), order, at=paid)
    assert fresh(order).state == OrderState.PAID


@pytest.mark.clause("4.3")
@pytest.mark.parametrize("paid", [NOON, NEXT + DAY], ids=["before", "after"])
def test_money_of_before_or_after_waits(db, paid):
    order = a_lapsed_order()
    reopen(order)
    receive(a_receipt(order, at=paid), order, at=NEXT + DAY)
    assert fresh(order).state == OrderState.AWAITING_PAYMENT
    assert why(LedgerEntry.objects.waiting().get()) == Why.ANOTHER_DAY


@pytest.mark.clause("4.3")
def test_a_reopened_order_lapses_after_its_new_day_and_can_be_reopened_again(db):
    order = a_lapsed_order()
    reopen(order)
    assert lapse_unpaid_orders(at=end_of_day(almaty_day(NEXT)) - timedelta(seconds=1)) == []
    assert lapse_unpaid_orders(at=end_of_day(almaty_day(NEXT))) == [order.code]
    reopen(order, at=NEXT + DAY)
    assert Notice.objects.filter(order_code=order.code, kind="order-reopened").count() == 2


def test_a_buyer_who_orders_again_before_the_new_day_is_over_finds_the_reopened_order(db):
    cohort = a_cohort()
    application = an_application()
    order = a_lapsed_order(cohort=cohort, application=application)
    reopen(order, day=almaty_day(NEXT + DAY))
    assert a_placed_order(cohort=cohort, application=application, at=NEXT) == order


# --- refused
def test_a_day_that_is_over_or_beyond_the_course_is_refused(db):
    order = a_lapsed_order()
    for day in (order.placed_on, order.cohort.ends_on + DAY):
        with refusal() as refused:
            reopen(order, day=day)
        assert refused.value.field == "day"
    assert still_lapsed(order)


@pytest.mark.clause("4.6")
def test_a_full_cohort_opens_no_order_again(db):
    cohort = a_cohort(seats=1)
    order = a_lapsed_order(cohort=cohort)
    a_paid_order(cohort=cohort, at=NEXT)
    with refusal() as refused:
        reopen(order)
    assert refused.value.clause == "4.6"
    assert still_lapsed(order)


@pytest.mark.clause("2.4")
def test_a_withdrawn_offer_opens_no_order_again_until_it_stands(db):
    order = a_lapsed_order()
    withdraw_offer(edition=order.edition, reason="2.4", by=an_owner(), at=NEXT)
    with refusal() as refused:
        reopen(order)
    assert refused.value.clause == "2.4"
    assert still_lapsed(order)
    lift_withdrawal(edition=order.edition, reason="2.4", by=an_owner(), at=NEXT)
    assert reopen(order).state == OrderState.AWAITING_PAYMENT


@pytest.mark.clause("3.3")
@pytest.mark.parametrize("another", [a_placed_order, a_paid_order])
def test_a_learner_with_another_order_gets_no_second_one(db, another):
    cohort = a_cohort()
    application = an_application()
    order = a_lapsed_order(cohort=cohort, application=application)
    other = another(cohort=cohort, application=application, at=NEXT)
    with refusal() as refused:
        reopen(order)
    assert other.code in str(refused.value)
    assert still_lapsed(order)


def test_only_a_lapsed_order_is_reopened(db):
    unpaid = a_placed_order(at=NEXT)
    paid = a_paid_order(at=NEXT)
    for order in (unpaid, paid):
        with refusal():
            reopen(order)
    order = a_lapsed_order()
    reopen(order)
    with refusal():
        reopen(order)
    assert Entry.objects.filter(verb="order.reopened").count() == 1


# --- with the money
@pytest.mark.clause("4.3")
def test_late_money_becomes_the_contract_of_its_own_day(db):
    order = a_lapsed_order()
    receive(a_receipt(order, at=NEXT), order, at=NEXT)
    entry = LedgerEntry.objects.waiting(Why.ANOTHER_DAY).get()
    decided = NEXT + 3 * DAY
    reopen_for(entry, order, at=decided)
    found = fresh(order)
    assert (found.state, found.placed_on) == (OrderState.PAID, almaty_day(NEXT))
    assert (received_by(found), left(entry)) == (PRICE, 0)
    assert found.acceptance.accepted_at == NEXT
    assert found.acceptance.recorded_at == decided
    assert found.acceptance.sealed["schedule"] == [[1, PRICE, "2026-11-24"]]
    assert found.place.held_until is None
    verbs = list(Entry.objects.of_order(order.code).values_list("verb", flat=True))
    assert verbs[-5:] == [
        "order.reopened",
        "receipt.given",
        "order.moved",
        "offer.accepted",
        "enrollment.opened",
    ]
    kinds = list(
        Notice.objects.filter(order_code=order.code).order_by("pk").values_list("kind", flat=True)
    )
    assert kinds == ["order-placed", "order-lapsed", "contract-concluded"]


@pytest.mark.clause("4.3")
def test_money_of_another_day_moves_the_day_of_an_order_that_still_awaits(db):
    order = a_placed_order(at=NEXT)
    entry = money_that_waits(order, at=NOON)
    reopen_for(entry, order)
    assert (fresh(order).state, fresh(order).placed_on) == (OrderState.PAID, almaty_day(NOON))


@pytest.mark.clause("4.3")
def test_late_money_that_is_short_stands_as_a_part_and_the_buyer_is_told_of_the_rest(db):
    order = a_lapsed_order()
    entry = money_that_waits(order, amount=100_000, at=NEXT)
    decided = NEXT + DAY
    reopen_for(entry, order, at=decided)
    found = fresh(order)
    assert (found.state, found.placed_on) == (OrderState.AWAITING_PAYMENT, almaty_day(decided))
    assert (received_by(found), due_now(found), left(entry)) == (100_000, 49_990, 0)
    assert refusal_now(found, amount=49_990, at=decided) is None
    letter = Notice.objects.get(order_code=order.code, kind="order-reopened")
    assert (letter.facts["due"], letter.facts["pay_on"]) == (49_990, "2026-11-25")
    receive(a_receipt(order, amount=49_990, at=decided), order, at=decided)
    assert fresh(order).state == OrderState.PAID


def test_short_money_opens_no_day_that_is_over(db):
    order = a_lapsed_order()
    entry = money_that_waits(order, amount=1000, at=NEXT)
    with refusal() as refused:
        reopen_for(entry, order, at=NEXT + DAY, day=almaty_day(NEXT))
    assert refused.value.field == "day"
    assert still_lapsed(order)


@pytest.mark.clause("4.3")
def test_an_order_part_paid_that_lapsed_is_a_question_of_its_own_with_both_ways_out(db):
    order = a_placed_order()
    entry = money_that_waits(order, amount=100_000)
    give(entry, order)
    assert not LedgerEntry.objects.part_of_a_lapsed_order().exists()
    assert lapse_order(order=order, at=order.pay_before)
    assert LedgerEntry.objects.part_of_a_lapsed_order().get() == entry
    assert not LedgerEntry.objects.waiting().exists()
    reopen(order, received=Decimal(100_000))
    assert Notice.objects.get(kind="order-reopened").facts["due"] == 49_990
    assert not LedgerEntry.objects.part_of_a_lapsed_order().exists()
    lapse_order(order=order, at=end_of_day(almaty_day(NEXT)))
    take_back(allocation=Allocation.objects.get(), reason=REASON, by=an_owner(), at=NEXT + DAY)
    assert not LedgerEntry.objects.part_of_a_lapsed_order().exists()
    assert LedgerEntry.objects.waiting().get() == entry


@pytest.mark.clause("4.6")
def test_late_money_finds_a_full_cohort_and_waits_on(db):
    cohort = a_cohort(seats=1)
    order = a_lapsed_order(cohort=cohort)
    a_paid_order(cohort=cohort, at=NEXT)
    entry = money_that_waits(order, at=NEXT)
    with refusal() as refused:
        reopen_for(entry, order)
    assert refused.value.clause == "4.6"
    assert still_lapsed(order)
    assert left(entry) == PRICE
    assert Acceptance.objects.filter(order=order).count() == 0


def test_money_given_with_a_reopening_is_not_given_again(db):
    order = a_lapsed_order()
    other = a_lapsed_order()
    entry = money_that_waits(order, at=NEXT)
    reopen_for(entry, order)
    for again in (order, other):
        with refusal():
            reopen_for(entry, again)
    assert fresh(other).state == OrderState.LAPSED


def test_a_course_that_is_over_takes_no_late_money(db):
    order = a_lapsed_order()
    after = start_of_day(order.cohort.ends_on + DAY)
    entry = money_that_waits(order, at=NEXT, told_at=after)
    with refusal():
        reopen_for(entry, order, at=after)
    assert still_lapsed(order)


def test_a_performed_order_is_not_reopened(db):
    order = a_paid_order()
    at = start_of_day(order.cohort.ends_on)
    complete_enrollment(enrollment=order.enrollment, by=an_owner(), at=at)
    entry = money_that_waits(order, at=NEXT)
    assert why(entry) == Why.DOUBLE
    with refusal():
        reopen_for(entry, order)
