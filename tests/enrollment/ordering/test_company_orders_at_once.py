"""Two companies at once for the last places, on PostgreSQL with real transactions:
one gets all it needs.
"""

from functools import partial
from threading import Barrier

import pytest

from enrollment.models import Invoice, Order, Place
from enrollment.operations.ordering import company_orders
from offer_site.errors import RuleViolation
from tests.at_once import at_once
from tests.enrollment.company import a_list, order_list
from tests.given import a_cohort, a_placed_order

pytestmark = pytest.mark.clause("4.6")


def held() -> list[int]:
    """The orders that hold the places, place by place."""
    return list(
        Place.objects.exclude(order=None).order_by("number").values_list("order", flat=True)
    )


def test_two_companies_at_once_for_the_last_places(transactional_db):
    cohort = a_cohort(seats=10)
    lists = [a_list(7), a_list(6)]
    works = [partial(order_list, applications, cohort=cohort) for applications in lists]
    results = at_once(works, errors=RuleViolation)
    assert sorted(isinstance(result, tuple) for result in results) == [False, True]
    assert [type(result) for result in results if not isinstance(result, tuple)] == [RuleViolation]
    invoice = Invoice.objects.get()
    assert sorted(held()) == sorted(invoice.orders.values_list("pk", flat=True))


def test_many_companies_and_buyers_at_once_neither_oversell_nor_wait_for_each_other(
    transactional_db,
):
    cohort = a_cohort(seats=40)
    lists = [a_list(5) for _number in range(10)]

    works = [partial(a_placed_order, cohort=cohort)] * 10
    works += [partial(order_list, applications, cohort=cohort) for applications in lists]
    results = at_once(works, errors=RuleViolation)
    assert {type(result) for result in results} <= {tuple, Order, RuleViolation}
    assert len(held()) == len(set(held())) <= 36, "nine tenths at most are held by who only ordered"
    assert len(held()) >= 32, "whoever holds none could not have been served"
    for invoice in Invoice.objects.all():
        orders = set(invoice.orders.values_list("pk", flat=True))
        assert len(orders) == 5
        assert len(orders & set(held())) in (0, 5), "all of a list hold places, or none"


def test_a_double_click_at_once_makes_one_invoice(transactional_db):
    cohort = a_cohort(seats=20)
    applications = a_list(5)
    backwards = applications[::-1]
    clicks = [partial(order_list, each, cohort=cohort) for each in (applications, backwards)]
    results = at_once(clicks * 3)
    assert {type(result) for result in results} == {tuple}
    assert len({invoice.pk for invoice, _is_new in results}) == 1
    assert sum(is_new for _invoice, is_new in results) == 1
    assert Order.objects.count() == len(held()) == 5


def test_two_lists_with_one_learner_in_common_do_not_both_get_him(transactional_db):
    cohort = a_cohort(seats=20)
    names = [("Ли", "Анна", ""), ("Омаров", "Диас", ""), ("Иванов", "Пётр", "")]
    company = a_list(names=names)
    works = [partial(order_list, two, cohort=cohort) for two in (company[:2], company[1:])]
    results = at_once(works, errors=RuleViolation)
    assert sorted(isinstance(result, tuple) for result in results) == [False, True]
    assert Order.objects.count() == len(held()) == 2


def test_without_the_lock_and_the_condition_two_companies_get_the_same_places(
    transactional_db, monkeypatch
):
    """The control: places that are looked at and then taken are given away twice."""

    def look_then_take(*, orders, at, until, of=()):
        places = list(
            Place.objects.filter(cohort=orders[0].cohort_id, order=None).order_by("number")[
                : len(orders)
            ]
        )
        if len(places) < len(orders):
            return len(places)
        meet()
        for place, order in zip(places, orders, strict=True):
            Place.objects.filter(pk=place.pk).update(order=order, held_until=until)
        return len(orders)

    meet = two_meet()
    monkeypatch.setattr(company_orders, "claim_places", look_then_take)
    monkeypatch.setattr(company_orders, "may_claim_places", lambda **_facts: True)
    cohort = a_cohort(seats=10)
    lists = [a_list(7), a_list(6)]
    works = [partial(order_list, applications, cohort=cohort) for applications in lists]
    results = at_once(works, errors=RuleViolation)
    assert all(isinstance(result, tuple) for result in results), (
        "both believe that they have their places"
    )
    assert Order.objects.count() == 13
    assert len(held()) == 7


def two_meet():
    """Let two threads go on only together."""
    return Barrier(2, timeout=10).wait
