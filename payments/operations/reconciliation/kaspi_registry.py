"""Kaspi's registry compared with the ledger and with the bank's daily net sum (M1, M7, 4.4)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from enrollment.models import Order
from offer_site.accounts.models import User
from offer_site.codes import normalize_order_code
from offer_site.days import ALMATY, almaty_day, end_of_day, start_of_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import SYSTEM, actor, record
from payments.models import (
    SEEN_AT_KASPI,
    DifferenceKind,
    FeeSource,
    KaspiRegistry,
    KaspiRow,
    LedgerEntry,
    Outcome,
    ReconciliationDifference,
    StatementLine,
)
from payments.operations.ledger.brought import (
    is_by_a_person,
    must_be_seen_first,
    note_seen,
    require_seen,
)
from payments.operations.ledger.fees import record_fee
from payments.operations.ledger.known import Known, has_gone_back, known_to_kaspi
from payments.operations.ledger.manual import PROVIDER as MANUAL
from payments.operations.ledger.manual import ledger_name
from payments.operations.ledger.receipts import Receipt, record_receipt
from payments.operations.statements.looks import settle_what_waited
from payments.providers.kaspi.registry import RegistryRow, read_registry
from payments.rules.aggregates import aggregate_of
from payments.rules.likeness import Telling, telling_of_moment
from payments.rules.matching import CURRENCY, Doubt, Refusal

from .differences import ComparedDay, DaySums, FoundDifference, keep_differences

PROVIDER = "kaspi"
METHOD = "Kaspi Pay"
# After the day of the payments; a net sum that is still missing later is a difference.
NET_COMES_WITHIN = timedelta(days=7)
NOTHING = Decimal("0.00")
PROBABLY_KNOWN = gettext_noop("probably the same as money that is known")


@dataclass(frozen=True)
class DayOfKaspi:
    """One day of the registry, with the statement lines of its net sum."""

    day: date
    gross: Decimal
    commission: Decimal
    lines: tuple[StatementLine, ...]

    @property
    def net(self) -> Decimal:
        return self.gross - self.commission

    @property
    def came(self) -> Decimal | None:
        return sum((line.amount for line in self.lines), NOTHING) if self.lines else None

    @property
    def difference(self) -> Decimal | None:
        """What came less what was expected; None while nothing came."""
        return None if self.came is None else self.came - self.net


@dataclass(frozen=True)
class RegistryReport:
    registry: KaspiRegistry
    is_new: bool
    days: tuple[ComparedDay, ...]

    @property
    def needs_a_person(self) -> bool:
        return any(kept.standing for kept in self.days)


def import_kaspi_registry(*, content: bytes, name: str, by: str, at: datetime) -> RegistryReport:
    """Keep Kaspi's list of payments, and compare its days with the ledger.

    The same file again adds nothing. A payment that the ledger does not know is recorded by the
    bank's time; of what one of the staff brings, only so much before another has compared it with
    the bank (M13). Raises RegistryError for a bad file.
    """
    registry, is_new = _keep(content, name=name[:200], by=by, at=at)
    return RegistryReport(
        registry, is_new, tuple(_reconcile(day, at=at, by=by) for day in days_of(registry))
    )


def see_registry(*, registry: KaspiRegistry, by: User, at: datetime) -> RegistryReport:
    """Record that another person has compared a registry with the bank; its days are settled anew.

    Raises RuleViolation for who imported it, and when it was seen before.
    """
    registry = _see(registry, by=by, at=at)
    days = tuple(_reconcile(day, at=at, by=actor(by)) for day in days_of(registry))
    settle_what_waited(brought_by=registry.by, at=at)
    return RegistryReport(registry, False, days)


@transaction.atomic
def _see(registry: KaspiRegistry, *, by: User, at: datetime) -> KaspiRegistry:
    registry = KaspiRegistry.objects.select_for_update(no_key=True).get(pk=registry.pk)
    about = ("kaspi_registry", str(registry.pk))
    note_seen(registry, verb="kaspi_registry.seen", about=about, by=by, at=at)
    return registry


def days_of(registry: KaspiRegistry) -> list[date]:
    """The Almaty days between a registry's first and last that have payments in any registry."""
    rows = KaspiRow.objects.filter(
        paid_at__gte=start_of_day(registry.since), paid_at__lt=end_of_day(registry.until)
    ).order_by()
    return sorted({almaty_day(paid_at) for paid_at in rows.values_list("paid_at", flat=True)})


def reconcile_kaspi(*, day: date, at: datetime, by: str = SYSTEM) -> ComparedDay | None:
    """Compare the registry of an Almaty day with the ledger and the bank's net line.

    None when no registry covers the day.
    """
    if not KaspiRegistry.objects.filter(since__lte=day, until__gte=day).exists():
        return None
    return _reconcile(day, at=at, by=by)


def kaspi_days_to_reconcile(*, at: datetime) -> list[date]:
    """Days whose net sum may still come or be late, and days with open differences."""
    recent = KaspiRow.objects.filter(
        paid_at__gt=at - 2 * NET_COMES_WITHIN, paid_at__lte=at
    ).order_by()
    standing = ReconciliationDifference.objects.open().filter(provider=PROVIDER)
    days = set(standing.values_list("reconciliation__day", flat=True))
    return sorted(
        days | {almaty_day(paid_at) for paid_at in recent.values_list("paid_at", flat=True)}
    )


def kaspi_day(day: date) -> DayOfKaspi:
    """What Kaspi took and kept on a day, and the statement lines of what it transferred."""
    rows = _rows_of(day)
    gross = sum((row.amount for row in rows), NOTHING)
    commission = sum((row.commission or NOTHING for row in rows), NOTHING)
    naming_the_day = []
    of_the_same_sum = []
    sums = StatementLine.objects.filter(
        doubt=Doubt.AGGREGATE, documented_on__range=(day, day + NET_COMES_WITHIN)
    )
    for line in sums.order_by("documented_on", "pk"):
        if line.facts["payer_id"] != settings.KASPI_BIN:
            continue
        named = aggregate_of(line.facts["purpose"], net=line.amount, came_on=line.documented_on).day
        if named == day:
            naming_the_day.append(line)
        elif named is None and line.amount == gross - commission:
            of_the_same_sum.append(line)
    return DayOfKaspi(day, gross, commission, tuple(naming_the_day or of_the_same_sum[:1]))


def _keep(content: bytes, *, name: str, by: str, at: datetime) -> tuple[KaspiRegistry, bool]:
    digest = hashlib.sha256(content).hexdigest()
    known = KaspiRegistry.objects.filter(sha256=digest).first()
    if known:
        return known, False
    rows = read_registry(content, columns=settings.KASPI_REGISTRY_COLUMNS)
    if not rows:
        raise RuleViolation(_("The registry tells of no payment."), field="file")
    try:
        return _store(rows, digest=digest, name=name, by=by, at=at), True
    except IntegrityError:  # somebody imported it in this moment
        return KaspiRegistry.objects.get(sha256=digest), False


@transaction.atomic
def _store(
    payments: Sequence[RegistryRow], *, digest: str, name: str, by: str, at: datetime
) -> KaspiRegistry:
    days = [almaty_day(each.paid_at) for each in payments]
    registry = KaspiRegistry.objects.create(
        sha256=digest,
        name=name,
        since=min(days),
        until=max(days),
        payments=len(payments),
        imported_at=at,
        by=by,
        asks_for_look=is_by_a_person(by),
    )
    rows = [
        KaspiRow(
            registry=registry,
            line=each.line,
            txn_id=each.txn_id,
            paid_at=each.paid_at,
            account=each.account,
            amount=each.amount,
            commission=each.commission,
        )
        for each in sorted(payments, key=lambda each: (each.txn_id, each.amount))
    ]
    # A row that another registry brought before is a conflict, and is left out.
    KaspiRow.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    facts = {
        "payments": len(rows),
        "sha256": digest,
        "asks_for_look": registry.asks_for_look,
    }
    about = ("kaspi_registry", str(registry.pk))
    record("kaspi_registry.imported", about=about, facts=facts, by=by, at=at, clause="4.4")
    return registry


def _reconcile(day: date, *, at: datetime, by: str) -> ComparedDay:
    """Keep the differences first, then record the missing payments.

    After a crash between the two, the difference stays open.
    """
    first = _compare(day, at=at, by=by)
    _record_fees(day, at=at)
    missing = {
        each.reference for each in first.standing if each.kind == DifferenceKind.MISSING_HERE
    }
    rows = [row for row in _rows_of(day) if row.txn_id in missing and row.amount > 0]
    taken = [row for row in rows if _take(row, at=at)]
    if not taken:
        return first
    _record_fees(day, at=at)
    mended = _compare(day, at=at, by=by)
    return ComparedDay(
        mended.reconciliation,
        (*first.new, *mended.new),
        mended.standing,
        (*first.vanished, *mended.vanished),
    )


def _compare(day: date, *, at: datetime, by: str) -> ComparedDay:
    rows = _rows_of(day)
    paid = [row for row in rows if row.amount > 0]
    receipts = LedgerEntry.objects.receipts()
    refunds = LedgerEntry.objects.refunds()
    known = _seen_by_hand(paid)
    known |= {
        each.reference: each
        for each in receipts.filter(provider=PROVIDER, reference__in=_numbers(paid))
    }
    of_the_day = receipts.filter(
        provider=PROVIDER, happened_at__gte=start_of_day(day), happened_at__lt=end_of_day(day)
    ).order_by("pk")
    here = list(of_the_day)
    listed = set(
        KaspiRow.objects.filter(txn_id__in=[each.reference for each in here]).values_list(
            "txn_id", flat=True
        )
    )
    returned = {
        each.reference: each
        for each in refunds.filter(provider=PROVIDER, reference__in=_numbers(rows))
    }
    found = [
        *filter(None, (_difference(row, known.get(row.txn_id)) for row in paid)),
        *(
            FoundDifference(
                DifferenceKind.MISSING_THERE,
                each.reference,
                amount_here=each.amount,
                currency_here=each.currency,
                invoice_id=each.invoice_id,
            )
            for each in here
            if each.reference not in listed
        ),
        *(
            FoundDifference(
                DifferenceKind.REFUND_MISSING_HERE,
                row.txn_id,
                amount_there=-row.amount,
                currency_there=CURRENCY,
                invoice_id=_named_by(row),
            )
            for row in rows
            if row.amount < 0 and row.txn_id not in returned
        ),
        *_net_difference(day, at=at),
    ]
    sums = DaySums(
        receipts_there=len(paid),
        receipts_here=len(here),
        refunds_there=len(rows) - len(paid),
        refunds_here=len(returned),
        total_there=sum((row.amount for row in rows), NOTHING),
        total_here=sum((each.amount for each in here), NOTHING)
        - sum((each.amount for each in returned.values()), NOTHING),
    )
    return keep_differences(provider=PROVIDER, day=day, found=found, sums=sums, at=at, by=by)


def _difference(row: KaspiRow, entry: LedgerEntry | None) -> FoundDifference | None:
    there: dict[str, Any] = {
        "amount_there": row.amount,
        "currency_there": CURRENCY,
        "invoice_id": _named_by(row),
    }
    if entry is None:
        return FoundDifference(
            DifferenceKind.MISSING_HERE,
            row.txn_id,
            detail=PROBABLY_KNOWN if probably_known(reference=row.txn_id) else "",
            **there,
        )
    if entry.amount != row.amount:
        return FoundDifference(
            DifferenceKind.AMOUNT,
            row.txn_id,
            amount_here=entry.amount,
            currency_here=entry.currency,
            **there,
        )
    return None


def _net_difference(day: date, *, at: datetime) -> list[FoundDifference]:
    """Compare the expected sum of a day with the bank's one sum; empty while it may still come."""
    totals = kaspi_day(day)
    if (
        totals.difference == 0
        or not totals.gross
        or (totals.came is None and almaty_day(at) <= day + NET_COMES_WITHIN)
    ):
        return []
    detail = (
        f"gross {totals.gross}, commission {totals.commission}; "
        f"the bank's line {totals.came or 'has not come'}"
    )
    return [
        FoundDifference(
            DifferenceKind.TOTAL,
            day.isoformat(),
            amount_there=totals.came,
            amount_here=totals.net,
            currency_there=CURRENCY if totals.came else "",
            currency_here=CURRENCY,
            detail=detail,
        )
    ]


def take_as_another(
    *, difference: ReconciliationDifference, reason: str, by: User, at: datetime
) -> Outcome:
    """Record a payment of the registry that a person found to be other money than what is known.

    Raises RuleViolation when the difference does not stand, or is not of such a payment.
    """
    day, outcome = _take_as_another(difference=difference, reason=reason, by=by, at=at)
    _reconcile(day, at=at, by=actor(by))
    return outcome


@transaction.atomic
def _take_as_another(
    *, difference: ReconciliationDifference, reason: str, by: User, at: datetime
) -> tuple[date, Outcome]:
    """Lock the difference before the order: another person may settle it in this moment."""
    difference = ReconciliationDifference.objects.select_for_update().get(pk=difference.pk)
    row = KaspiRow.objects.filter(txn_id=difference.reference, amount__gt=0).first()
    is_missing = (difference.provider, difference.kind) == (PROVIDER, DifferenceKind.MISSING_HERE)
    if row is None or not is_missing or difference.vanished_at or difference.settled_at:
        raise RuleViolation(_("This difference does not stand any more."))
    outcome = _take(row, at=at, is_another_to=by) or Outcome.REPEATED
    day = almaty_day(row.paid_at)
    about = ("reconciliation", str(difference.reconciliation_id))
    facts = {"day": day.isoformat(), "taken": row.txn_id, "reason": reason}
    record("money.taken_as_another", about=about, facts=facts, by=actor(by), at=at, clause="4.4")
    return day, outcome


@transaction.atomic
def _take(row: KaspiRow, *, at: datetime, is_another_to: User | None = None) -> Outcome | None:
    """Record a payment that only the registry has, judged by the bank's time.

    REPEATED when its notification comes at the same moment; None when its order probably knows the
    money already, or another person has to see the registry first: then the difference waits. The
    first is what a person has said no to, if `is_another_to` somebody. Money that went back again,
    or of which a part did, concludes nothing by itself.
    """
    named = _named_by(row)
    Order.objects.lock_beside(code=named)
    order = Order.objects.locked().with_people().filter(code=named).first()
    if is_another_to:
        require_seen(row.registry, amount=row.amount, by=is_another_to, at=at)
    elif known_to_kaspi(order, told=_telling_of(row)) or must_be_seen_first(
        row.registry, amount=row.amount, at=at
    ):
        return None
    is_gone = has_gone_back(
        provider=PROVIDER, reference=row.txn_id, invoice_id=named, amount=row.amount
    )
    receipt = Receipt(
        provider=PROVIDER,
        method=METHOD,
        reference=row.txn_id,
        amount=row.amount,
        currency=CURRENCY,
        happened_at=row.paid_at,
        invoice_id=named,
    )
    try:
        with transaction.atomic():
            return record_receipt(
                receipt=receipt,
                order=order,
                disagreement=Refusal.REFUNDED if is_gone else "",
                at=at,
            )
    except IntegrityError:
        return Outcome.REPEATED


def _named_by(row: KaspiRow) -> str:
    """The order's code as the ledger has it, however the payer wrote it; else what was written."""
    account = row.account.strip()
    return (normalize_order_code(account) or account)[:80]


def _telling_of(row: KaspiRow) -> Telling:
    """A payment of the registry; the day alone where it tells no hour."""
    local = row.paid_at.astimezone(ALMATY)
    if (local.hour, local.minute, local.second) == (12, 0, 0):
        return Telling(amount=row.amount, days=(local.date(),), number=row.txn_id)
    return telling_of_moment(row.amount, row.paid_at, number=row.txn_id)


def probably_known(*, reference: str) -> Known | None:
    """Money that a payment of the registry is probably the same as."""
    row = KaspiRow.objects.filter(txn_id=reference, amount__gt=0).first()
    code = normalize_order_code(row.account) if row else None
    order = Order.objects.filter(code=code).first() if code else None
    return known_to_kaspi(order, told=_telling_of(row)) if row else None


def _record_fees(day: date, *, at: datetime) -> None:
    """Record the bank's commission of each payment where it is not known yet (4.5)."""
    fees = {
        row.txn_id: row.commission
        for row in _rows_of(day)
        if row.amount > 0 and row.commission is not None
    }
    receipts = LedgerEntry.objects.receipts().filter(provider=PROVIDER, reference__in=fees)
    for entry in receipts.exclude(fees__source=FeeSource.KASPI).order_by("pk"):
        with transaction.atomic():
            list(Order.objects.locked().filter(allocations__entry=entry).order_by("pk"))
            record_fee(entry=entry, amount=fees[entry.reference], source=FeeSource.KASPI, at=at)


def _rows_of(day: date) -> list[KaspiRow]:
    rows = KaspiRow.objects.filter(paid_at__gte=start_of_day(day), paid_at__lt=end_of_day(day))
    return list(rows.select_related("registry").order_by("paid_at", "pk"))


def _seen_by_hand(rows: Sequence[KaspiRow]) -> dict[str, LedgerEntry]:
    """The payments of a registry that were recorded by hand before: the same money counts once."""
    names = {
        ledger_name(method, row.txn_id): row.txn_id for row in rows for method in SEEN_AT_KASPI
    }
    by_hand = LedgerEntry.objects.receipts().filter(
        provider=MANUAL, reference__in=[name for _slug, name in names]
    )
    return {names[each.provider, each.reference]: each for each in by_hand}


def _numbers(rows: Sequence[KaspiRow]) -> list[str]:
    return [row.txn_id for row in rows]
