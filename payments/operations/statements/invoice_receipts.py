"""One sum for all orders of an invoice: recorded once, and each order gets what it lacks,
all of them or none (4.3).
"""

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

FEW = 5  # contracts whose letters are sent by whoever takes the money, where there is no worker


class NotTaken(Exception):
    """Money that an order did not take: what was written of it is undone,
    and the money goes on waiting.
    """


@transaction.atomic
def record_for_orders(
    *, receipt: Receipt, orders: Sequence[Order], shares: Sequence[int], at: datetime
) -> Outcome:
    """Record money once and give each locked order its share, in whole tenge; the shares are all of
    the money (M4).

    Raises NotTaken, and undoes what was written, when one of the orders does not take its share: no
    place is free, its learner is enrolled, or the offer is withdrawn. A part of the invoice
    concludes nothing by guess (M6).
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
    """Let a locked order's balance do what its share earns, as if it had come alone."""
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
