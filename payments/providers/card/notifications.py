"""Reading the provider's notifications: form-encoded, one address a kind, times in UTC (facts of the protocol, 2.3)."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl

from offer_site.money import parse_reported_amount
from payments.models import MessageKind
from payments.providers.base import Notification, UnreadableError

NEVER_STORED = (b"Token=", b"CardExpDate=")
PAID, HELD = "Completed", "Authorized"


def parse(kind: MessageKind, body: bytes) -> Notification:
    """Read one notification of a kind; unknown fields are normal, missing ones are not."""
    told = fields_of(body)
    try:
        status = told.get("Status", "")
        return Notification(
            kind=kind,
            reference=_required(told, "TransactionId"),
            amount=parse_reported_amount(_required(told, "Amount")),
            happened_at=datetime.strptime(_required(told, "DateTime"), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC),
            currency=told.get("Currency", "")[:3],
            invoice_id=told.get("InvoiceId", "")[:80],
            account=told.get("AccountId", ""),
            method=f"card {told.get('CardType', '')}".strip()[:40],
            is_test=told.get("TestMode", "") not in ("", "0", "false", "False"),
            is_final=_is_final(kind, status, told.get("OperationType", "")),
            decline_code=told.get("ReasonCode", "")[:10],
            refunds_reference=_required(told, "PaymentTransactionId") if kind == MessageKind.REFUND else "",
        )
    except ValueError as error:
        raise UnreadableError(str(error)) from error


def fields_of(body: bytes) -> dict[str, str]:
    """Split the body into its fields; bytes that are no text make it unreadable."""
    try:
        told = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=200, errors="strict"))
    except ValueError as error:
        raise UnreadableError(str(error)) from error
    if any("\0" in value for value in told.values()):
        raise UnreadableError("a character that no text has")
    return told


def what_is_kept(body: bytes) -> str:
    """Drop the card's token and expiry; everything else stays as it came."""
    pairs = [pair for pair in body.split(b"&") if not pair.startswith(NEVER_STORED)]
    return b"&".join(pairs).decode(errors="backslashreplace").replace("\0", "\\x00")


def _required(told: dict[str, str], name: str) -> str:
    value = told.get(name, "").strip()
    if not value or len(value) > 80:
        raise ValueError(f"{name} is missing or too long")
    return value


def _is_final(kind: MessageKind, status: str, operation: str) -> bool:
    """Tell money from a hold; a payment that is neither is not read as either."""
    if kind != MessageKind.PAY:
        return True
    if status not in (PAID, HELD) or operation not in ("", "Payment"):
        raise ValueError(f"a payment of status {status!r}, operation {operation!r}")
    return status == PAID
