"""The sandbox bank: the other side of the protocol, over real HTTP with real signatures."""

import importlib
import json
import time
import urllib.error
import urllib.request
from base64 import b64encode
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from enrollment.operations.links import order_link
from enrollment.operations.ordering.orders import cancel_order
from enrollment.rules.order_states import OrderState
from payments.models import Hold, LedgerEntry, Outcome, Payment, ProviderMessage
from payments.operations.paying.hold_settling import settle_holds
from payments.operations.paying.links import cancel_links
from payments.operations.reconciliation.comparing import reconcile
from payments.providers import CARD
from payments.providers.base import ProviderError
from payments.sandbox import book
from payments.sandbox.orders import read_order
from tests.given import NOON, a_placed_order

PAID = "4111111111111111"
# without a script, soon: who came back from the bank waits for its answer
ASKS_AGAIN = '<noscript><meta http-equiv="refresh" content="5"></noscript>'
SECURE = "4242424242424242"
POOR = "4000056655665556"
SECURE_POOR = "4012888888881881"


@pytest.fixture(autouse=True)
def empty_book(settings, tmp_path):
    """Begin with a bank that remembers nothing."""
    settings.SANDBOX_BANK_BOOK = str(tmp_path / "bank.sqlite3")


@pytest.fixture
def bank(live_server, settings, time_machine):
    """Serve the site, its bank included, at an address that both sides know."""
    time_machine.move_to(NOON)
    settings.SITE_URL = live_server.url
    settings.CARD_API_URL = f"{live_server.url}/sandbox/card"
    return live_server.url


class Buyer:
    """A browser that has opened an order and goes to pay it."""

    def __init__(self, order):
        self.order = order
        self.client = Client()
        self.client.get(order_link(order))

    def goes_to_the_bank(self, *, language="kk"):
        response = self.client.post(f"/{language}/orders/{self.order.code}/payments/")
        assert response.status_code == 302
        self.page = response.headers["Location"]
        return self

    @property
    def path(self):
        return "/sandbox/card/orders/" + self.page.partition("/sandbox/card/orders/")[2]

    def types(self, number, *, expires="12/30", cvv="123", told="now"):
        form = {"number": number, "expires": expires, "cvv": cvv, "told": told}
        return self.client.post(self.path, form)

    def comes_back(self, response):
        assert response.status_code == 302, response.content.decode()[:3000]
        back = "/" + response.headers["Location"].split("/", 3)[3]
        page = self.client.get(back, follow=True)
        assert page.status_code == 200
        self.order.refresh_from_db()
        return page


@pytest.mark.clause("4.4")
@pytest.mark.parametrize(("language", "culture"), [("kk", "kk-KZ"), ("ru", "ru-RU")])
def test_the_link_says_everything_the_bank_must_know(transactional_db, bank, language, culture):
    order = a_placed_order()
    buyer = Buyer(order).goes_to_the_bank(language=language)
    asked = read_order(buyer.path.split("/")[-2])
    assert (asked.amount, asked.currency, asked.culture) == (f"{order.price}.00", "KZT", culture)
    assert (asked.invoice_id, asked.account_id, asked.email) == (
        f"{order.code}-1",
        order.code,
        order.party.email,
    )
    assert asked.success_url == f"{bank}/{language}/orders/{order.code}/payments/return/"
    assert asked.fail_url == f"{asked.success_url}?result=failed"
    assert asked.offer_uri.startswith(f"{bank}/{language}/offer/")
    assert json.loads(asked.data) == {"order": order.code}
    assert order.code in asked.description
    page = buyer.client.get(buyer.path).content.decode()
    assert f'lang="{language}"' in page
    assert "4111 1111 1111 1111" in page


def test_a_card_pays(transactional_db, bank):
    buyer = Buyer(a_placed_order()).goes_to_the_bank()
    buyer.comes_back(buyer.types(PAID))
    assert buyer.order.state == OrderState.PAID
    assert list(ProviderMessage.objects.order_by("pk").values_list("kind", "outcome")) == [
        ("check", Outcome.ALLOWED),
        ("pay", Outcome.APPLIED),
    ]
    assert LedgerEntry.objects.get().happened_at >= NOON


def test_a_card_pays_after_three_d_secure(transactional_db, bank):
    buyer = Buyer(a_placed_order()).goes_to_the_bank()
    asked = buyer.types(SECURE)
    attempt = asked.context["attempt"].token
    assert buyer.order.state == OrderState.AWAITING_PAYMENT
    buyer.comes_back(
        buyer.client.post(f"{buyer.path}secure/", {"attempt": attempt, "confirm": "1"})
    )
    assert buyer.order.state == OrderState.PAID


@pytest.mark.parametrize(
    ("card", "code"), [({"number": POOR}, "5051"), ({"number": PAID, "expires": "01/20"}, "5054")]
)
def test_a_declined_card_takes_nothing_and_says_why(transactional_db, bank, card, code):
    buyer = Buyer(a_placed_order()).goes_to_the_bank()
    page = buyer.comes_back(buyer.types(**card))
    assert buyer.order.state == OrderState.AWAITING_PAYMENT
    assert Payment.objects.get().decline_code == code
    assert reverse("payment_start", args=[buyer.order.code]) in page.content.decode()
    assert not LedgerEntry.objects.exists()
    buyer.goes_to_the_bank()
    buyer.comes_back(buyer.types(PAID))
    assert buyer.order.state == OrderState.PAID


@pytest.mark.parametrize(
    ("card", "button", "code"), [(SECURE, "refuse", "5206"), (SECURE_POOR, "confirm", "5051")]
)
def test_three_d_secure_can_end_in_a_decline(transactional_db, bank, card, button, code):
    buyer = Buyer(a_placed_order()).goes_to_the_bank()
    attempt = buyer.types(card).context["attempt"].token
    buyer.comes_back(buyer.client.post(f"{buyer.path}secure/", {"attempt": attempt, button: "1"}))
    assert Payment.objects.get().decline_code == code
    assert buyer.order.state == OrderState.AWAITING_PAYMENT


def test_the_buyer_is_back_before_the_bank_tells(transactional_db, bank, monkeypatch):
    monkeypatch.setattr("payments.sandbox.telling.LATER", 0.7)
    buyer = Buyer(a_placed_order()).goes_to_the_bank()
    page = buyer.comes_back(buyer.types(PAID, told="later"))
    assert ASKS_AGAIN in page.text
    assert buyer.order.state == OrderState.AWAITING_PAYMENT
    for _ in range(100):
        buyer.order.refresh_from_db()
        if buyer.order.state == OrderState.PAID:
            break
        time.sleep(0.1)
    assert buyer.order.state == OrderState.PAID
    assert ASKS_AGAIN not in buyer.client.get(reverse("order", args=[buyer.order.code])).text


def test_the_bank_asks_before_it_takes_money(transactional_db, bank, time_machine):
    order = a_placed_order()
    buyer = Buyer(order).goes_to_the_bank()
    time_machine.move_to(order.pay_before + timedelta(seconds=1))
    response = buyer.types(PAID)
    assert response.context["code"] == 20
    assert not LedgerEntry.objects.exists()


def test_wrong_input_is_told_beside_its_field(transactional_db, bank):
    buyer = Buyer(a_placed_order()).goes_to_the_bank()
    response = buyer.types("4000000000000002", expires="13/99", cvv="12")
    assert set(response.context["form"].errors) == {"number", "expires", "cvv"}
    assert not ProviderMessage.objects.exists()


def test_a_link_that_the_bank_did_not_make_is_not_found(db):
    assert Client().get("/sandbox/card/orders/made-up/").status_code == 404
    assert Client().post("/sandbox/card/orders/made-up/secure/").status_code == 404


# --- two stages, links that are closed, money given back
@pytest.fixture
def two_stages(settings):
    settings.CARD_TWO_STAGES = True
    settings.CELERY_TASK_ALWAYS_EAGER = True  # the bell is answered at once


def test_in_two_stages_the_card_is_held_and_then_taken(transactional_db, bank, two_stages):
    buyer = Buyer(a_placed_order()).goes_to_the_bank()
    buyer.comes_back(buyer.types(PAID))
    assert buyer.order.state == OrderState.PAID
    kinds = ProviderMessage.objects.order_by("pk").values_list("kind", "outcome")
    assert [kind for kind, _outcome in kinds] == ["check", "pay", "confirm"]
    assert dict(kinds)["pay"] == Outcome.AUTHORIZED
    assert LedgerEntry.objects.count() == 1
    (entry,) = book.entries()
    assert (entry.status, entry.amount) == ("Completed", f"{buyer.order.price}.00")
    assert list(reconcile(provider=CARD, day=NOON.date(), at=NOON, by="system").new) == []


def test_in_two_stages_the_second_of_two_cards_is_let_go(
    transactional_db, bank, two_stages, settings
):
    settings.CELERY_TASK_ALWAYS_EAGER = False
    order = a_placed_order()
    first = Buyer(order).goes_to_the_bank(language="kk")
    second = Buyer(order).goes_to_the_bank(language="ru")
    assert first.page != second.page
    for buyer in (first, second):
        buyer.types(PAID)
    done = [settled.decision for _hold, settled in settle_holds(at=NOON)]
    assert done == ["confirm", "release"]
    assert sorted(entry.status for entry in book.entries()) == ["Cancelled", "Completed"]
    order.refresh_from_db()
    assert order.state == OrderState.PAID
    assert LedgerEntry.objects.count() == 1


@pytest.mark.clause("4.3")
@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_cancelled_link_says_so_and_takes_no_card(transactional_db, bank, language):
    order = a_placed_order()
    buyer = Buyer(order).goes_to_the_bank(language=language)
    cancel_order(order=order, by="visitor", at=NOON)
    assert [failure for _payment, failure in cancel_links(at=NOON)] == [None]
    for page in (buyer.client.get(buyer.path), buyer.types(PAID)):
        assert (page.status_code, page.context["is_paid"]) == (200, False)
    assert not ProviderMessage.objects.exists()
    assert not book.entries()


def test_a_paid_link_is_paid_once(transactional_db, bank):
    buyer = Buyer(a_placed_order()).goes_to_the_bank()
    buyer.types(PAID)
    assert buyer.client.get(buyer.path).context["is_paid"]
    assert buyer.types(PAID).context["is_paid"]
    assert ProviderMessage.objects.filter(kind="pay").count() == 1


@pytest.mark.clause("4.6")
def test_money_given_back_by_the_api_arrives_as_a_refund_too(transactional_db, bank):
    buyer = Buyer(a_placed_order()).goes_to_the_bank()
    buyer.types(PAID)
    paid = LedgerEntry.objects.get().reference
    made = [CARD.refund(paid, Decimal(1000), request_id=f"part-{number}") for number in (1, 1, 2)]
    assert made[0] == made[1] != made[2]
    # Two of one second are listed in no promised order.
    assert sorted(each.reference for each in CARD.refunds_of(paid)) == sorted([made[0], made[2]])
    assert [entry.amount for entry in LedgerEntry.objects.refunds()] == [Decimal(1000)] * 2
    with pytest.raises(ProviderError):
        CARD.refund(paid, Decimal(buyer.order.price), request_id="more than is left")


@pytest.mark.clause("4.6")
def test_what_is_done_in_the_cabinet_reaches_the_shop(transactional_db, bank, settings):
    settings.CARD_TWO_STAGES = True
    cabinet = reverse("sandbox_cabinet")
    buyer = Buyer(a_placed_order()).goes_to_the_bank()
    buyer.types(PAID)
    (held,) = book.entries()
    client = Client()
    assert (
        client.post(cabinet, {"number": held.number, "amount": "", "what": "refund"}).status_code
        == 200
    )  # refused
    assert (
        client.post(cabinet, {"number": held.number, "amount": "", "what": "confirm"}).status_code
        == 302
    )
    buyer.order.refresh_from_db()
    assert buyer.order.state == OrderState.PAID
    assert (
        client.post(
            cabinet, {"number": held.number, "amount": "500.00", "what": "refund"}
        ).status_code
        == 302
    )
    assert LedgerEntry.objects.refunds().get().amount == 500
    page = client.get(cabinet).content.decode()
    assert str(held.number) in page


def test_a_hold_let_go_in_the_cabinet_takes_nothing(transactional_db, bank, settings):
    settings.CARD_TWO_STAGES = True
    buyer = Buyer(a_placed_order()).goes_to_the_bank()
    buyer.types(PAID)
    (held,) = book.entries()
    assert (
        Client()
        .post(reverse("sandbox_cabinet"), {"number": held.number, "what": "void"})
        .status_code
        == 302
    )
    assert Hold.objects.get().released_at
    assert not LedgerEntry.objects.exists()
    assert list(settle_holds(at=NOON)) == []


# --- its API
def ask(path, data, *, key="sandbox:sandbox-secret", request_id="r-1"):
    headers = {
        "Authorization": f"Basic {b64encode(key.encode()).decode()}",
        "X-Request-ID": request_id,
    }
    response = Client().post(
        f"/sandbox/card{path}", data, content_type="application/json", headers=headers
    )
    return response.json() if response.status_code == 200 else response.status_code


ORDER = {"Amount": 149990, "Currency": "KZT", "Description": "Course", "InvoiceId": "SM1-1"}


def test_the_api_asks_for_the_key():
    assert ask("/test", {}, key="sandbox:another") == 401
    assert ask("/orders/create", ORDER, key="sandbox:another") == 401
    assert ask("/test", {})["Success"] is True


def test_the_same_request_makes_the_same_link():
    first = ask("/orders/create", ORDER)["Model"]
    again = ask("/orders/create", ORDER)["Model"]
    assert (first["Id"], first["Url"]) == (again["Id"], again["Url"])
    assert ask("/orders/create", ORDER, request_id="r-2")["Model"]["Id"] != first["Id"]
    assert ask("/orders/cancel", {"Id": first["Id"]})["Success"] is True


@pytest.mark.parametrize(
    "wrong",
    [{"Currency": "RUB"}, {"Currency": None}, {"Amount": 0}, {"Amount": "x"}, {"Description": ""}],
)
def test_the_api_refuses_what_the_provider_refuses(wrong):
    asked = {name: value for name, value in (ORDER | wrong).items() if value is not None}
    assert ask("/orders/create", asked)["Success"] is False


def test_the_bank_has_no_address_where_it_is_not_switched_on(settings):
    urls = importlib.import_module("payments.urls")
    try:
        settings.SANDBOX_BANK = False
        assert not [
            path
            for path in importlib.reload(urls).plain_urlpatterns
            if "sandbox" in str(path.pattern)
        ]
    finally:
        settings.SANDBOX_BANK = True
        importlib.reload(urls)


def test_the_live_bank_answers_over_http(bank):
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{bank}/sandbox/card/test", data=b"{}")
    assert caught.value.code == 401
