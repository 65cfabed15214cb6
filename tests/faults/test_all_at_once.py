"""Buyers, the bank, staff and the clock in one moment: nobody meets a fault,
and afterwards the books agree.
"""

import random
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from enrollment.models import Acceptance, Edition, Enrollment, Order, Place, Tariff
from enrollment.operations.corrections.email import correct_email
from enrollment.operations.offering.offers import withdraw_offer
from enrollment.operations.ordering.orders import cancel_order, lapse_order, place_order
from enrollment.operations.training.cohorts import set_seats
from enrollment.rules.order_states import OrderState
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from tests.at_once import at_once
from tests.audit.asked import all_that_is_false
from tests.given import NOON, a_cohort, a_placed_order, an_application, an_owner
from tests.payments.notifications import a_notification, an_attempt, tell

UNDER_CONTRACT = (OrderState.PAID, OrderState.COMPLETED)


def faults_of(works: list[Callable[[], Any]]) -> list[str]:
    """Do everything in one moment; return what went wrong but for refused wishes."""
    came_to = at_once(works, errors=Exception)
    return [fault for fault in map(fault_of, came_to) if fault]


def fault_of(result: Any) -> str:
    if isinstance(result, RuleViolation):
        return ""
    if isinstance(result, Exception):
        return repr(result)
    return "500" if getattr(result, "status_code", 200) != 200 else ""


def require_that_the_books_agree() -> None:
    assert all_that_is_false() == []
    for order in Order.objects.with_people():
        rows = list(Entry.objects.of_order(order.code))
        assert [row.number for row in rows] == list(range(1, len(rows) + 1))
        assert [row.previous for row in rows] == ["", *(row.digest for row in rows[:-1])]
        assert [row.digest for row in rows] == [row.digest_now() for row in rows]
        paid = order.state in UNDER_CONTRACT
        assert sum(each.amount for each in order.allocations.all()) == (order.price if paid else 0)
        assert Enrollment.objects.filter(order=order).count() == paid
        assert Place.objects.filter(order=order, held_until=None).count() == paid
        if paid:
            assert Acceptance.objects.get(order=order).sealed["party"] == order.party.digest()
        if order.state == OrderState.LAPSED:
            assert not Place.objects.filter(order=order).exists()


@pytest.mark.clause("3.3", "4.3", "4.6")
@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_at_once_the_books_agree(transactional_db, seed):
    chance = random.Random(seed)
    cohort = a_cohort(seats=4)
    owner = an_owner()
    edition = Edition.objects.get()
    tariff = Tariff.objects.select_related("package", "edition").get(
        package__slug="vip", level="standard"
    )
    works: list[Callable[[], Any]] = [
        partial(set_seats, cohort=cohort, seats=chance.randint(1, 5), by="staff:1", at=NOON),
        partial(withdraw_offer, edition=edition, reason="2.4", by=owner, at=NOON),
    ][seed % 2 :]

    def buy(application: Any) -> Any:
        return place_order(
            tariff=tariff,
            cohort=cohort,
            application=application,
            language="kk",
            at=NOON,
            by="visitor",
            replace=True,
        )

    for _buyer in range(4):
        application = an_application()
        held_since = NOON - timedelta(minutes=chance.choice([1, 40]))
        order = a_placed_order(
            cohort=cohort, application=application, package="ozim", at=held_since
        )
        an_attempt(order)
        told = a_notification(order, transaction=order.pk)
        works += chance.sample(
            [
                partial(tell, "pay", told),
                partial(tell, "pay", told),
                partial(tell, "check", told),
                partial(buy, application),
                partial(buy, an_application()),
                partial(cancel_order, order=order, by="visitor", at=NOON),
                partial(
                    correct_email,
                    order=order,
                    email=f"new{order.pk}@example.kz",
                    by="visitor",
                    at=NOON,
                ),
                partial(lapse_order, order=order, at=order.pay_before),
            ],
            k=6,
        )
    chance.shuffle(works)
    assert faults_of(works) == []
    require_that_the_books_agree()
