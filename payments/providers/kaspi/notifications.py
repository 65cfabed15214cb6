"""Reading Kaspi's requests: one GET with `command=check|pay`, times of Almaty (facts, 1a)."""

import re
from datetime import UTC, datetime
from decimal import Decimal

from django.conf import settings

from offer_site.codes import normalize_order_code
from offer_site.days import ALMATY
from offer_site.money import parse_reported_amount
from payments.models import MessageKind
from payments.providers.base import Notification, UnreadableError
from payments.providers.fields import fields_of, is_plausible, required, values_of
from payments.rules.matching import CURRENCY

COMMANDS = {"check": MessageKind.CHECK, "pay": MessageKind.PAY}
LONGEST_ACCOUNT = 200  # characters, by the protocol
KASPI_PAY = "Kaspi Pay"
_NO_MOMENT = datetime.fromtimestamp(0, UTC)  # a check is a question and has no time of its own
_TXN_DATE = re.compile(r"\d{14}", re.ASCII)


def kind_of(body: bytes) -> MessageKind | None:
    """What a request is, even one that cannot be read; None for what is no command of Kaspi's.

    One that names both commands counts as a payment: a person must see it.
    """
    kinds = [COMMANDS[each] for each in values_of(body, "command") if each in COMMANDS]
    return MessageKind.PAY if MessageKind.PAY in kinds else next(iter(kinds), None)


def parse(kind: MessageKind, body: bytes) -> Notification:
    """Read one request; the sum of a check is nominal and is not read."""
    fields = fields_of(body)
    pays = kind == MessageKind.PAY
    try:
        return Notification(
            kind=kind,
            reference=required(fields, "txn_id"),
            amount=_paid(required(fields, "sum")) if pays else Decimal(0),
            happened_at=_moment(required(fields, "txn_date")) if pays else _NO_MOMENT,
            currency=CURRENCY,
            invoice_id=_account(fields)[:80],
            account=normalize_order_code(_account(fields)) or "",
            method=_method(fields.get("pay_type", "")),
        )
    except ValueError as error:
        raise UnreadableError(str(error)) from error


def what_it_says(kind: MessageKind, body: bytes) -> bytes:
    """What must not change when a request is repeated: the account, and the sum of a payment."""
    try:
        notification = parse(kind, body)
    except UnreadableError:
        return body
    return f"{notification.reference}\n{notification.invoice_id}\n{notification.amount}".encode()


def _account(fields: dict[str, str]) -> str:
    """The order's code as the payer typed it; what is no code stays as it is."""
    typed = fields.get("account", "").strip()
    if not typed or len(typed) > LONGEST_ACCOUNT:
        raise ValueError("account is missing or too long")
    return normalize_order_code(typed) or typed


def _method(pay_type: str) -> str:
    """The method of paying, by the mark agreed with the bank (4.4)."""
    return str(settings.KASPI_PAY_TYPES.get(pay_type.strip(), KASPI_PAY))[:40]


def _paid(text: str) -> Decimal:
    amount = parse_reported_amount(text)
    if amount <= 0:
        raise ValueError(f"a payment of {amount}")
    return amount


def _moment(text: str) -> datetime:
    """Read the bank's accounting date; it has no zone and is Almaty's (O3)."""
    if not _TXN_DATE.fullmatch(text):
        raise ValueError(f"not a time: {text[:40]!r}")
    moment = datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=ALMATY)
    if not is_plausible(moment):
        raise ValueError(f"not a time of a payment: {text}")
    return moment.astimezone(UTC)
