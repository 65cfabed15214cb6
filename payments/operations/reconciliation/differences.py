"""Differences between a provider's list and the ledger: kept once, settled by a person."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from offer_site.accounts.models import User
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor, record
from payments.models import (
    DifferenceKind,
    Reconciliation,
    ReconciliationDifference,
    StatementLine,
)
from payments.operations.ledger.brought import file_of
from payments.operations.ledger.known import BANK


@dataclass(frozen=True)
class FoundDifference:
    """One difference; `is_mended` when the comparison itself corrected it.

    A mended difference is reported once.
    """

    kind: DifferenceKind
    reference: str
    amount_there: Decimal | None = None
    currency_there: str = ""
    amount_here: Decimal | None = None
    currency_here: str = ""
    invoice_id: str = ""
    recorded_as: str = ""
    detail: str = ""
    is_mended: bool = False


@dataclass(frozen=True)
class DaySums:
    """The number of movements of a day on both sides, and their totals."""

    receipts_there: int = 0
    receipts_here: int = 0
    refunds_there: int = 0
    refunds_here: int = 0
    total_there: Decimal = Decimal("0.00")
    total_here: Decimal = Decimal("0.00")


@dataclass(frozen=True)
class ComparedDay:
    """The result of comparing a day: new differences, open ones, and those that are gone."""

    reconciliation: Reconciliation
    new: tuple[ReconciliationDifference, ...]
    standing: tuple[ReconciliationDifference, ...]
    vanished: tuple[ReconciliationDifference, ...]


@transaction.atomic(savepoint=False)
def keep_differences(
    *,
    provider: str,
    day: date,
    found: Iterable[FoundDifference],
    sums: DaySums,
    at: datetime,
    by: str,
) -> ComparedDay:
    """Keep the differences of one Almaty day of a provider; those not found any more have vanished.

    The same difference found again adds nothing; one that a person settled stays settled. Safe
    twice and at once: the day's row is locked.
    """
    Reconciliation.objects.get_or_create(
        provider=provider, day=day, defaults={"compared_at": at, "by": by}
    )
    run = Reconciliation.objects.select_for_update().get(provider=provider, day=day)
    run.compared_at = at
    run.by = by
    for name in DaySums.__dataclass_fields__:
        setattr(run, name, getattr(sums, name))
    run.save()
    new = []
    standing = []
    seen = set()
    for each in found:
        difference, is_new = ReconciliationDifference.objects.get_or_create(
            provider=provider,
            kind=each.kind,
            reference=each.reference,
            defaults={
                "reconciliation": run,
                "invoice_id": each.invoice_id,
                "amount_there": each.amount_there,
                "currency_there": each.currency_there,
                "amount_here": each.amount_here,
                "currency_here": each.currency_here,
                "recorded_as": each.recorded_as,
                "detail": each.detail[:200],
                "found_at": at,
                "vanished_at": at if each.is_mended else None,
            },
        )
        seen.add(difference.pk)
        if is_new:
            new.append(difference)
        elif difference.vanished_at and not each.is_mended:
            difference.vanished_at = None
            difference.found_at = at
            difference.save(update_fields=["vanished_at", "found_at"])
            new.append(difference)
        if not each.is_mended and difference.settled_at is None:
            standing.append(difference)
    vanished = list(run.differences.filter(vanished_at=None).exclude(pk__in=seen))
    for difference in vanished:
        difference.vanished_at = at
        difference.save(update_fields=["vanished_at"])
    facts = {
        "day": day.isoformat(),
        "new": [f"{each.kind} {each.reference}" for each in new],
        "vanished": [f"{each.kind} {each.reference}" for each in vanished],
    }
    if new or vanished:
        record(
            "money.reconciled",
            about=("reconciliation", str(run.pk)),
            facts=facts,
            by=by,
            at=at,
            clause="4.4",
        )
    return ComparedDay(run, tuple(new), tuple(standing), tuple(vanished))


@transaction.atomic
def settle_difference(
    *, difference: ReconciliationDifference, reason: str, by: User, at: datetime
) -> None:
    """Record why a difference is none, or what was done about it.

    Raises RuleViolation when the difference is gone or settled already, and for who brought the
    file of a receipt that is not at the bank: that would undo the second look (M13).
    """
    difference = ReconciliationDifference.objects.select_for_update().get(pk=difference.pk)
    if difference.vanished_at or difference.settled_at:
        raise RuleViolation(_("This difference does not stand any more."))
    if not reason.strip():
        raise RuleViolation(_("Say why."), field="reason")
    if _was_brought_by(difference, actor(by)):
        raise RuleViolation(
            _("You imported it: another person compares it with the bank."), clause="4.4"
        )
    difference.settled_at = at
    difference.settled_by = actor(by)
    difference.reason = reason.strip()
    difference.save(update_fields=["settled_at", "settled_by", "reason"])
    record(
        "difference.settled",
        about=("difference", str(difference.pk)),
        by=actor(by),
        at=at,
        clause="4.4",
        facts={
            "provider": difference.provider,
            "kind": difference.kind,
            "reference": difference.reference,
        },
    )


def _was_brought_by(difference: ReconciliationDifference, who: str) -> bool:
    """True where this person brought the receipt that is not at the bank."""
    if difference.provider != BANK or difference.kind != DifferenceKind.MISSING_THERE:
        return False
    line = StatementLine.objects.filter(fingerprint=difference.reference).first()
    return line is not None and file_of(line).by == who


def in_a_line(difference: ReconciliationDifference) -> str:
    """A difference in one line of English, for commands."""
    there = (
        f"{difference.amount_there} {difference.currency_there}".strip()
        if difference.amount_there
        else "nothing"
    )
    here = (
        f"{difference.amount_here} {difference.currency_here}".strip()
        if difference.amount_here
        else "nothing"
    )
    text = f"{difference.kind} {difference.reference}: there {there}, here {here}"
    text += f", invoice {difference.invoice_id}" if difference.invoice_id else ""
    recorded = f"recorded from the list: {difference.recorded_as}" if difference.recorded_as else ""
    more = "; ".join(filter(None, (recorded, difference.detail)))
    return f"{text} ({more})" if more else text
