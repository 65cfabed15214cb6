"""Notifications of the sandbox bank: real HTTP and real signatures, like the provider's."""

import json
import logging
from threading import Thread
from time import sleep
from urllib.parse import unquote_plus, urlencode

from django.conf import settings

from offer_site.outgoing import OutgoingError, ask
from payments.providers.card.signature import sign

from .book import Entry

logger = logging.getLogger(__name__)
SECONDS = 30  # the protocol's own limit of an answer
LATER = 8  # seconds before a notification that the person wants late
STEPS = (1, 2, 5, 10, 30)  # seconds between attempts; the provider waits as many minutes

DECLINES = {
    "5051": "InsufficientFunds",
    "5054": "ExpiredCard",
    "5206": "3DSecureAuthenticationFailed",
}


def body_of(kind: str, entry: Entry, *, decline_code: str = "") -> bytes:
    """A notification with the fields of its kind."""
    fields = {
        "TransactionId": entry.number,
        "Amount": entry.amount,
        "DateTime": entry.at,
        "OperationType": "Refund" if entry.is_refund else "Payment",
        "InvoiceId": entry.invoice_id,
        "AccountId": entry.account_id,
        "Email": entry.email,
        "Data": entry.data,
    }
    if kind == "refund":
        fields |= {"PaymentTransactionId": entry.of}
    if kind in ("check", "pay", "fail", "confirm"):
        fields |= {
            "Currency": entry.currency,
            "PaymentAmount": entry.amount,
            "PaymentCurrency": entry.currency,
            "CardFirstSix": entry.first_six,
            "CardLastFour": entry.last_four,
            "CardType": entry.card_type,
            "CardExpDate": entry.expires,
            "TestMode": "1",
            "Description": entry.description,
        }
    if kind == "fail":
        fields |= {"Reason": DECLINES.get(decline_code, "DoNotHonor"), "ReasonCode": decline_code}
    if kind in ("check", "pay", "confirm"):
        fields |= {"Status": "Completed" if kind == "check" else entry.status}
    if kind in ("pay", "confirm"):
        fields |= {"GatewayName": "Test", "AuthCode": "A1B2C3", "Rrn": f"{entry.number:012}"[:12]}
        fields |= {"Token": f"tk_{entry.number}", "TotalFee": "0.00"}
    return urlencode({name: value for name, value in fields.items() if value}).encode()


def tell(kind: str, body: bytes) -> int | None:
    """Notify the shop once; return its code, or None when it did not answer by the protocol."""
    secret = settings.CARD_API_SECRET
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-HMAC": sign(body, secret=secret),
        "X-Content-HMAC": sign(unquote_plus(body.decode()).encode(), secret=secret),
    }
    url = f"{settings.SITE_URL}/callbacks/card/{kind}/"
    try:
        answer = ask(url, body=body, headers=headers, seconds=SECONDS)
        if not answer.is_success:
            raise OutgoingError(f"HTTP {answer.status}", retry=True)
        code = json.loads(answer.body)["code"]
    except (OutgoingError, ValueError, KeyError, TypeError) as error:
        logger.warning("the shop did not answer %s: %s", kind, error)
        return None
    return code if isinstance(code, int) else None


def tell_until_taken(kind: str, body: bytes, *, later: bool = False) -> None:
    """Notify the shop until it answers 0.

    The first attempt is made at once and the others in the background; with `later`, all are in the
    background.
    """
    if later or tell(kind, body) != 0:
        Thread(
            target=_go_on_telling, args=(kind, body, LATER if later else STEPS[0]), daemon=True
        ).start()


def _go_on_telling(kind: str, body: bytes, first: int) -> None:
    for seconds in (first, *STEPS[1:]):
        sleep(seconds)
        if tell(kind, body) == 0:
            return
