"""An order opens to the browser that placed it, to its letter's link and to its owner;
the code alone is not found.
"""

import pytest
from django.test import Client

from enrollment.models import Order
from enrollment.operations.corrections.email import correct_email
from enrollment.operations.links import order_link
from tests.given import NOON, a_paid_order, a_placed_order

PAGES = ("", "email/", "contract.pdf")


def link_to(order: Order) -> str:
    return order_link(order).removeprefix("http://localhost:8000")


def a_browser_that_followed_the_link_to(order: Order) -> Client:
    browser = Client()
    answer = browser.get(link_to(order))
    assert answer["Location"] == f"/kk/orders/{order.code}/", "the key stays out of the history"
    return browser


@pytest.mark.parametrize("page", PAGES)
def test_the_code_alone_opens_nothing(db, page):
    assert Client().get(f"/kk/orders/{a_paid_order().code}/{page}").status_code == 404


@pytest.mark.parametrize("act", ["cancellation/", "email/", "payments/"])
def test_the_code_alone_changes_nothing(db, act):
    order = a_placed_order()
    assert (
        Client().post(f"/kk/orders/{order.code}/{act}", {"email": "mine@example.kz"}).status_code
        == 404
    )
    assert Order.objects.select_related("party").get(pk=order.pk).party.email == order.party.email


def test_the_cookie_of_one_order_opens_no_other(db):
    browser = a_browser_that_followed_the_link_to(a_placed_order())
    assert browser.get(f"/kk/orders/{a_placed_order().code}/").status_code == 404


@pytest.mark.parametrize("forged", ["", "x", "W10:1u:x", "\xe9"])
def test_a_forged_cookie_opens_nothing(db, forged):
    browser = Client()
    browser.cookies["orders"] = forged
    assert browser.get(f"/kk/orders/{a_placed_order().code}/").status_code == 404


@pytest.mark.clause("5.4", "12.1.2.2")
def test_who_followed_a_link_to_a_wrong_address_sees_nothing_once_it_is_corrected(db):
    order = a_placed_order(email="wrong@example.kz")
    stranger = a_browser_that_followed_the_link_to(order)
    correct_email(order=order, email="right@example.kz", by="visitor", at=NOON)
    assert stranger.get(f"/kk/orders/{order.code}/").status_code == 404
    assert stranger.get(link_to(order)).status_code == 404
    assert (
        a_browser_that_followed_the_link_to(Order.objects.get(pk=order.pk))
        .get(f"/kk/orders/{order.code}/")
        .status_code
        == 200
    )


@pytest.mark.clause("3.1")
def test_the_browser_that_corrects_the_email_goes_on_seeing_the_order(db):
    order = a_placed_order()
    buyer = a_browser_that_followed_the_link_to(order)
    answer = buyer.post(
        f"/kk/orders/{order.code}/email/", {"email": "right@example.kz"}, follow=True
    )
    assert (answer.status_code, answer.request["PATH_INFO"]) == (200, f"/kk/orders/{order.code}/")


@pytest.mark.parametrize("page", PAGES)
def test_no_cache_keeps_the_pages_of_an_order(db, page):
    order = a_paid_order() if page == "contract.pdf" else a_placed_order()
    answer = a_browser_that_followed_the_link_to(order).get(f"/kk/orders/{order.code}/{page}")
    assert answer.status_code == 200
    assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))
