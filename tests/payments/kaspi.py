"""Kaspi's requests as the bank sends them."""

from datetime import datetime
from typing import Any

from django.test import Client

from enrollment.models import Order
from offer_site.days import ALMATY
from tests.given import NOON

TXN = "1000000000000000123"


def a_question(order: Order, *, txn_id: str = TXN, **params: Any) -> dict[str, Any]:
    """A check of an order; its sum is nominal."""
    return {"command": "check", "txn_id": txn_id, "account": order.code, "sum": "1.00"} | params


def a_payment(
    order: Order, *, txn_id: str = TXN, at: datetime = NOON, **params: Any
) -> dict[str, Any]:
    """Money for an order: its whole price, unless params say otherwise; None leaves one out."""
    told = {
        "command": "pay",
        "txn_id": txn_id,
        "txn_date": f"{at.astimezone(ALMATY):%Y%m%d%H%M%S}",
        "account": order.code,
        "sum": f"{order.prepayment}.00",
    } | params
    return {name: value for name, value in told.items() if value is not None}


def send(params: dict[str, Any], *, client: Client | None = None, **more: Any) -> Any:
    return (client or Client()).get("/callbacks/kaspi/", params, **more)


def answer(params: dict[str, Any]) -> dict[str, Any]:
    """Send a request and read the JSON of its answer."""
    response = send(params)
    assert response.status_code == 200, response.content
    return response.json()


def result(params: dict[str, Any]) -> int:
    return answer(params)["result"]
