"""What staff do to a cohort or the offer while somebody buys: one waits for the other,
never both (2.4, 4.6).
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import sleep
from typing import Any

import pytest
from django.db import connection, transaction

from enrollment.models import Edition, Order, Place
from enrollment.operations.offering.offers import withdraw_offer
from enrollment.operations.training.cohorts import set_seats
from enrollment.rules.order_states import OrderState
from tests.given import NOON, a_cohort, a_placed_order, a_receipt, an_owner, receive

A_MOMENT = 0.5  # seconds in which the other one gets as far as it can


def meanwhile(buying: Callable[[], Any], staff_do: Callable[[], Any]) -> Any:
    """Let staff act while the buyer's transaction is open and before it ends;
    return what the buyer got.
    """
    bought = Event()

    def staff() -> None:
        bought.wait()
        try:
            staff_do()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        working = threads.submit(staff)
        try:
            with transaction.atomic():
                got = buying()
                bought.set()
                sleep(A_MOMENT)
        finally:
            bought.set()
        working.result(timeout=20)
    return got


@pytest.mark.clause("4.6")
@pytest.mark.parametrize("seats", [3, 7])
def test_seats_change_while_somebody_buys_one(transactional_db, seats):
    cohort = a_cohort(seats=5)
    order = meanwhile(
        lambda: a_placed_order(cohort=cohort),
        lambda: set_seats(cohort=cohort, seats=seats, by="staff:1", at=NOON),
    )
    assert Place.objects.filter(cohort=cohort).count() == seats
    assert Place.objects.get(order=order).number == 1


@pytest.mark.clause("2.4")
def test_the_offer_is_withdrawn_while_somebody_pays(transactional_db):
    order = a_placed_order()
    edition = Edition.objects.get()
    owner = an_owner()
    meanwhile(
        lambda: receive(a_receipt(order), order),
        lambda: withdraw_offer(edition=edition, reason="2.4", by=owner, at=NOON),
    )
    assert Order.objects.get(pk=order.pk).state == OrderState.PAID
    assert edition.withdrawals.standing().exists()
