"""What of a receipt or an order can still go back (M8)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, Sum

from enrollment.models import Order
from enrollment.operations.training.terminations import lock_to_end
from payments.models import Allocation, EntryKind, LedgerEntry, Payment, RefundCase, RefundPayout
from payments.models.payout import ground_of
from payments.rules.refunds import NOTHING, Calculation, Part, calculate


@dataclass(frozen=True)
class RefundSubject:
    """What a case is about; all of it locked when it comes from `lock_case`."""

    case: RefundCase
    order: Order | None
    receipts: dict[int, LedgerEntry]


def lock_case(case_id: int) -> RefundSubject:
    """Lock all that a case is about: the order with its people, the receipts, and the case last."""
    order_id, entry_id = RefundCase.objects.values_list("order", "entry").get(pk=case_id)
    order = lock_order(order_id) if order_id else None
    receipts = lock_receipts(entry_ids=[entry_id] if entry_id else receipts_of(order_id))
    case = RefundCase.objects.select_for_update().get(pk=case_id)
    case.order = order
    case.entry = receipts[entry_id] if entry_id else None
    return RefundSubject(case, order, receipts)


def subject_of(case: RefundCase) -> RefundSubject:
    """What a case is about now, for a page: nothing is locked."""
    keys = [case.entry_id] if case.entry_id else receipts_of(case.order_id or 0)
    return RefundSubject(case, case.order, LedgerEntry.objects.in_bulk(keys))


def lock_order(order_id: int) -> Order:
    """Lock an order with its people, and all of its invoice: a decision may end its contract."""
    return lock_to_end(order_id)


def lock_receipts(*, entry_ids: Iterable[int]) -> dict[int, LedgerEntry]:
    """Lock ledger entries in the order of their keys, so that no two processes deadlock."""
    return {
        entry.pk: entry
        for entry in LedgerEntry.objects.select_for_update().filter(pk__in=entry_ids).order_by("pk")
    }


def receipts_of(order_id: int) -> list[int]:
    """The keys of the entries that an order ever got money from."""
    return list(
        Allocation.objects.filter(order=order_id)
        .order_by("entry")
        .values_list("entry", flat=True)
        .distinct()
    )


def received_anything(order: Order) -> bool:
    """True when the order ever got money."""
    return Allocation.objects.filter(order=order).exists()


def order_named_by(entry: LedgerEntry) -> Order | None:
    """The order whose attempt to pay an entry names; it need not have got the money.

    A code alone is not enough: the payer types it, and the answer would go to the buyer of another
    order.
    """
    payment = (
        Payment.objects.filter(provider=entry.provider, invoice_id=entry.invoice_id)
        .exclude(invoice_id="")
        .first()
    )
    return payment.order if payment else None


def refunds_of_receipt(receipt: LedgerEntry) -> list[LedgerEntry]:
    """The refunds of a receipt that really left; a refund of an unknown receipt is its own."""
    if receipt.kind == EntryKind.REFUND:
        return [receipt]
    refunds = LedgerEntry.objects.gone().filter(
        provider=receipt.provider, refunds_reference=receipt.reference
    )
    return list(refunds.select_related("ground__case"))


def refunded_of(receipt: LedgerEntry) -> Decimal:
    """The sum that went back of a receipt, on any ground."""
    return sum((refund.amount for refund in refunds_of_receipt(receipt)), NOTHING)


def promised_of(receipt: LedgerEntry) -> Decimal:
    """The sum of approved payouts of a receipt that are not made yet."""
    return _sum_of(RefundPayout.objects.not_done().filter(receipt=receipt))


def calculation_of(subject: RefundSubject) -> tuple[Calculation, list[Part]]:
    """The calculation of a locked case, and the part of each receipt in it."""
    parts = [part_of(receipt, case=subject.case) for receipt in subject.receipts.values()]
    costs = subject.case.costs.filter(removed_at=None).values_list("amount", flat=True)
    return calculate(parts, costs), parts


def part_of(receipt: LedgerEntry, *, case: RefundCase) -> Part:
    """The part of one receipt in a case.

    A refund without a ground may have been of this money, so it counts as taken until staff name
    its ground.
    """
    made = taken = NOTHING
    for refund in refunds_of_receipt(receipt):
        ground = ground_of(refund)
        other = ground.case if ground else None
        if other is not None and other.pk == case.pk:
            made += refund.amount
        elif other is None or _is_about_the_same(other, case):
            taken += refund.amount
    if receipt.kind == EntryKind.REFUND:
        return Part(receipt.pk, receipt.amount, taken, made, NOTHING, receipt.happened_at)
    promised = RefundPayout.objects.not_done().filter(receipt=receipt)
    taken += _sum_of(promised.filter(_the_same(case)).exclude(case=case.pk))
    allocations = Allocation.objects.filter(entry=receipt)
    share = (
        _sum_of(allocations.filter(order=case.order_id))
        if case.entry_id is None
        else receipt.amount - _sum_of(allocations)
    )
    corrected = -_sum_of(LedgerEntry.objects.filter(corrects=receipt))
    free = receipt.amount - corrected - refunded_of(receipt) - promised_of(receipt)
    taken += corrected
    return Part(receipt.pk, max(share, NOTHING), taken, made, free, receipt.happened_at)


def _is_about_the_same(other: RefundCase, case: RefundCase) -> bool:
    """True when two cases draw on one part of a receipt: its waiting rest, or one order's part."""
    if case.entry_id is None:
        return other.entry_id is None and other.order_id == case.order_id
    return other.entry_id is not None


def _the_same(case: RefundCase) -> Q:
    return (
        Q(case__entry=None, case__order=case.order_id)
        if case.entry_id is None
        else Q(case__entry__isnull=False)
    )


def _sum_of(rows: object) -> Decimal:
    return rows.aggregate(total=Sum("amount"))["total"] or NOTHING  # type: ignore[attr-defined, no-any-return]
