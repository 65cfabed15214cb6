"""The line that looks by itself: its words, what it is answered, and the page without a script."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrollment.operations.links import invoice_link, order_link, pay_link
from payments.models import Payment
from tests.enrollment.company import a_placed_invoice
from tests.enrollment.halves.scenes import REST_ON, a_half_paid_order, pay_the_rest
from tests.enrollment.ordering.test_guardians import consented
from tests.given import NOON, a_paid_order, a_placed_order, a_receipt, receive
from tests.payments.notifications import an_attempt
from tests.payments.waiting import money_that_waits

pytestmark = pytest.mark.django_db
PAGE_STATEMENTS = 14
STATE_STATEMENTS = 8


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def the_buyer(order) -> Client:
    client = Client()
    client.get(order_link(order))
    return client


def state_of(client: Client, order) -> dict[str, str]:
    return client.get(reverse("order_state", args=[order.code])).json()


def refreshes_in(page: str) -> int | None:
    """After how many seconds a browser without a script asks again."""
    said = re.search(r'<noscript><meta http-equiv="refresh" content="(\d+)"></noscript>', page)
    return int(said[1]) if said else None


def test_a_page_that_awaits_money_looks_and_says_when_it_did():
    order = a_placed_order()
    buyer = the_buyer(order)
    page = buyer.get(order.get_absolute_url()).text
    now = state_of(buyer, order)
    assert f'data-live="{reverse("order_state", args=[order.code])}"' in page
    assert f'data-state="{now["state"]}"' in page
    assert now["words"] in page
    assert "12:00:00" in now["words"]
    assert refreshes_in(page) == 30


@pytest.mark.clause("2.2.1")
def test_the_answer_is_another_when_the_money_has_come():
    order = a_placed_order()
    buyer = the_buyer(order)
    before = state_of(buyer, order)["state"]
    assert state_of(buyer, order)["state"] == before
    receive(a_receipt(order), order)
    assert state_of(buyer, order) == {"state": "concluded-0", "words": ""}
    page = buyer.get(order.get_absolute_url()).text
    assert "data-live" not in page
    assert refreshes_in(page) is None


def test_a_part_of_the_sum_renews_the_page_too():
    order = a_placed_order()
    buyer = the_buyer(order)
    before = state_of(buyer, order)["state"]
    money_that_waits(order, amount=100)
    assert state_of(buyer, order)["state"] not in (before, "concluded-0")


def test_who_came_back_from_the_bank_is_asked_again_soon():
    order = a_placed_order()
    payment = an_attempt(order)
    Payment.objects.filter(pk=payment.pk).update(returned_at=NOON)
    buyer = the_buyer(order)
    assert state_of(buyer, order)["state"] == f"confirming-{order.price}"
    assert refreshes_in(buyer.get(order.get_absolute_url()).text) == 5


@pytest.mark.clause("1.1")
def test_a_minors_page_renews_itself_when_the_guardian_has_consented():
    order = a_placed_order(kind="minor")
    buyer = the_buyer(order)
    before = state_of(buyer, order)
    assert before["state"].endswith("-guardian")
    consented(order, at=NOON)
    assert state_of(buyer, order)["state"] == before["state"].removesuffix("-guardian")


@pytest.mark.clause("4.3.1")
def test_an_overdue_rest_is_looked_for_and_its_payment_renews_the_page(time_machine):
    order = a_half_paid_order()
    late = NOON.replace(month=12, day=22)
    time_machine.move_to(late, tick=False)
    buyer = the_buyer(order)
    assert state_of(buyer, order)["state"] == f"overdue-{order.price - order.prepayment}"
    pay_the_rest(order, at=late)
    assert state_of(buyer, order)["state"] == "concluded-0"


@pytest.mark.clause("3.1")
def test_a_stranger_is_answered_alike_for_known_and_unknown_codes():
    order = a_placed_order()
    answers = [
        Client().get(reverse("order_state", args=[code])) for code in (order.code, "SM000000")
    ]
    assert {(each.status_code, each.text) for each in answers} == {
        (404, '{"state": "gone", "words": ""}')
    }


def test_a_page_that_looks_all_day_is_no_row_of_tries():
    order = a_placed_order()
    buyer = the_buyer(order)
    payer = Client()
    payer.get(pay_link(order))
    for _look in range(3):
        with CaptureQueriesContext(connection) as asked:
            assert state_of(buyer, order)["state"] == f"awaiting-{order.price}"
            state = payer.get(reverse("pay_for_state", args=[order.code])).json()["state"]
            assert state == f"awaiting-{order.price}"
        assert not [query for query in asked if "attempts_" in query["sql"]]


@pytest.mark.parametrize("make", [a_placed_order, a_paid_order, a_half_paid_order])
def test_the_page_and_its_line_ask_little_of_the_database(make):
    order = make()
    buyer = the_buyer(order)
    for address, most in (
        (order.get_absolute_url(), PAGE_STATEMENTS),
        (reverse("order_state", args=[order.code]), STATE_STATEMENTS),
    ):
        with CaptureQueriesContext(connection) as asked:
            assert buyer.get(address).status_code == 200
        assert len(asked) <= most


def test_an_invoice_looks_too():
    invoice = a_placed_invoice(2)
    buyer = Client()
    buyer.get(invoice_link(invoice, invoice.orders.with_people()))
    page = buyer.get(invoice.get_absolute_url()).text
    address = reverse("invoice_state", args=[invoice.code])
    before = buyer.get(address).json()
    assert f'data-state="{before["state"]}"' in page
    assert refreshes_in(page) == 30
    first = invoice.orders.with_people().as_listed().first()
    receive(a_receipt(first), first)
    after = buyer.get(address).json()
    assert after["state"] not in ("gone", before["state"])
    assert Client().get(address).status_code == 404


def test_no_page_with_a_half_typed_form_is_asked_again():
    order = a_placed_order()
    buyer = the_buyer(order)
    for page in ("order_report", "order_email", "order_instalments"):
        said = buyer.get(reverse(page, args=[order.code]))
        assert refreshes_in(said.text) is None
        assert "data-live" not in said.text
        assert "Refresh" not in said.headers


def test_the_rest_before_its_day_renews_no_page_that_is_read():
    order = a_half_paid_order()
    page = the_buyer(order).get(order.get_absolute_url()).text
    assert refreshes_in(page) is None
    assert f"{REST_ON:%d.%m.%Y}" in page
