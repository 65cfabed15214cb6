"""Scenes of the books: receipts of the cash register, refunds, money of orders."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count

from enrollment.models import Order
from payments.models import FiscalOrigin, FiscalReceipt, LedgerEntry
from payments.operations.books.fiscal import ReceiptFacts, record_fiscal_receipt
from payments.operations.ledger.receipts import Receipt, record_receipt
from payments.operations.ledger.refunds import record_refund
from tests.given import NOON, receive

LINK = "https://consumer.example.kz/?i=1"
_numbers = count(1)


def a_fiscal_receipt(
    entry: LedgerEntry, *, at: datetime | None = None, **facts: str
) -> FiscalReceipt:
    """The receipt that the cash register printed for a movement of money, five minutes after it."""
    issued_at = at or entry.happened_at + timedelta(minutes=5)
    said = {"number": str(next(_numbers)), "sign": "731064590812", "link": LINK} | facts
    receipt, _is_new = record_fiscal_receipt(
        entry=entry,
        facts=ReceiptFacts(issued_at=issued_at, **said),
        origin=FiscalOrigin.ENTERED,
        by="staff:1",
        at=issued_at + timedelta(minutes=1),
    )
    return receipt


def money(
    amount: int | str, *, at: datetime = NOON, method: str = "card Visa", order: Order | None = None
) -> str:
    """Money that came by any way, for an order or for none; give its reference."""
    receipt = Receipt(
        provider="card",
        method=method,
        reference=f"money-{next(_numbers)}",
        amount=Decimal(amount),
        currency="KZT",
        happened_at=at,
    )
    receive(receipt, order, at=at) if order else record_receipt(receipt=receipt, at=at)
    return receipt.reference


def a_refund_of(order: Order, amount: int | str, *, at: datetime = NOON) -> LedgerEntry:
    """Money of an order that its provider gave back."""
    receipt = LedgerEntry.objects.receipts().filter(allocations__order=order).get()
    reference = f"back-{next(_numbers)}"
    record_refund(
        provider=receipt.provider,
        reference=reference,
        refunds_reference=receipt.reference,
        amount=Decimal(amount),
        happened_at=at,
        at=at,
    )
    return LedgerEntry.objects.get(reference=reference)
