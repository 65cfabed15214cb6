"""What nobody types by accident: every door answers it with a page,
and none with a fault of the server.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from enrollment.forms.consents import CONSENTS
from enrollment.models import Cohort, Consent, Order, Party
from enrollment.operations.links import order_link
from enrollment.operations.ordering.orders import cancel_order
from tests.given import NOON, a_cohort, a_placed_order

CHECKOUT = "/kk/checkout/birge/"
PERSON = {
    "kind": "person",
    "surname": "Әбілқасымова",
    "name": "Гүлнұр",
    "phone": "+7 701 000 00 00",
    "email": "buyer@example.kz",
    "address": "Алматы қ., Абай даңғылы, 1",
}


@pytest.fixture
def shop(db) -> Iterator[Cohort]:
    with time_machine.travel(NOON, tick=False):
        yield a_cohort()


def order_with(*, headers: dict[str, str] | None = None, **fields: Any) -> Any:
    """Order what the page shows, with other fields than a buyer's browser would send."""
    buyer = Client()
    shown = buyer.get(CHECKOUT).context
    told = PERSON | {"shown_price": shown["offered"].price, "shown_edition": str(shown["edition"])}
    told |= {f"consent_{each.purpose}": "on" for each in CONSENTS if each.required} | fields
    return buyer.post(CHECKOUT, told, headers=headers)


def test_what_a_browser_sends_places_an_order(shop):
    """The control: without other fields the form is taken."""
    assert order_with().status_code == 302


@pytest.mark.parametrize("code", ["W000000" + "ё" * 10, "W000000" + "é" * 10, "\0", "W" * 9000])
def test_a_webinar_code_of_rubbish_opens_nothing(shop, code):
    for page in ("/kk/", CHECKOUT):
        answer = Client().get(page, {"webinar": code})
        assert (answer.status_code, answer.context["shop"].level) == (200, "standard")


@pytest.mark.parametrize(
    "fields",
    [
        {"surname": "а" * 121},
        {"surname": "{{ 7 }}"},
        {"surname": "<b>"},
        {"address": "\0"},
        {"address": "x" * 251},
        {"address": "e" + "\u0301" * 9},
        {"kind": "\0"},
        {"phone": "9" * 5000},
        {"phone": "٣٣٣"},
        {"email": "a@b.kz\nBcc: x@y.kz"},
        {"email": "\0@b.kz"},
        {"email": "a" * 250 + "@mail.kz"},
        {"kind": "guardian", "birth_date": "01.01.0001"},
        {"kind": "guardian", "birth_date": "9" * 30},
        {"kind": "guardian", "iin": "²" * 12},
        {"kind": "guardian", "relation": "x"},
        {"kind": "company", "bin": "0" * 12},
        {"shown_price": "1e5"},
        {"shown_price": ""},
        {"shown_edition": "\0"},
    ],
)
def test_a_field_that_no_page_asked_for_is_answered_with_the_page(shop, fields):
    answer = order_with(**fields)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    "body", [b"surname=%ED%A0%80&name=%FF%FE&kind=person&email=%00", b"kind=%u0000&surname"]
)
def test_bytes_that_are_no_text_are_answered_with_the_page(shop, body):
    answer = Client().generic(
        "POST", CHECKOUT, body, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 200
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    "page",
    [
        "orders/%00/",
        "orders/a%00b/email/",
        "orders/%00/contract.pdf",
        "orders/%D1%91/",
        "offer/%00/",
    ],
)
def test_an_address_that_is_no_code_is_not_found(db, page):
    assert Client().get(f"/kk/{page}").status_code == 404


@pytest.mark.parametrize("key", ["ё", "\0", "í\xa0\x80", "x" * 9000])
def test_a_forged_key_opens_no_order(db, key):
    assert Client().get(f"/kk/orders/{a_placed_order().code}/", {"key": key}).status_code == 404


@pytest.mark.parametrize(
    ("hop", "kept"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:DB8:0::0:1", "2001:db8::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::1"),
        ("203.0.113.7:5678", None),
        ("unknown", None),
        ("x" * 500, None),
    ],
)
@pytest.mark.clause("5.1")
def test_the_origin_of_a_consent_recomputes_whatever_the_proxy_wrote(shop, settings, hop, kept):
    settings.TRUSTED_PROXIES = 1
    assert order_with(headers={"X-Forwarded-For": f"198.51.100.1, {hop}"}).status_code == 302
    party = Party.objects.get()
    assert party.origin_address == kept
    assert set(Consent.objects.values_list("origin_digest", flat=True)) == {party.origin_digest()}


@pytest.mark.parametrize(
    "page", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_nothing_leads_to_another_site(db, page):
    assert Client().post("/theme/", {"theme": "dark", "next": page})["Location"].endswith("/kk/")
    order = a_placed_order()
    buyer = Client()
    buyer.get(order_link(order).removeprefix("http://localhost:8000"))
    cancel_order(order=order, by="visitor", at=NOON)
    refused = buyer.post(f"/kk/orders/{order.code}/cancellation/", headers={"Referer": page})
    assert (refused.status_code, refused["Location"]) == (302, "/")
