"""What the order's page says of money that waits beside a contract,
and of a part of an order that lapsed (4.3).
"""

from datetime import timedelta

import pytest
from django.urls import reverse

from enrollment.operations.links import order_signature
from enrollment.operations.ordering.orders import lapse_unpaid_orders
from tests.enrollment.halves.scenes import a_half_paid_order
from tests.given import NOON, a_placed_order
from tests.payments.refunds.scenes import an_approved_case
from tests.payments.waiting import give, money_that_waits

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.3")]


@pytest.fixture
def the_page(client, time_machine):
    def opened(order, at=NOON):
        time_machine.move_to(at, tick=False)
        return client.get(
            reverse("order", args=[order.code]), {"key": order_signature(order)}, follow=True
        )

    return opened


def test_a_lapsed_order_that_has_a_part_says_that_the_money_is_here_until_it_goes_back(the_page):
    order = a_placed_order()
    later = NOON + timedelta(days=1)
    give(money_that_waits(order, amount=100_000), order)
    lapse_unpaid_orders(at=later)
    assert the_page(order, later).context["page"].stage == "money_waits"
    an_approved_case(order, 100_000, at=later)
    assert the_page(order, later).context["page"].stage == "lapsed"


def test_a_prepaid_order_says_that_other_money_waits_and_asks_for_what_lacks(the_page):
    order = a_half_paid_order(rest_on=NOON.date() + timedelta(days=20))
    part = money_that_waits(order, amount=10_000, invoice=order.code)
    page = the_page(order)
    assert (
        page.context["page"].stage,
        "Ақша бізде" in page.text or "Деньги у нас" in page.text,
    ) == ("concluded", True)
    give(part, order)
    page = the_page(order)
    assert (
        page.context["page"].rest.amount
        == page.context["methods"].due
        == order.price - order.prepayment - 10_000
    )
