"""Reading the provider's notifications: form-encoded, one address per kind, UTC (facts, 2.3)."""

from datetime import UTC, datetime

from offer_site.money import parse_reported_amount
from payments.models import FeeSource, MessageKind
from payments.providers.base import Fee, Notification, UnreadableError
from payments.providers.fields import as_kept, fields_of, required

NEVER_STORED = (b"Token=", b"CardExpDate=")
PAID = "Completed"
HELD = "Authorized"


def parse(kind: MessageKind, body: bytes) -> Notification:
    """Read one notification of a kind; unknown fields are normal, missing ones are not."""
    fields = fields_of(body)
    try:
        status = fields.get("Status", "")
        return Notification(
            kind=kind,
            reference=required(fields, "TransactionId"),
            amount=parse_reported_amount(required(fields, "Amount")),
            happened_at=datetime.strptime(
                required(fields, "DateTime"), "%Y-%m-%d %H:%M:%S"
            ).replace(tzinfo=UTC),
            currency=fields.get("Currency", "")[:3],
            invoice_id=fields.get("InvoiceId", "")[:80],
            account=fields.get("AccountId", ""),
            method=f"card {fields.get('CardType', '')}".strip()[:40],
            is_test=fields.get("TestMode", "") not in ("", "0", "false", "False"),
            is_final=_is_final(kind, status, fields.get("OperationType", "")),
            decline_code=fields.get("ReasonCode", "")[:10],
            refunds_reference=required(fields, "PaymentTransactionId")
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
