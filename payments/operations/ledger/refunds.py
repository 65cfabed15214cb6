"""Money that went back: the provider's report is recorded, staff name its ground (4.6)."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from enrollment.models import Order
from offer_site.journal.operations import SYSTEM, record
from payments.models import Allocation, EntryKind, LedgerEntry, Outcome

from .allocations import UNPAID, left_of, lock_entry, take_back_locked


@transaction.atomic(savepoint=False)
def record_refund(
    *,
    provider: str,
    reference: str,
    refunds_reference: str,
    amount: Decimal,
    happened_at: datetime,
    at: datetime,
    currency: str = "",
    invoice_id: str = "",
) -> Outcome:
    """Record a refund made at the provider, even when its receipt is not known yet (4.6, M8).

    The refund waits until staff name its ground. Locks the orders that have the receipt's money,
    then the receipt.
    """
    entries = LedgerEntry.objects.filter(
        provider=provider, reference__in=[reference, refunds_reference]
    )
    known = {(entry.kind, entry.reference): entry for entry in entries}
    receipt = known.get((EntryKind.RECEIPT, refunds_reference))
    earlier = known.get((EntryKind.REFUND, reference))
    if earlier is not None:
        # A refund that two persons found never to have left, and that is told after all: a person.
        is_corrected = earlier.corrections.exists()  # type: ignore[attr-defined]
        same = (earlier.amount, earlier.refunds_reference) == (amount, refunds_reference)
        same = same and not is_corrected
        return Outcome.REPEATED if same else Outcome.CONFLICT
    standing = Allocation.objects.standing().filter(entry=receipt)
    orders = list(Order.objects.locked().filter(pk__in=standing.values("order")).order_by("pk"))
    receipt = lock_entry(receipt) if receipt else None
    LedgerEntry.objects.create(
        provider=provider,
        reference=reference,
        kind=EntryKind.REFUND,
        amount=amount,
        happened_at=happened_at,
        recorded_at=at,
        currency=currency or (receipt.currency if receipt else ""),
        invoice_id=invoice_id,
        refunds_reference=refunds_reference,
        method=receipt.method if receipt else "",
    )
    record(
        "refund.recorded",
        about=("refund", f"{provider} {reference}"[:64]),
        order=orders[0].code if orders else "",
        facts={"reference": reference, "of": refunds_reference, "amount": str(amount)},
        by=SYSTEM,
        at=at,
        clause="4.6",
    )
    # A part that went back must not count towards a sum that concludes a contract.
    if receipt and left_of(receipt) < 0:
        for allocation in (
            standing.select_related("entry").filter(order__state__in=UNPAID).order_by("pk")
        ):
            order = next(each for each in orders if each.pk == allocation.order_id)
            take_back_locked(allocation=allocation, order=order, reason=reference, by=SYSTEM, at=at)
    return Outcome.REFUNDED
