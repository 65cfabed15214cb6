"""One sum for all orders of an invoice: recorded once, and all orders take it or none (4.3)."""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction

from enrollment.models import Order
from enrollment.operations.ordering.balances import PaymentFacts, apply_balance
from offer_site.journal.operations import SYSTEM, Line
from offer_site.notices.operations import left_to_the_sweep
from payments.models import Allocation, EntryKind, LedgerEntry, Outcome
from payments.operations.ledger.receipts import Receipt, received_by

FEW = 5  # contracts; where there is no worker, the letters of more are left to the clock


class NotTaken(Exception):
    """An order did not take its money: what was written is undone, and the money still waits."""


@transaction.atomic
def record_for_orders(
    *, receipt: Receipt, orders: Sequence[Order], shares: Sequence[int], at: datetime
) -> Outcome:
    """Record money once and give each locked order its share, in whole tenge (M4).

    The shares together are all of the money, else ValueError. Raises NotTaken, and undoes what was
    written, when one of the orders does not take its share: no place is free, its learner is
    enrolled, or the offer is withdrawn. A sum for a part of the invoice concludes no contract (M6).
    """
    if sum(shares) != receipt.amount:
        raise ValueError(f"{receipt.reference}: the shares are not the money")
    known = LedgerEntry.objects.filter(
        provider=receipt.provider, reference=receipt.reference
    ).first()
    if known:
        return Outcome.CONFLICT if receipt.differs_from(known) else Outcome.REPEATED
    entry = LedgerEntry.objects.create(
        provider=receipt.provider,
        reference=receipt.reference,
        kind=EntryKind.RECEIPT,
        amount=receipt.amount,
        currency=receipt.currency,
        method=receipt.method,
        happened_at=receipt.happened_at,
        recorded_at=at,
        invoice_id=receipt.invoice_id,
    )
    letters_wait = settings.CELERY_TASK_ALWAYS_EAGER and len(orders) > FEW
    with left_to_the_sweep() if letters_wait else nullcontext():
        for order, share in zip(orders, shares, strict=True):
            _give(order, Decimal(share), receipt, at=at)
    Allocation.objects.bulk_create(
        Allocation(entry=entry, order=order, number=number, amount=Decimal(share), at=at, by=SYSTEM)
        for number, (order, share) in enumerate(zip(orders, shares, strict=True), 1)
    )
    return Outcome.APPLIED


def _give(order: Order, share: Decimal, receipt: Receipt, *, at: datetime) -> None:
    """Apply one share to a locked order's balance, as if it had come alone."""
    facts = {
        "reference": receipt.reference,
        "amount": str(receipt.amount),
        "share": str(share),
        "currency": receipt.currency,
        "invoice": receipt.invoice_id,
    }
    about = ("receipt", f"{receipt.provider} {receipt.reference}"[:64])
    outcome = apply_balance(
        order=order,
        received=received_by(order) + share,
        payment=PaymentFacts(
            provider=receipt.provider,
            method=receipt.method,
            reference=receipt.reference,
            amount=share,
            happened_at=receipt.happened_at,
        ),
        at=at,
        lines=(Line("receipt.recorded", about, facts, "4.4"),),
    )
    if not outcome.counts:
        raise NotTaken
