"""The provider's own list of operations, and one of them, in our words (facts, 2.2)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from offer_site.money import parse_reported_amount
from payments.providers.base import Operation, OperationState, ProviderError
from payments.providers.fields import currency_of, is_plausible

from . import client

PAGE = 100  # operations; the provider's own size
MOST_PAGES = 1_000
STATES = {
    "AwaitingAuthentication": OperationState.UNDER_WAY,
    "Authorized": OperationState.HELD,
    "Completed": OperationState.DONE,
    "Cancelled": OperationState.RELEASED,
    "Declined": OperationState.DECLINED,
}
PAYMENT = (0, "Payment")
REFUND = (1, "Refund")


def operation_by(reference: str) -> Operation:
    """One operation as it is now; raises ProviderError."""
    row = client.post("/payments/get", {"TransactionId": number_of(reference)})
    found = read(row)
    if found is None:
        raise ProviderError(
            f"/payments/get: {reference} is neither a payment nor a refund", retry=False
        )
    return found


def operations_between(since: datetime, until: datetime) -> Iterator[Operation]:
    """The payments and refunds from `since`, included, until before `until`, oldest first.

    Raises ProviderError. The list is asked for in UTC, whatever zone the day is of: the provider's
    zone of Almaty is the one from before 2024. The bounds are asked a second wider and checked
    here.
    """
    seen: set[str] = set()
    for page in range(1, MOST_PAGES + 1):
        request = {
            "CreatedDateGte": _instant(since - timedelta(seconds=1)),
            "CreatedDateLte": _instant(until + timedelta(seconds=1)),
            "PageNumber": page,
            "TimeZone": "UTC",
        }
        rows = client.post_for_list("/v2/payments/list", request)
        for row in rows:
            found = read(row)
            # An operation made while the pages are read moves the others to another page, so the
            # same one may come twice.
            if found and found.reference not in seen and since <= found.happened_at < until:
                seen.add(found.reference)
                yield found
        if len(rows) < PAGE:
            return
    raise ProviderError(f"/v2/payments/list: more than {MOST_PAGES} pages", retry=False)


def number_of(reference: str) -> int:
    """The provider's number of an operation; raises ProviderError when it is no number."""
    if not reference.isascii() or not reference.isdecimal():
        raise ProviderError(f"{reference[:40]!r} is no number of an operation", retry=False)
    return int(reference)


def read(row: dict[str, Any]) -> Operation | None:
    """Read one row of the list; None for what is neither a payment nor a refund, or of nothing.

    Raises ProviderError.
    """
    kind = row.get("OperationType") or row.get("Type", 0)
    if kind not in (*PAYMENT, *REFUND):
        return None
    try:
        amount = parse_reported_amount(str(row["Amount"]))
        if amount < 0:
            raise ValueError(f"an amount of {amount}")
        if not amount:
            return None
        refunds_reference = str(
            row.get("OriginalTransactionId") or row.get("PaymentTransactionId") or ""
        )
        return Operation(
            reference=str(row["TransactionId"])[:80],
            state=STATES[row["Status"]],
            amount=amount,
            currency=currency_of(str(row.get("Currency") or "")),
            happened_at=_moment(row["CreatedDateIso"]),
            invoice_id=str(row.get("InvoiceId") or "")[:80],
            account=str(row.get("AccountId") or ""),
            method=f"card {row.get('CardType') or ''}".strip()[:40],
            is_test=row.get("TestMode") is True,
            is_refund=kind in REFUND,
            refunds_reference=refunds_reference[:80] if kind in REFUND else "",
        )
    except (KeyError, TypeError, ValueError) as error:
        number = str(row.get("TransactionId"))[:40]
        raise ProviderError(
            f"the operation {number} cannot be read: {error!r}", retry=False
        ) from error


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    if not is_plausible(moment):
        raise ValueError(f"not a time of an operation: {text[:40]!r}")
    return moment


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
