"""An order that ended says how, leads on, and gives its buyer the cancellation back."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from enrollment.models import Order
from enrollment.operations.links import invoice_link, order_link
from enrollment.operations.offering.offers import withdraw_offer
from enrollment.operations.ordering.orders import cancel_order, lapse_order
from enrollment.rules.order_states import OrderState
from enrollment.views.access import COOKIE
from offer_site.web.visitor import cookie_name
from tests.enrollment.company import a_placed_invoice
from tests.enrollment.ordering.test_reports import reported
from tests.enrollment.replaced import a_replacement
from tests.given import (
    NOON,
    a_cohort,
    a_placed_order,
    a_receipt,
    an_application,
    an_owner,
    receive,
)

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.3")]
SOON = NOON + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _in_that_hour(time_machine):
    time_machine.move_to(SOON, tick=False)


def opened(client: Client, link: str) -> str:
    answer = client.get(link[link.index("/kk/") :], follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def page_of(client: Client, order: Order) -> str:
    return client.get(order.get_absolute_url()).content.decode()


def posts(client: Client, name: str, code: str, **values: str) -> str:
    address = reverse(name, args=[code])
    back = f"http://testserver{address.rsplit('/', 2)[0]}/"
    answer = client.post(address, values, follow=True, headers={"referer": back})
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_button_that_cancels_stands_in_a_fold_that_says_what_ends(client):
    order = a_placed_order()
    page = opened(client, order_link(order))
    fold = page[page.index('<details class="ask">') :]
    fold = fold[: fold.index("</details>")]
    assert reverse("order_cancellation", args=[order.code]) in fold
    assert "Орныңыз босайды" in fold
    assert page.count(reverse("order_cancellation", args=[order.code])) == 1


def test_the_buyer_cancels_and_takes_it_back(client):
    order = a_placed_order()
    opened(client, order_link(order))
    page = posts(client, "order_cancellation", order.code)
    assert "Тапсырыстан бас тарттыңыз" in page
    assert reverse("order_restoration", args=[order.code]) in page
    assert "149" in page
    page = posts(client, "order_restoration", order.code)
    assert "Тапсырыстан бас тарттыңыз" not in page
    assert Order.objects.get().state == OrderState.AWAITING_PAYMENT


def test_a_reported_order_is_cancelled_only_with_the_tick(transactional_db, client):
    order = a_placed_order()
    reported(order)
    page = opened(client, order_link(order))
    assert 'name="no_payment_made"' in page
    page = posts(client, "order_cancellation", order.code)
    assert "Төлем болмаған болса ғана бас тартыңыз" in page
    assert Order.objects.get().state == OrderState.AWAITING_PAYMENT
    page = posts(client, "order_cancellation", order.code, no_payment_made="yes")
    assert "Тапсырыстан бас тарттыңыз" in page


def test_a_place_that_is_taken_is_said_and_no_button_stands(transactional_db, client):
    cohort = a_cohort(seats=1)
    order = a_placed_order(cohort=cohort)
    cancel_order(order=order, by="visitor", at=NOON)
    a_placed_order(cohort=cohort, at=SOON)
    page = opened(client, order_link(order))
    assert reverse("order_restoration", args=[order.code]) not in page
    assert "Бұл ағында бос орын қалмады" in page
    posts(client, "order_restoration", order.code)
    assert Order.objects.get(pk=order.pk).state == OrderState.LAPSED


def test_the_next_day_it_leads_to_a_new_order_with_its_price(
    transactional_db, client, time_machine
):
    order = a_placed_order()
    cancel_order(order=order, by="visitor", at=NOON)
    time_machine.move_to(order.pay_before, tick=False)
    page = opened(client, order_link(order))
    assert "Тапсырыстан бас тарттыңыз" in page
    assert reverse("order_restoration", args=[order.code]) not in page
    assert reverse("checkout", args=[order.tariff.package.slug]) in page
    posts(client, "order_restoration", order.code)
    assert Order.objects.get(pk=order.pk).state == OrderState.LAPSED


def test_a_lapsed_order_says_when_and_names_the_price_of_a_new_one(client, time_machine):
    order = a_placed_order()
    lapse_order(order=order, at=order.pay_before)
    time_machine.move_to(order.pay_before, tick=False)
    page = opened(client, order_link(order))
    assert "Тапсырыс берілген күні төленбеді" in page
    assert reverse("checkout", args=[order.tariff.package.slug]) in page


def test_a_replaced_order_leads_to_the_one_that_stands(client):
    application = an_application()
    order = a_placed_order(application=application)
    successor = a_replacement(application, order, at=SOON)
    opened(client, order_link(successor))
    page = opened(client, order_link(order))
    assert f'href="{successor.get_absolute_url()}"' in page
    assert "басқа тапсырыс алмастырды" in page


@pytest.mark.clause("3.3")
def test_who_may_not_see_the_successor_is_told_nothing_of_it(client):
    application = an_application()
    order = a_placed_order(application=application)
    successor = a_replacement(application, order, at=SOON)
    page = opened(client, order_link(order))
    assert successor.code not in page
    assert "басқа тапсырыс алмастырды" not in page
    assert "берілмеген болып есептеледі" in page


@pytest.mark.clause("2.4")
def test_an_order_that_ended_with_the_offer_says_so(client):
    order = a_placed_order()
    withdraw_offer(edition=order.edition, reason="2.4", by=an_owner(), at=NOON)
    assert "Оферта кері қайтарып алынды" in opened(client, order_link(order))


@pytest.mark.clause("3.1")
def test_a_stranger_restores_nothing():
    order = a_placed_order()
    cancel_order(order=order, by="visitor", at=NOON)
    stranger = Client()
    assert stranger.post(reverse("order_restoration", args=[order.code])).status_code == 404
    stranger.cookies[cookie_name(COOKIE)] = "forged"
    assert stranger.post(reverse("order_restoration", args=[order.code])).status_code == 404
    invoice = a_placed_invoice(2, cohort=a_cohort(seats=20))
    assert stranger.post(reverse("invoice_restoration", args=[invoice.code])).status_code == 404
    assert Order.objects.get(pk=order.pk).state == OrderState.LAPSED


@pytest.mark.parametrize("is_paid", [False, True], ids=["unpaid", "partly paid"])
def test_a_company_cancels_what_is_unpaid_and_takes_it_back(client, is_paid):
    invoice = a_placed_invoice(3, cohort=a_cohort(seats=20))
    first = invoice.orders.as_listed().first()
    if is_paid:
        receive(a_receipt(first), first)
    page = opened(client, invoice_link(invoice, invoice.orders.with_people()))
    assert '<details class="ask">' in page
    page = posts(client, "invoice_cancellation", invoice.code)
    assert reverse("invoice_restoration", args=[invoice.code]) in page
    posts(client, "invoice_restoration", invoice.code)
    assert invoice.orders.awaiting_payment().count() == (2 if is_paid else 3)
