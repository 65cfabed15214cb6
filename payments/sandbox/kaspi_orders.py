"""The sandbox's Kaspi: its data, signed into links, and its requests, sent over real HTTP."""

import json
import logging
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from django.conf import settings
from django.core import signing

from offer_site.days import ALMATY
from offer_site.outgoing import OutgoingError
from offer_site.outgoing import ask as ask_site

logger = logging.getLogger(__name__)
SECONDS = 15  # the protocol's own limit of an answer
_ORDERS = signing.Signer(salt="sandbox-kaspi.order")
_OPERATIONS = signing.Signer(salt="sandbox-kaspi.operation")


@dataclass(frozen=True)
class KaspiOrder:
    """What a person is about to pay in the app: by a link of the shop, or by a code typed in."""

    account: str
    return_url: str = ""
    language: str = "kk"

    @property
    def token(self) -> str:
        return _ORDERS.sign_object(asdict(self), compress=True)


@dataclass(frozen=True)
class KaspiOperation:
    """One operation of the bank; its number is the same in every repeated request."""

    txn_id: str
    sum: str
    txn_date: str = ""
    pay_type: str = ""

    @property
    def token(self) -> str:
        return _OPERATIONS.sign_object(asdict(self), compress=True)


def read_order(token: str) -> KaspiOrder:
    """Read a link; raise BadSignature when it was not made here."""
    return KaspiOrder(**_ORDERS.unsign_object(token))


def read_operation(token: str) -> KaspiOperation:
    return KaspiOperation(**_OPERATIONS.unsign_object(token))


def new_txn_id() -> str:
    return str(10**17 + secrets.randbelow(9 * 10**17))


def accounting_date(at: datetime, *, yesterday: bool) -> str:
    """The bank's accounting date: now, or yesterday's last minute (Almaty)."""
    local = at.astimezone(ALMATY)
    if yesterday:
        local = datetime.combine(local.date() - timedelta(days=1), time(23, 59), ALMATY)
    return f"{local:%Y%m%d%H%M%S}"


def ask(command: str, order: KaspiOrder, operation: KaspiOperation) -> dict[str, Any] | None:
    """Send one request; return the fields of the answer, or None when the shop did not answer well.

    Talks to the network.
    """
    request = {
        "command": command,
        "txn_id": operation.txn_id,
        "account": order.account,
        "sum": operation.sum,
    }
    if command == "pay":
        request |= {"txn_date": operation.txn_date}
    if operation.pay_type:
        request |= {"pay_type": operation.pay_type}
    url = f"{settings.SITE_URL}/callbacks/kaspi/?{urlencode(request)}"
    try:
        answer = ask_site(url, method="GET", seconds=SECONDS)
        if answer.is_success:
            return _fields(answer.body)
        logger.warning("the shop did not answer %s: HTTP %s", command, answer.status)
    except (OutgoingError, ValueError, ElementTree.ParseError) as error:
        logger.warning("the shop did not answer %s: %s", command, error)
    return None


def _fields(body: bytes) -> dict[str, Any]:
    """Read an answer in either format, with only the first of the payer's fields."""
    if body.startswith(b"<"):
        root = ElementTree.fromstring(body)  # noqa: S314  ours
        content: dict[str, Any] = {each.tag: each.text or "" for each in root}
        shown = root.find("fields/field1")
        item = (shown.get("name"), shown.text) if shown is not None else None
    else:
        content = json.loads(body)
        field = content.get("fields", {}).get("field1")
        item = (field["@name"], field["#text"]) if field else None
    return content | {
        "result": int(content["result"]),
        "item": item,
        "sum": Decimal(content.get("sum") or 0),
    }
