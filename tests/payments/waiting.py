"""Scenes of money that waits, for the tests of the moves that resolve it."""

from datetime import datetime
from decimal import Decimal

from enrollment.models import Order
from payments.models import LedgerEntry
from payments.operations.ledger.allocations import give_to_order
from payments.operations.ledger.receipts import record_receipt
from tests.given import NOON, a_receipt, an_owner

REASON = "Шот нөмірі қате жазылған"


def money_that_waits(
    order: Order,
    *,
    amount: Decimal | int | None = None,
    at: datetime = NOON,
    invoice: str | None = None,
    told_at: datetime | None = None,
) -> LedgerEntry:
    """Money that named this order, or another invoice, and was not applied by itself:
    it came to nobody's door.
    """
    receipt = a_receipt(order, amount=amount, at=at, invoice=invoice)
    record_receipt(receipt=receipt, at=told_at or at)
    return LedgerEntry.objects.get(reference=receipt.reference)


def left(entry: LedgerEntry) -> Decimal:
    return LedgerEntry.objects.with_left().get(pk=entry.pk).left


def why(entry: LedgerEntry) -> str | None:
    """Why it waits; None when it does not."""
    return (
        LedgerEntry.objects.waiting()
        .with_why()
        .filter(pk=entry.pk)
        .values_list("why", flat=True)
        .first()
    )


def give(
    entry: LedgerEntry, order: Order, *, amount: Decimal | int | None = None, at: datetime = NOON
) -> Order:
    """Let the owner give money to an order."""
    given = None if amount is None else Decimal(amount)
    return give_to_order(
        entry=entry, code=order.code, amount=given, reason=REASON, by=an_owner(), at=at
    )
