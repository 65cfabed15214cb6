"""The daily comparison of a provider's list with the ledger: no payment is lost (M1).

A payment, refund or hold in the list that we never heard of is recorded through the same handler
as its notification, judged by the provider's own time: the list comes over our own key, so it is
trusted. The difference is still reported once, since the next notification may be lost too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop

from offer_site.days import almaty_day, end_of_day, start_of_day
from offer_site.retries import once_more_if_beaten
from payments.models import (
    DifferenceKind,
    EntryKind,
    Hold,
    LedgerEntry,
    MessageKind,
    Outcome,
    Payment,
    ProviderMessage,
    ReconciliationDifference,
)
from payments.operations.paying.handlers import handle, with_its_invoice
from payments.providers.base import (
    CanList,
    Notification,
    Operation,
    OperationState,
    ProviderError,
    TellsByMessage,
)
from payments.rules.reconciliation import Movement, compare

from .differences import ComparedDay, DaySums, FoundDifference, keep_differences

UNREAD = gettext_noop("a message about it could not be read")
LOOKED_BACK = timedelta(days=30)  # how long after its day an open difference is looked for again
NOT_DONE = (OperationState.RELEASED, OperationState.DECLINED)


class Listed(CanList, TellsByMessage, Protocol):
    """A provider whose list can be compared, since it also sends messages."""


@dataclass
class _Day:
    """One day on both sides, as far as it has been read."""

    provider: Listed
    at: datetime
    operations: list[Operation]
    found: list[FoundDifference] = field(default_factory=list)


def days_to_reconcile(*, provider: str, at: datetime) -> list[date]:
    """Yesterday, if somebody began to pay in the last 30 days, and days with open differences."""
    today = almaty_day(at)
    month = Payment.objects.filter(
        provider=provider, started_at__gt=at - LOOKED_BACK, started_at__lte=at
    )
    standing = ReconciliationDifference.objects.open().filter(
        provider=provider, found_at__gt=at - LOOKED_BACK
    )
    days = set(standing.values_list("reconciliation__day", flat=True))
    return sorted(days | ({today - timedelta(days=1)} if month.exists() else set()))


def reconcile(*, provider: Listed, day: date, at: datetime, by: str) -> ComparedDay:
    """Compare one Almaty day of a provider's list with the ledger, and keep every difference.

    Talks to the network, outside any transaction; raises ProviderError, and then nothing is kept.
    Safe to run twice, late and at once.
    """
    read = list(provider.operations_between(start_of_day(day), end_of_day(day)))
    compared = _Day(provider, at, read)
    entries = _entries_of(compared, day)
    for operation in read:
        _judge(compared, operation, {(entry.kind, entry.reference) for entry in entries})
    done = [each for each in read if each.state == OperationState.DONE]
    done += _asked_for_one_by_one(compared, entries)
    there = [_movement(each) for each in done]
    here = [_movement_of(entry) for entry in entries]
    for difference in compare(there=there, here=here):
        theirs = difference.there
        ours = difference.here
        subject = theirs or ours
        if subject is None:
            continue
        found = FoundDifference(
            kind=difference.kind,
            reference=subject.reference,
            invoice_id=subject.invoice_id,
            amount_there=theirs.amount if theirs else None,
            currency_there=theirs.currency if theirs else "",
            amount_here=ours.amount if ours else None,
            currency_here=ours.currency if ours else "",
        )
        listed = next((each for each in done if theirs and _movement(each) == theirs), None)
        if listed and ours is None:
            compared.found += _taken_over(compared, listed, found)
        else:
            compared.found.append(found)
    sums = _sums(there, [_movement_of(entry) for entry in _entries_of(compared, day)])
    return keep_differences(
        provider=provider.slug, day=day, found=compared.found, sums=sums, at=at, by=by
    )


def _entries_of(compared: _Day, day: date) -> list[LedgerEntry]:
    """The ledger's entries of the day, and entries of other days that the provider's list names."""
    entries = LedgerEntry.objects.filter(provider=compared.provider.slug).exclude(
        kind=EntryKind.CORRECTION
    )
    of_day = entries.filter(happened_at__gte=start_of_day(day), happened_at__lt=end_of_day(day))
    named = entries.filter(reference__in=[each.reference for each in compared.operations])
    return list((of_day | named).order_by("happened_at", "pk"))


def _judge(compared: _Day, operation: Operation, known: set[tuple[str, str]]) -> None:
    """Find what is wrong with one operation: a test, an open hold, a release of recorded money."""
    provider = compared.provider
    at = compared.at
    is_recorded = (EntryKind.RECEIPT, operation.reference) in known and not operation.is_refund
    if operation.is_test and operation.state not in NOT_DONE and not settings.SANDBOX_BANK:
        compared.found.append(_difference(DifferenceKind.TEST_MONEY, operation))
    if operation.state in NOT_DONE and is_recorded:
        compared.found.append(_difference(DifferenceKind.RELEASED, operation))
        return
    if operation.is_refund or operation.state not in (OperationState.HELD, OperationState.RELEASED):
        return
    hold = Hold.objects.filter(provider=provider.slug, reference=operation.reference).first()
    if operation.state == OperationState.RELEASED:
        if hold and hold.is_open:
            _tell(provider, operation, MessageKind.CANCEL, at=at)
    elif hold is None or hold.held_at is None:
        outcome = _tell(provider, operation, MessageKind.PAY, at=at)
        compared.found.append(
            replace(_difference(DifferenceKind.HOLD_OPEN, operation), recorded_as=outcome)
        )
    else:
        compared.found.append(_difference(DifferenceKind.HOLD_OPEN, operation))


def _asked_for_one_by_one(compared: _Day, entries: list[LedgerEntry]) -> Iterator[Operation]:
    """Ask the provider about each ledger entry that its list lacks; yield those that are done."""
    named = {each.reference for each in compared.operations}
    for entry in entries:
        if entry.reference not in named:
            try:
                operation = compared.provider.operation(entry.reference)
            except ProviderError as error:
                if error.retry:
                    raise
                continue
            if operation.state == OperationState.DONE:
                yield operation


def _taken_over(
    compared: _Day, operation: Operation, found: FoundDifference
) -> Iterator[FoundDifference]:
    """Record an operation of the list that we never heard of, and yield its difference, once."""
    provider = compared.provider
    kind = MessageKind.REFUND if operation.is_refund else MessageKind.PAY
    if (
        kind == MessageKind.PAY
        and Hold.objects.filter(provider=provider.slug, reference=operation.reference).exists()
    ):
        kind = MessageKind.CONFIRM
    outcome = _tell(provider, operation, kind, at=compared.at)
    if outcome == Outcome.REPEATED:  # its notification came while the list was read
        return
    messages = ProviderMessage.objects.filter(provider=provider.slug, reference=operation.reference)
    detail = UNREAD if messages.filter(outcome=Outcome.UNREADABLE).exists() else ""
    yield replace(found, recorded_as=outcome, detail=detail, is_mended=outcome != Outcome.CONFLICT)


def _tell(
    provider: TellsByMessage, operation: Operation, kind: MessageKind, *, at: datetime
) -> Outcome:
    """Pass an operation of the list to the handler of its notification."""
    notification = Notification(
        kind=kind,
        reference=operation.reference,
        amount=operation.amount,
        happened_at=operation.happened_at,
        currency=operation.currency,
        invoice_id=operation.invoice_id,
        account=operation.account,
        method=operation.method,
        is_test=operation.is_test,
        is_final=operation.state != OperationState.HELD,
        refunds_reference=operation.refunds_reference,
    )
    return with_its_invoice(lambda order: _handle(notification, provider, order, at=at))


@once_more_if_beaten
@transaction.atomic
def _handle(
    notification: Notification, provider: TellsByMessage, order: int | None, *, at: datetime
) -> Outcome:
    return Outcome(handle(notification, provider, at=at, look_up=True, order=order).outcome)


def _movement(operation: Operation) -> Movement:
    return Movement(
        reference=operation.reference,
        amount=operation.amount,
        currency=operation.currency,
        is_refund=operation.is_refund,
        invoice_id=operation.invoice_id,
    )


def _movement_of(entry: LedgerEntry) -> Movement:
    return Movement(
        reference=entry.reference,
        amount=entry.amount,
        currency=entry.currency,
        is_refund=entry.kind == EntryKind.REFUND,
        invoice_id=entry.invoice_id,
    )


def _difference(kind: DifferenceKind, operation: Operation) -> FoundDifference:
    return FoundDifference(
        kind=kind,
        reference=operation.reference,
        amount_there=operation.amount,
        currency_there=operation.currency,
        invoice_id=operation.invoice_id,
    )


def _sums(there: list[Movement], here: list[Movement]) -> DaySums:
    def total(movements: list[Movement]) -> Decimal:
        return sum(
            (-each.amount if each.is_refund else each.amount for each in movements), Decimal("0.00")
        )

    def count(movements: list[Movement], *, refunds: bool) -> int:
        return sum(each.is_refund == refunds for each in movements)

    return DaySums(
        receipts_there=count(there, refunds=False),
        receipts_here=count(here, refunds=False),
        refunds_there=count(there, refunds=True),
        refunds_here=count(here, refunds=True),
        total_there=total(there),
        total_here=total(here),
    )
