"""The sandbox plays Kaspi: a link, an app, and every way in which money may be told of."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from enrollment.operations.links import order_link
from enrollment.operations.ordering.orders import cancel_order
from enrollment.rules.order_states import OrderState
from payments.models import Allocation, LedgerEntry, ProviderMessage
from tests.given import NOON, a_placed_order


@pytest.fixture(params=["json", "xml"])
def kaspi(request, live_server, settings, time_machine):
    """Serve the site, the sandbox included, at an address that both sides know."""
    time_machine.move_to(NOON)
    settings.SITE_URL = live_server.url
    settings.KASPI_ANSWERS = request.param
    settings.KASPI_PAY_URL = f"{live_server.url}/sandbox/kaspi/online"


class Payer:
    """A browser that goes from the order's page to the app."""

    def __init__(self, order, *, language="kk"):
        self.order = order
        self.client = Client()
        self.client.get(order_link(order))
        response = self.client.post(
            f"/{language}/orders/{order.code}/payments/", {"provider": "kaspi"}
        )
        self.path = "/" + response.headers["Location"].split("/", 3)[3]
        self.page = self.client.get(self.path)

    def pays(self, way="now"):
        self.page = self.client.post(self.path, {"way": way, "operation": self.operation})
        self.order.refresh_from_db()
        return self.page.context["answer"]

    def tells_again(self, **more):
        self.page = self.client.post(f"{self.path}again/", {"operation": self.operation, **more})
        return self.page.context["answer"]

    @property
    def operation(self):
        return re.search(r'name="operation" value="([^"]+)"', self.page.content.decode())[1]


@pytest.mark.clause("4.4")
def test_a_person_pays_in_the_app_and_comes_back(transactional_db, kaspi):
    payer = Payer(a_placed_order())
    assert payer.page.context["answer"]["sum"] == payer.order.price
    assert payer.pays()["result"] == 0
    assert payer.order.state == OrderState.PAID
    back = re.search(r'href="[^"]*(/kk/orders/[^"]+)"', payer.page.content.decode())[1]
    assert payer.client.get(back, follow=True).context["page"].stage == "concluded"
    kinds = ProviderMessage.objects.order_by("pk").values_list("kind", flat=True)
    references = ProviderMessage.objects.filter(kind="pay").values_list("reference", flat=True)
    assert list(kinds) == ["check", "pay"]
    assert (
        ProviderMessage.objects.get(kind="check").reference == f"{references[0]} {payer.order.code}"
    )


def test_kaspi_red_is_recorded_as_such(transactional_db, kaspi):
    payer = Payer(a_placed_order())
    payer.pays("red")
    assert payer.order.acceptance.method == "Kaspi Red"


@pytest.mark.parametrize("way", ["yesterday", "another"])
def test_what_does_not_count_is_taken_and_waits(transactional_db, kaspi, way):
    payer = Payer(a_placed_order())
    assert payer.pays(way)["result"] == 0
    assert payer.order.state == OrderState.AWAITING_PAYMENT
    assert LedgerEntry.objects.waiting().count() == 1


def test_the_same_number_again(transactional_db, kaspi):
    payer = Payer(a_placed_order())
    first = payer.pays()
    assert payer.tells_again() == first
    assert payer.tells_again(another="1")["result"] == 5
    assert LedgerEntry.objects.count() == Allocation.objects.count() == 1


def test_the_app_asks_before_it_takes_money(transactional_db, kaspi, time_machine):
    order = a_placed_order()
    cancel_order(order=order, by="visitor", at=NOON)
    client = Client()
    typed = client.post("/sandbox/kaspi/app/", {"account": order.code}, follow=True)
    assert typed.context["answer"]["result"] == 2
    assert "operation" not in typed.context
    late = a_placed_order()
    payer = Payer(late)
    time_machine.move_to(late.pay_before + timedelta(seconds=1))
    assert payer.client.get(payer.path).context["answer"]["result"] == 2


def test_a_code_typed_in_the_app_is_paid_too(transactional_db, kaspi):
    order = a_placed_order()
    client = Client()
    page = client.post("/sandbox/kaspi/app/", {"account": order.code.lower()}, follow=True)
    operation = re.search(r'name="operation" value="([^"]+)"', page.content.decode())[1]
    client.post(page.request["PATH_INFO"], {"way": "now", "operation": operation})
    order.refresh_from_db()
    assert order.state == OrderState.PAID


LINK = {
    "TranId": "SM1-1",
    "OrderId": "SM1",
    "Amount": 100,
    "Service": "sandbox",
    "returnUrl": "http://localhost:8000/",
}


@pytest.mark.parametrize(
    "wrong",
    [
        {"Service": "another"},
        {"Amount": 0},
        {"Amount": "9.90"},
        {"OrderId": "x" * 17},
        {"returnUrl": ""},
    ],
)
def test_the_link_service_refuses_what_kaspi_refuses(wrong):
    asked = json.dumps(LINK | wrong)
    said = (
        Client()
        .post(reverse("sandbox_kaspi_online"), asked, content_type="application/json")
        .json()
    )
    assert said["code"] == 1
    assert (
        Client()
        .post(reverse("sandbox_kaspi_online"), "{", content_type="application/json")
        .json()["code"]
        == 1
    )


def test_links_and_operations_made_elsewhere_are_not_found(db):
    assert Client().get("/sandbox/kaspi/app/made-up/").status_code == 404
    assert Client().post("/sandbox/kaspi/app/made-up/again/").status_code == 404
