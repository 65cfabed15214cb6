"""Kaspi's payment link, asked of a server that answers as it was told to;
and the way on the order's page.
"""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.test import Client
from django.urls import reverse

from enrollment.operations.links import order_link
from payments.models import LedgerEntry, Payment
from payments.operations.paying.payments import start_payment
from payments.providers import KASPI
from payments.providers.base import ProviderError
from tests.given import NOON, a_placed_order
from tests.payments.kaspi import a_payment, result
from tests.processes import serving

# without a script, soon: who came back from the bank waits for its answer
ASKS_AGAIN = '<noscript><meta http-equiv="refresh" content="5"></noscript>'


class Kaspi(BaseHTTPRequestHandler):
    """Kaspi's link service."""

    status = 200
    said = {"code": 0, "redirectUrl": "https://kaspi.example/pay/1"}
    asked = []

    def do_POST(self):
        self.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(json.dumps(self.said).encode())

    def log_message(self, *args):
        pass


@pytest.fixture
def kaspi(settings, time_machine):
    time_machine.move_to(NOON)
    handler = type("Handler", (Kaspi,), {"asked": []})
    server = HTTPServer(("127.0.0.1", 0), handler)
    settings.KASPI_PAY_URL = f"http://127.0.0.1:{server.server_port}/online"
    settings.KASPI_SERVICE = "SERVICE-1"
    with serving(server):
        yield handler


def start(order):
    return start_payment(order=order, provider=KASPI, language="ru", at=NOON, by="visitor")


def the_buyer(order) -> Client:
    client = Client()
    client.get(order_link(order))
    return client


def pay(client, order, provider="kaspi"):
    return client.post(reverse("payment_start", args=[order.code]), {"provider": provider})


@pytest.mark.clause("4.4")
def test_the_link_is_asked_for_in_tiyn(db, kaspi, settings):
    order = a_placed_order()
    assert start(order).url == "https://kaspi.example/pay/1"
    assert kaspi.asked == [
        {
            "TranId": f"{order.code}-1",
            "OrderId": order.code,
            "Amount": order.price * 100,
            "Service": "SERVICE-1",
            "returnUrl": f"{settings.SITE_URL}/ru/orders/{order.code}/payments/return/",
            "refererHost": "localhost",
        }
    ]
    payment = Payment.objects.get()
    assert (payment.provider, payment.method, payment.amount) == ("kaspi", "Kaspi Pay", order.price)
    assert len(order.code) <= 16


@pytest.mark.parametrize(
    "said",
    [
        {"code": 1, "message": "no"},
        {"redirectUrl": "https://kaspi.example/"},
        {"code": 0},
        [],
        {"code": 0, "redirectUrl": None},
        {"code": 0, "redirectUrl": "javascript:alert(1)"},
    ],
)
def test_an_answer_without_a_link_is_an_error(db, kaspi, said):
    kaspi.said = said
    with pytest.raises(ProviderError):
        start(a_placed_order())
    assert Payment.objects.get().link_url == ""


def test_in_production_only_https_is_spoken(db, kaspi, settings):
    settings.SANDBOX_BANK = False
    with pytest.raises(ProviderError):
        start(a_placed_order())
    assert not kaspi.asked


def test_the_buyer_goes_to_kaspi(db, kaspi):
    order = a_placed_order()
    response = pay(the_buyer(order), order)
    assert (response.status_code, response.headers["Location"]) == (
        302,
        "https://kaspi.example/pay/1",
    )


def test_kaspi_that_does_not_answer_is_told_in_words(db, kaspi):
    kaspi.status = 500
    order = a_placed_order()
    buyer = the_buyer(order)
    assert pay(buyer, order).headers["Location"] == reverse("order", args=[order.code])
    page = buyer.get(reverse("order", args=[order.code]))
    assert [message.level_tag for message in page.context["messages"]] == ["error"]


def test_coming_back_proves_nothing_and_leads_to_kaspi_again(db, kaspi):
    order = a_placed_order()
    buyer = the_buyer(order)
    pay(buyer, order)
    page = buyer.get(reverse("payment_return", args=[order.code]), follow=True)
    assert ASKS_AGAIN in page.text
    assert 'name="provider" value="kaspi"' in page.content.decode()
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize("provider", ["manual", "KASPI", ""])
def test_an_unknown_provider_is_not_found(db, kaspi, provider):
    order = a_placed_order()
    assert pay(the_buyer(order), order, provider).status_code == 404
    assert not Payment.objects.exists()


@pytest.mark.parametrize(
    ("setting", "value"), [("KASPI_SERVICE", ""), ("KASPI_ALLOWED_ADDRESSES", [])]
)
def test_where_kaspi_is_not_set_up_it_is_not_offered(db, kaspi, settings, setting, value):
    setattr(settings, setting, value)
    settings.KASPI_STATIC_LINK = ""
    order = a_placed_order()
    buyer = the_buyer(order)
    page = buyer.get(reverse("order", args=[order.code])).content.decode()
    assert 'value="kaspi"' not in page
    assert 'id="kaspi"' not in page
    assert pay(buyer, order).status_code == 404


def test_the_page_names_the_service_and_the_code(db, kaspi, settings):
    settings.KASPI_SERVICE_NAME = "Academy & Co"
    order = a_placed_order()
    page = the_buyer(order).get(reverse("order", args=[order.code])).content.decode()
    assert "Төлемдер → Academy &amp; Co → тапсырыс коды" in page
    assert f'data-copy="{order.code}"' in page


@pytest.mark.clause("4.3")
def test_money_that_waits_is_told_on_the_page(db, kaspi):
    order = a_placed_order()
    assert result(a_payment(order, sum="1.00")) == 0
    assert (
        the_buyer(order).get(reverse("order", args=[order.code])).context["page"].stage
        == "money_waits"
    )
