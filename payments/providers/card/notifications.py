"""Reading the provider's notifications: form-encoded, one address per kind, UTC (facts, 2.3)."""

from datetime import UTC, datetime
from decimal import Decimal

from offer_site.money import parse_reported_amount
from payments.models import MessageKind
from payments.providers.base import Notification, UnreadableError
from payments.providers.fields import as_kept, fields_of, required

NEVER_STORED = (b"Token=", b"CardExpDate=")
PAID = "Completed"
HELD = "Authorized"


def parse(kind: MessageKind, body: bytes) -> Notification:
    """Read one notification of a kind; unknown fields are normal, missing ones are not."""
    told = fields_of(body)
    try:
        status = told.get("Status", "")
        return Notification(
            kind=kind,
            reference=required(told, "TransactionId"),
            amount=parse_reported_amount(required(told, "Amount")),
            happened_at=datetime.strptime(required(told, "DateTime"), "%Y-%m-%d %H:%M:%S").replace(
                tzinfo=UTC
            ),
            currency=told.get("Currency", "")[:3],
            invoice_id=told.get("InvoiceId", "")[:80],
            account=told.get("AccountId", ""),
            method=f"card {told.get('CardType', '')}".strip()[:40],
            is_test=told.get("TestMode", "") not in ("", "0", "false", "False"),
            is_final=_is_final(kind, status, told.get("OperationType", "")),
            decline_code=told.get("ReasonCode", "")[:10],
            refunds_reference=required(told, "PaymentTransactionId")
            if kind == MessageKind.REFUND
            else "",
            fee=_fee(told.get("TotalFee", "")),
        )
    except ValueError as error:
        raise UnreadableError(str(error)) from error


def what_is_kept(body: bytes) -> str:
    """Drop the card's token and expiry; everything else stays as it came."""
    pairs = [pair for pair in body.split(b"&") if not pair.startswith(NEVER_STORED)]
    return as_kept(b"&".join(pairs))


def _is_final(kind: MessageKind, status: str, operation: str) -> bool:
    """True for money, False for a hold; raises ValueError for a payment that is neither."""
    if kind != MessageKind.PAY:
        return True
    if status not in (PAID, HELD) or operation not in ("", "Payment"):
        raise ValueError(f"a payment of status {status!r}, operation {operation!r}")
    return status == PAID


def _fee(text: str) -> Decimal | None:
    """The acquirer's commission; one that cannot be read does not make the payment unreadable."""
    try:
        return abs(parse_reported_amount(text)) if text else None
    except ValueError:
        return None
