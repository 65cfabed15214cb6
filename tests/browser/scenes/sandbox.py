"""The card bank, Kaspi's app and the internet bank of the sandbox, which ask the shop over HTTP."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.test import override_settings
from django.test.testcases import LiveServerThread, _StaticFilesHandler

from tests.browser.scenes.buyers import SOON, a_shop
from tests.browser.scenes.scene import Visitor, scene
from tests.given import a_placed_order
from tests.payments.statements.scenes import bank_details

SECURE_CARD = "4242424242424242"
OPERATION = re.compile(r'name="operation" value="([^"]+)"')


@contextmanager
def a_live_site() -> Iterator[str]:
    """Serve the site on this scene's own database, so that it may ask itself."""
    connection = connections["default"]
    connection.inc_thread_sharing()
    server = LiveServerThread(
        "127.0.0.1", _StaticFilesHandler, connections_override={"default": connection}
    )
    server.start()
    server.is_ready.wait()
    url = f"http://127.0.0.1:{server.port}"
    with override_settings(
        SITE_URL=url,
        CARD_API_URL=f"{url}/sandbox/card",
        KASPI_PAY_URL=f"{url}/sandbox/kaspi/online",
    ):
        yield url
    server.terminate()
    connection.dec_thread_sharing()


@scene("sandbox-card", at=SOON)
def sandbox_card(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_placed_order(cohort=a_shop(), language=visitor.language)
    with a_live_site() as url:
        page = goes_to_pay(visitor, order, url, provider="card")
        yield "open", visitor.get(page)
        yield "refused", visitor.post(page, {"number": "1"})
        card = {"number": SECURE_CARD, "expires": "12/30", "told": "now"}
        secure = visitor.post(page, card)
        yield "secure", secure
        attempt = re.search(r'name="attempt" value="([^"]+)"', secure.text)
        if attempt:
            visitor.post(f"{page}secure/", {"attempt": attempt[1], "confirm": "1"})
        yield "closed", visitor.get(page)
        yield "cabinet", visitor.opens("sandbox_cabinet")


@scene("sandbox-kaspi", at=SOON)
def sandbox_kaspi(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_placed_order(cohort=a_shop(), language=visitor.language)
    with a_live_site() as url:
        yield "code", visitor.opens("sandbox_kaspi_app")
        page = goes_to_pay(visitor, order, url, provider="kaspi")
        asked = visitor.get(page)
        yield "order", asked
        operation = OPERATION.search(asked.text)
        if operation:
            yield "told", visitor.post(page, {"way": "now", "operation": operation[1]})
        yield "refused", visitor.get(page)


@scene("sandbox-bank", at=SOON)
def sandbox_bank(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    a_shop()
    bank_details()
    yield "form", visitor.opens("sandbox_bank")
    yield "refused", visitor.sends("sandbox_bank", values={"amount": "0"})


def goes_to_pay(visitor: Visitor, order: Any, url: str, *, provider: str) -> str:
    """Start a payment; return the path of the bank's page."""
    visitor.opens_order(order)
    answer = visitor.post(visitor.address("payment_start", order.code), {"provider": provider})
    return str(answer["Location"]).removeprefix(url)
