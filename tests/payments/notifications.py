"""Notifications as the card provider sends them, and the provider that sends them."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client

from enrollment.models import Order
from payments.models import Payment
from payments.providers.card.signature import sign
from tests.given import NOON
from tests.payments.bank import the_bank_knows

FORM = "application/x-www-form-urlencoded"


def an_attempt(
    order: Order, *, at: datetime = NOON, amount: int | None = None, number: int = 1
) -> Payment:
    """An attempt to pay whose link the bank has made."""
    return Payment.objects.create(
        order=order,
        provider="card",
        method="VISA, Mastercard",
        invoice_id=f"{order.code}-{number}",
        amount=amount or order.prepayment,
        language=order.language,
        started_at=at,
        request_id="known to nobody",
        link_id="link",
        link_url="https://bank.example/link",
    )


def a_notification(
    order: Order, *, at: datetime = NOON, transaction: int = 504, **fields: Any
) -> bytes:
    """A notification that agrees with the order's first attempt unless fields say otherwise;
    None leaves one out.
    """
    told = {
        "TransactionId": transaction,
        "Amount": f"{order.prepayment}.00",
        "Currency": "KZT",
        "PaymentAmount": f"{order.prepayment}.00",
        "PaymentCurrency": "KZT",
        "DateTime": f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        "CardFirstSix": "411111",
        "CardLastFour": "1111",
        "CardType": "Visa",
        "CardExpDate": "12/30",
        "TestMode": 0,
        "Status": "Completed",
        "OperationType": "Payment",
        "InvoiceId": f"{order.code}-1",
        "AccountId": order.code,
        "Email": order.party.email,
        "Token": "tk_secret",
    } | fields
    return urlencode({name: value for name, value in told.items() if value is not None}).encode()


def a_refund(
    order: Order, *, transaction: int = 505, of: int = 504, at: datetime = NOON, **fields: Any
) -> bytes:
    """A refund made in the provider's cabinet."""
    told = {
        "TransactionId": transaction,
        "PaymentTransactionId": of,
        "Amount": f"{order.prepayment}.00",
        "DateTime": f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        "OperationType": "Refund",
        "InvoiceId": f"{order.code}-1",
    } | fields
    return urlencode(told).encode()


def tell(
    kind: str, body: bytes, *, signature: str | None = None, client: Client | None = None
) -> Any:
    """Post a notification as the provider does."""
    the_bank_knows(kind, body)
    return tell_alone(kind, body, signature=signature, client=client)


def tell_alone(
    kind: str, body: bytes, *, signature: str | None = None, client: Client | None = None
) -> Any:
    """Post bytes that were genuine once, of which the bank itself knows nothing more."""
    genuine = sign(body, secret=settings.CARD_API_SECRET)
    return (client or Client()).post(
        f"/callbacks/card/{kind}/",
        body,
        content_type=FORM,
        headers={"Content-HMAC": signature or genuine},
    )


def answer(kind: str, body: bytes) -> int:
    """Post a notification and return the code of the answer."""
    response = tell(kind, body)
    assert response.status_code == 200, response.content
    return response.json()["code"]
