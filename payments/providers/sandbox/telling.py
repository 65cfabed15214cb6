"""How the sandbox bank tells the shop: over real HTTP, with real signatures, as the provider does."""

import json
import logging
from http.client import HTTPException
from threading import Thread
from time import sleep
from urllib.parse import unquote_plus, urlencode
from urllib.request import ProxyHandler, Request, build_opener

from django.conf import settings

from payments.providers.card.signature import sign

from .orders import Attempt, BankOrder

logger = logging.getLogger(__name__)
SECONDS = 30  # the protocol's own limit of an answer
LATER = 8  # seconds until a notification that was asked to be late
STEPS = (1, 2, 5, 10, 30)  # seconds between attempts; the provider waits as many minutes

_direct = build_opener(ProxyHandler({}))
DECLINES = {"5051": "InsufficientFunds", "5054": "ExpiredCard", "5206": "3DSecureAuthenticationFailed"}


def body_of(kind: str, order: BankOrder, attempt: Attempt) -> bytes:
    """Write a notification with the fields that its kind has."""
    told = {
        "TransactionId": attempt.transaction_id,
        "Amount": order.amount,
        "Currency": order.currency,
        "PaymentAmount": order.amount,
        "PaymentCurrency": order.currency,
        "DateTime": attempt.at,
        "CardFirstSix": attempt.first_six,
        "CardLastFour": attempt.last_four,
        "CardType": attempt.card_type,
        "CardExpDate": attempt.expires,
        "TestMode": "1",
        "OperationType": "Payment",
        "InvoiceId": order.invoice_id,
        "AccountId": order.account_id,
        "Email": order.email,
        "Description": order.description,
        "Data": order.data,
    }
    if kind == "fail":
        told |= {"Reason": DECLINES.get(attempt.decline_code, "DoNotHonor"), "ReasonCode": attempt.decline_code}
    else:
        told |= {"Status": "Completed"}
    if kind == "pay":
        told |= {"GatewayName": "Test", "AuthCode": "A1B2C3", "Rrn": f"{int(attempt.transaction_id):012}"[:12]}
        told |= {"Token": f"tk_{attempt.transaction_id}", "TotalFee": "0.00"}
    return urlencode({name: value for name, value in told.items() if value}).encode()


def tell(kind: str, body: bytes) -> int | None:
    """Tell the shop once; return the code it answered, or None when it did not answer as the protocol asks."""
    secret = settings.CARD_API_SECRET
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-HMAC": sign(body, secret=secret),
        "X-Content-HMAC": sign(unquote_plus(body.decode()).encode(), secret=secret),
    }
    url = f"{settings.SITE_URL}/callbacks/card/{kind}/"
    request = Request(url, data=body, headers=headers, method="POST")  # noqa: S310  the site's own address
    try:
        with _direct.open(request, timeout=SECONDS) as response:
            code = json.loads(response.read(1000))["code"]
    except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
        logger.warning("the shop did not answer %s: %s", kind, error)
        return None
    return code if isinstance(code, int) else None


def tell_until_taken(kind: str, body: bytes, *, later: bool = False) -> None:
    """Tell what happened, and again until the shop answers 0: at once, or all of it in the background."""
    if later or tell(kind, body) != 0:
        Thread(target=_go_on_telling, args=(kind, body, LATER if later else STEPS[0]), daemon=True).start()


def _go_on_telling(kind: str, body: bytes, first: int) -> None:
    for seconds in (first, *STEPS[1:]):
        sleep(seconds)
        if tell(kind, body) == 0:
            return
