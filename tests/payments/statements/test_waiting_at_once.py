"""Two decisions about the same money or the same seat in one moment,
on PostgreSQL with real transactions.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db.models import QuerySet, Sum

from enrollment.models import Enrollment, Order, Place
from enrollment.operations.offering.offers import withdraw_offer
from enrollment.operations.ordering.orders import lapse_order
from enrollment.operations.ordering.reopening import reopen_order
from enrollment.operations.places.places import claim_place
from enrollment.rules.order_states import OrderState
from offer_site.days import almaty_day
from offer_site.errors import RuleViolation
from payments.models import Allocation, LedgerEntry
from payments.operations.ledger.allocations import give_to_order, reopen_with_money, take_back
from payments.operations.ledger.refunds import record_refund
from tests.at_once import at_once
from tests.faults.test_staff_beside_buyers import meanwhile
from tests.given import NOON, a_cohort, a_placed_order, an_application, an_owner
from tests.payments.unprotected import take_the_protection_away
from tests.payments.waiting import REASON, give, left, money_that_waits

NEXT = NOON + timedelta(days=1)


def all_at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Do them all in one moment; an error is a result like any other."""
    return at_once(deeds, errors=Exception)


def refused(answers: list[Any]) -> int:
    """Count the refusals; any other error is a fault."""
    for answer in answers:
        assert not isinstance(answer, Exception) or isinstance(answer, RuleViolation), repr(answer)
    return sum(isinstance(answer, RuleViolation) for answer in answers)


def giving(entry, orders):
    owner = an_owner()
    return [
        lambda order=order: give_to_order(
            entry=entry, code=order.code, reason=REASON, by=owner, at=NOON
        )
        for order in orders
    ]


def lapsed(cohort):
    order = a_placed_order(cohort=cohort)
    assert lapse_order(order=order, at=order.pay_before)
    return order


def reopening(orders):
    owner = an_owner()
    day = almaty_day(NEXT)
    return [
        lambda order=order: reopen_order(order=order, day=day, reason=REASON, by=owner, at=NEXT)
        for order in orders
    ]


# --- one receipt
def test_one_receipt_given_to_many_orders_at_once_belongs_to_one(transactional_db):
    cohort = a_cohort()
    orders = [a_placed_order(cohort=cohort) for _ in range(6)]
    entry = money_that_waits(orders[0])
    assert refused(all_at_once(*giving(entry, orders))) == 5
    assert Allocation.objects.count() == Enrollment.objects.count() == 1
    assert (left(entry), Order.objects.filter(state=OrderState.PAID).count()) == (0, 1)


@pytest.mark.faults
def test_without_lock_and_number_one_receipt_pays_two_orders(transactional_db, monkeypatch):
    """The control: the test above can fail."""
    cohort = a_cohort(seats=40)
    take_the_protection_away(monkeypatch)
    rounds = 0
    while (
        Allocation.objects.count() == rounds < 5
    ):  # threads that happened to come one by one prove nothing
        rounds += 1
        orders = [a_placed_order(cohort=cohort) for _ in range(6)]
        all_at_once(*giving(money_that_waits(orders[0]), orders))
    assert Allocation.objects.count() > rounds


def test_the_number_alone_keeps_a_receipt_from_two_orders(transactional_db, monkeypatch):
    """The lock gone, the constraint is still there: who came second sees it and is refused."""
    cohort = a_cohort(seats=40)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)
    for round_ in range(1, 4):
        orders = [a_placed_order(cohort=cohort) for _ in range(4)]
        assert refused(all_at_once(*giving(money_that_waits(orders[0]), orders))) == 3
        assert Allocation.objects.count() == round_


def test_parts_of_one_receipt_given_at_once_are_never_more_than_it(transactional_db):
    cohort = a_cohort()
    orders = [a_placed_order(cohort=cohort) for _ in range(5)]
    entry = money_that_waits(orders[0], amount=250_000)
    owner = an_owner()
    parts = [
        lambda order=order: give_to_order(
            entry=entry, code=order.code, amount=Decimal(100_000), reason=REASON, by=owner, at=NOON
        )
        for order in orders
    ]
    assert refused(all_at_once(*parts)) == 3
    assert (left(entry), Allocation.objects.aggregate(Sum("amount"))["amount__sum"]) == (
        50_000,
        200_000,
    )
    assert sorted(Allocation.objects.values_list("number", flat=True)) == [1, 2]


@pytest.mark.clause("4.6")
def test_money_given_and_given_back_at_once_never_counts_twice(transactional_db):
    owner = an_owner()
    for number in range(4):
        order = a_placed_order()
        entry = money_that_waits(order)
        given, told = all_at_once(
            lambda entry=entry, order=order: give_to_order(
                entry=entry, code=order.code, reason=REASON, by=owner, at=NOON
            ),
            lambda entry=entry, number=number: record_refund(
                provider=entry.provider,
                reference=f"back-{number}",
                refunds_reference=entry.reference,
                amount=entry.amount,
                happened_at=NOON,
                at=NOON,
            ),
        )
        assert told == "refunded"
        first = LedgerEntry.objects.with_left().get(pk=entry.pk).left
        # Given first: the refund is of a contract, and says so by less than nothing. Told first:
        # nothing was given.
        assert first == (0 if isinstance(given, RuleViolation) else -order.price)
        assert Enrollment.objects.filter(order=order).exists() != isinstance(given, RuleViolation)


def test_one_allocation_is_taken_back_once(transactional_db):
    order = a_placed_order()
    entry = money_that_waits(order, amount=1000)
    give(entry, order)
    allocation = Allocation.objects.get()
    owner = an_owner()
    deed = lambda: take_back(allocation=allocation, reason=REASON, by=owner, at=NOON)  # noqa: E731
    assert refused(all_at_once(*[deed] * 6)) == 5
    assert left(entry) == 1000


# --- one seat
@pytest.mark.clause("4.6")
def test_two_orders_reopened_at_once_for_the_last_seat(transactional_db):
    cohort = a_cohort(seats=1)
    orders = [lapsed(cohort) for _ in range(2)]
    assert refused(all_at_once(*reopening(orders))) == 1
    assert (
        Order.objects.awaiting_payment().count() == Place.objects.exclude(order=None).count() == 1
    )


@pytest.mark.clause("4.6")
def test_an_order_reopened_while_a_buyer_takes_the_last_seat(transactional_db):
    cohort = a_cohort(seats=1)
    order = lapsed(cohort)
    application = an_application()
    answers = all_at_once(
        *reopening([order]), lambda: a_placed_order(cohort=cohort, application=application, at=NEXT)
    )
    assert refused(answers) == 1
    assert (
        Order.objects.awaiting_payment().count() == Place.objects.exclude(order=None).count() == 1
    )


@pytest.mark.clause("4.6")
def test_late_money_of_many_for_the_last_seat_makes_one_contract(transactional_db):
    cohort = a_cohort(seats=1)
    orders = [lapsed(cohort) for _ in range(4)]
    entries = [money_that_waits(order, at=NEXT) for order in orders]
    owner = an_owner()
    deeds = [
        lambda order=order, entry=entry: reopen_with_money(
            entry=entry, code=order.code, reason=REASON, by=owner, at=NEXT
        )
        for order, entry in zip(orders, entries, strict=True)
    ]
    assert refused(all_at_once(*deeds)) == 3
    assert Enrollment.objects.count() == Allocation.objects.count() == 1
    assert LedgerEntry.objects.waiting().count() == 3
    assert Order.objects.filter(state=OrderState.LAPSED).count() == 3


def test_without_the_lock_of_the_place_the_last_seat_is_promised_twice(
    transactional_db, monkeypatch
):
    """The control of the three above: a claim that first looks and then takes."""
    both_have_looked = Barrier(2, timeout=5)

    def look_then_take(*, order, at, until):
        free = Place.objects.filter(cohort=order.cohort_id, order=None).first()
        both_have_looked.wait()
        return (
            free is not None
            and Place.objects.filter(pk=free.pk).update(order=order, held_until=until) == 1
        )

    monkeypatch.setattr("enrollment.operations.ordering.reopening.claim_place", look_then_take)
    monkeypatch.setattr("enrollment.operations.ordering.orders.claim_place", look_then_take)
    cohort = a_cohort(seats=1)
    with monkeypatch.context() as honest:
        honest.setattr("enrollment.operations.ordering.orders.claim_place", claim_place)
        order = lapsed(cohort)
    application = an_application()
    answers = all_at_once(
        *reopening([order]), lambda: a_placed_order(cohort=cohort, application=application, at=NEXT)
    )
    assert refused(answers) == 0
    assert Order.objects.awaiting_payment().count() == 2


@pytest.mark.clause("3.3")
def test_a_learner_who_orders_anew_while_staff_reopen_the_old_order_has_one(transactional_db):
    for _round in range(3):
        cohort = a_cohort()
        application = an_application()
        order = a_placed_order(cohort=cohort, application=application)
        lapse_order(order=order, at=order.pay_before)
        answers = all_at_once(
            *reopening([order]),
            lambda application=application, cohort=cohort: a_placed_order(
                cohort=cohort, application=application, at=NEXT, package="vip"
            ),
        )
        assert refused(answers) == 1
        assert Order.objects.awaiting_payment().filter(cohort=cohort).count() == 1
        assert Place.objects.filter(cohort=cohort).exclude(order=None).count() == 1


# --- one offer
def withdrawn_meanwhile(order):
    """Withdraw the offer while the reopening of an order is not committed yet;
    return the order's state at the end.
    """
    owner = an_owner()
    meanwhile(
        *reopening([order]),
        lambda: withdraw_offer(edition=order.edition, reason="2.4", by=owner, at=NEXT),
    )
    return Order.objects.get(pk=order.pk).state


@pytest.mark.clause("2.4")
def test_an_order_reopened_while_the_offer_is_withdrawn_lapses_with_the_others(transactional_db):
    assert withdrawn_meanwhile(lapsed(a_cohort())) == OrderState.LAPSED


def test_without_the_lock_of_the_edition_it_stays_open(transactional_db, monkeypatch):
    """The control: the test above can fail."""
    order = lapsed(a_cohort())
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)
    assert withdrawn_meanwhile(order) == OrderState.AWAITING_PAYMENT
