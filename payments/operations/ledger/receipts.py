"""The only way for money into the ledger: always recorded, applied when it counts.

Clauses 2.2.1 and 4.3, invariants M1-M7.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import BigIntegerField, CharField, Exists, OuterRef

from enrollment.models import Order
from enrollment.operations.ordering.balances import Obstacles, PaymentFacts, apply_balance
from offer_site.journal.operations import SYSTEM, Line, record
from offer_site.prepared import Given, Prepared, insert
from payments.models import Allocation, EntryKind, LedgerEntry, Outcome
from payments.models.received import received_sum
from payments.rules.matching import Refusal

OF_PROVIDER: Any = Given("provider", CharField())
REFERENCE: Any = Given("reference", CharField())
# What is known of a locked order and of a reference, in one query: every payment needs it.
KNOWN: Prepared[Any] = Prepared(
    Order.objects.filter(pk=Given("order", BigIntegerField()))
    .annotate(
        received=received_sum("pk"),
        is_allocated=Exists(
            Allocation.objects.filter(
                order=OuterRef("pk"), entry__provider=OF_PROVIDER, entry__reference=REFERENCE
            )
        ),
        is_refunded=Exists(
            LedgerEntry.objects.refunds().filter(provider=OF_PROVIDER, refunds_reference=REFERENCE)
        ),
    )
    .only("pk")
    .order_by()
)


@dataclass(frozen=True)
class Receipt:
    """Money that a provider reports as received."""

    provider: str
    method: str
    reference: str
    amount: Decimal
    currency: str
    happened_at: datetime
    invoice_id: str = ""
    # The commission of others, as the buyer saw it (4.5).
    commission: Decimal = Decimal(0)

    def differs_from(self, entry: LedgerEntry) -> bool:
        """True when the same reference came again with another amount, currency or order (M7)."""
        return (self.amount, self.currency, self.invoice_id) != (
            entry.amount,
            entry.currency,
            entry.invoice_id,
        )


@transaction.atomic(savepoint=False)
def record_receipt(
    *,
    receipt: Receipt,
    at: datetime,
    order: Order | None = None,
    obstacles: Obstacles | None = None,
    order_code: str = "",
    disagreement: str = "",
    look_up: bool = True,
) -> Outcome:
    """Record money once, and give it to its order if it counts (M6).

    Money that does not count is recorded all the same and waits for a person. The order is given
    by its code, or locked with its people, all others of its invoice beside it (`lock_beside`), and
    with the `obstacles` that its lock found.
    `disagreement` is how the receipt differs from what was asked for. Without `look_up` the
    reference is taken for new, and IntegrityError is raised when it is not. Money whose refund
    was reported first concludes nothing by itself.
    """
    if order is None and order_code:
        Order.objects.lock_beside(code=order_code)
        order = Order.objects.locked().with_people().filter(code=order_code).first()
    so_far = (
        KNOWN.first(order=order.pk, provider=receipt.provider, reference=receipt.reference)
        if order
        else None
    )
    if look_up or (so_far and so_far.is_allocated):
        known = (
            LedgerEntry.objects.receipts()
            .filter(provider=receipt.provider, reference=receipt.reference)
            .first()
        )
        if known:
            return Outcome.CONFLICT if receipt.differs_from(known) else Outcome.REPEATED

    entry = LedgerEntry(
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
    insert([entry])
    if so_far and so_far.is_refunded:
        disagreement = disagreement or Refusal.REFUNDED
    facts = {
        "reference": receipt.reference,
        "amount": str(receipt.amount),
        "currency": receipt.currency,
    }
    about = ("receipt", f"{receipt.provider} {receipt.reference}"[:64])
    if order is None or so_far is None or disagreement:
        record(
            "receipt.unmatched",
            about=about,
            facts=facts | {"invoice": receipt.invoice_id, "reason": disagreement},
            order=order.code if order else "",
            by=SYSTEM,
            at=at,
            clause="4.3",
        )
        return Outcome.UNMATCHED
    outcome = apply_balance(
        order=order,
        received=so_far.received + receipt.amount,
        payment=PaymentFacts(
            provider=receipt.provider,
            method=receipt.method,
            reference=receipt.reference,
            amount=receipt.amount,
            happened_at=receipt.happened_at,
            commission=receipt.commission,
        ),
        obstacles=obstacles,
        at=at,
        lines=(Line("receipt.recorded", about, facts, "4.4"),),
    )
    if not outcome.counts:
        return Outcome.UNMATCHED
    allocation = Allocation(
        entry=entry, order=order, number=1, amount=receipt.amount, at=at, by=SYSTEM
    )
    insert([allocation])
    return Outcome.APPLIED


def received_by(order: Order) -> Decimal:
    """The sum allocated to an order; it is not stored, and refunds do not lessen it (M4)."""
    return sum((each.amount for each in order.allocations.all()), Decimal("0.00"))
