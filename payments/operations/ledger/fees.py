"""The fees that providers keep, as they report them (4.5)."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from enrollment.models import Order
from offer_site.journal.operations import SYSTEM, record
from payments.models import LedgerEntry, Outcome, ProviderFee


@transaction.atomic(savepoint=False)
def record_fee(*, entry: LedgerEntry, amount: Decimal, source: str, at: datetime) -> Outcome:
    """Record the fee of an entry once for each source, in tenge; another sum is a conflict (M7).

    The caller holds the lock of the entry's order, if it has one.
    """
    fee, is_new = ProviderFee.objects.get_or_create(
        entry=entry, source=source, defaults={"amount": amount, "told_at": at}
    )
    if not is_new and fee.amount == amount:
        return Outcome.REPEATED
    order = (
        Order.objects.filter(allocations__entry=entry).values_list("code", flat=True).first() or ""
    )
    facts = {"source": source, "amount": str(amount)} | (
        {} if is_new else {"known": str(fee.amount)}
    )
    about = ("receipt" if entry.kind == "receipt" else "refund", entry.name[:64])
    verb = "fee.recorded" if is_new else "fee.contradicted"
    record(verb, about=about, order=order, facts=facts, by=SYSTEM, at=at, clause="4.5")
    return Outcome.APPLIED if is_new else Outcome.CONFLICT
