"""Reading the provider's notifications: form-encoded, one address per kind, UTC (facts, 2.3)."""

import re
from datetime import UTC, datetime
from decimal import Decimal

from offer_site.money import parse_reported_amount
from payments.models import FeeSource, MessageKind
from payments.providers.base import Fee, Notification, UnreadableError
from payments.providers.fields import (
    as_kept,
    currency_of,
    fields_of,
    is_plausible,
    required,
)

NEVER_STORED = (b"Token=", b"CardExpDate=")
PAID = "Completed"
HELD = "Authorized"
NUMBER = re.compile(r"0|[1-9][0-9]{0,19}")
# Only Pay has it, and always. What only other kinds have makes a Pay doubtful, a Check unreadable.
OF_PAY = "GatewayName"
OF_OTHERS = ("Reason", "ReasonCode", "PaymentTransactionId")


def parse(kind: MessageKind, body: bytes) -> Notification:
    """Read one notification of a kind; unknown fields are normal, missing ones are not."""
    fields = fields_of(body)
    try:
        status = fields.get("Status", "")
        return Notification(
            kind=kind,
            reference=_number(fields, "TransactionId"),
            amount=_amount(kind, required(fields, "Amount")),
            happened_at=_moment(required(fields, "DateTime")),
            currency=currency_of(fields.get("Currency", "")),
            invoice_id=fields.get("InvoiceId", "")[:80],
            account=fields.get("AccountId", ""),
            method=f"card {fields.get('CardType', '')}".strip()[:40],
            is_test=fields.get("TestMode", "") not in ("", "0", "false", "False"),
            is_final=_is_final(kind, status, fields.get("OperationType", "")),
            says_its_kind=_says_its_kind(kind, fields),
            decline_code=fields.get("ReasonCode", "")[:10],
            refunds_reference=_number(fields, "PaymentTransactionId")
            if kind == MessageKind.REFUND
            else "",
            fee=_fee(fields.get("TotalFee", "")),
        )
    except ValueError as error:
        raise UnreadableError(str(error)) from error


def what_is_kept(body: bytes) -> str:
    """Drop the card's token and expiry; everything else stays as it came."""
    pairs = [pair for pair in body.split(b"&") if not pair.startswith(NEVER_STORED)]
    return as_kept(b"&".join(pairs))


def _number(fields: dict[str, str], name: str) -> str:
    """The provider's number of an operation, written as it always is: one operation, one name."""
    number = required(fields, name)
    if not NUMBER.fullmatch(number):
        raise ValueError(f"{name} is no number: {number[:40]!r}")
    return number


def _amount(kind: MessageKind, text: str) -> Decimal:
    """Money that came, went or is held is more than nothing; a Check of nothing is refused."""
    amount = parse_reported_amount(text)
    if amount <= 0 and kind not in (MessageKind.CHECK, MessageKind.FAIL):
        raise ValueError(f"{kind} of {amount}")
    return amount


def _moment(text: str) -> datetime:
    moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    if not is_plausible(moment):
        raise ValueError(f"not a time of a payment: {text[:40]!r}")
    return moment


def _says_its_kind(kind: MessageKind, fields: dict[str, str]) -> bool:
    """Whether the fields are those of this kind alone; raises ValueError for those of another.

    A Refund names the payment that it gives back, a Fail its reason, and a Check neither. Confirm
    and Cancel have no field that a Check or a Pay could not have.
    """
    others = [name for name in OF_OTHERS if fields.get(name, "").strip()]
    if kind == MessageKind.CHECK and others:
        raise ValueError(f"a check with {', '.join(others)}")
    if kind == MessageKind.FAIL and not {"Reason", "ReasonCode"} & set(others):
        raise ValueError("a decline without a reason")
    if kind == MessageKind.PAY:
        return bool(fields.get(OF_PAY, "").strip()) and not others
    return kind not in (MessageKind.CONFIRM, MessageKind.CANCEL)


def _is_final(kind: MessageKind, status: str, operation: str) -> bool:
    """True for money, False for a hold; raises ValueError for a payment that is neither."""
    if kind != MessageKind.PAY:
        return True
    if status not in (PAID, HELD) or operation not in ("", "Payment"):
        raise ValueError(f"a payment of status {status!r}, operation {operation!r}")
    return status == PAID


def _fee(text: str) -> Fee | None:
    """The acquirer's commission; one that cannot be read does not make the payment unreadable."""
    try:
        return Fee(abs(parse_reported_amount(text)), FeeSource.CARD) if text else None
    except ValueError:
        return None
