"""Receipts that the bank takes back (storno): each stands beside its receipt for a person (M1)."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from offer_site.codes import codes_in
from offer_site.journal.operations import record
from payments.models import (
    DifferenceKind,
    LineState,
    Reconciliation,
    ReconciliationDifference,
    StatementFile,
    StatementLine,
)
from payments.providers.bank_transfer.statement import StatementOperation
from payments.rules.likeness import same_number, same_text
from payments.rules.matching import BY_A_PERSON, Doubt
from payments.rules.reconciliation import DAYS_BACK, GONE_AT_THE_BANK, UNKNOWN_TAKEN_BACK

PROVIDER = "bank"
RECEIPT_TAKEN_BACK = gettext_noop("The bank takes this receipt back.")
PAYMENT_TAKEN_BACK = gettext_noop("The bank returns a payment that went out.")
NOT_TOLD_AGAIN = gettext_noop("A later statement of the same days does not tell of it.")
NOT_FOUND = gettext_noop("A person does not find it at the bank.")


@transaction.atomic(savepoint=False)
def hold_receipts_meant(
    operations: Iterable[tuple[str, StatementOperation]], file: StatementFile
) -> list[tuple[str, StatementOperation]]:
    """Name each operation by its one receipt, or by itself where it has none.

    A receipt that may be meant and still waits is given to no order by itself. The same operation
    of an overlapping file adds nothing.
    """
    named = []
    for fingerprint, operation in operations:
        if ReconciliationDifference.objects.filter(
            provider=PROVIDER, reference=fingerprint
        ).exists():
            continue
        receipts = _receipts_meant(operation, file) if operation.takes_back else []
        _hold(receipts)
        receipt = receipts[0] if len(receipts) == 1 else None
        named.append((receipt.fingerprint if receipt else fingerprint, operation))
    return named


@transaction.atomic(savepoint=False)
def note_taken_back(
    operations: Iterable[tuple[str, StatementOperation]], *, by: str, at: datetime
) -> None:
    """Keep a difference for each operation that `hold_receipts_meant` named."""
    for reference, operation in operations:
        _keep(operation, reference, by=by, at=at)


def hold_what_was_taken_back(lines: Iterable[StatementLine]) -> None:
    """Doubt new lines whose storno came in an earlier file: files are imported in any order.

    The storno is known by its code, its sum and its day; it said of no receipt that was known then.
    """
    waiting = [line for line in lines if line.state == LineState.UNMATCHED and line.codes]
    alone = ReconciliationDifference.objects.open().filter(
        provider=PROVIDER,
        kind=DifferenceKind.REFUND_MISSING_HERE,
        detail=UNKNOWN_TAKEN_BACK,
        invoice_id__in={code for line in waiting for code in line.codes.split()},
    )
    for difference in alone.select_related("reconciliation") if waiting else ():
        day = difference.reconciliation.day
        gone = difference.amount_there or 0  # a part goes back too
        for line in waiting:
            if (
                difference.invoice_id in line.codes.split()
                and line.amount >= gone
                and day - DAYS_BACK <= line.documented_on <= day
                and line.doubt not in BY_A_PERSON
            ):
                line.doubt = Doubt.TAKEN_BACK


def taken_back_of(line: StatementLine) -> list[ReconciliationDifference]:
    """The differences that tell that the bank takes this receipt back, or does not know it."""
    named = ReconciliationDifference.objects.filter(
        provider=PROVIDER, kind__in=GONE_AT_THE_BANK, reference=line.fingerprint
    )
    return list(named.select_related("reconciliation").order_by("pk"))


def keep_not_at_the_bank(
    line: StatementLine, *, detail: str, by: str, at: datetime
) -> ReconciliationDifference | None:
    """Keep that a receipt is not at the bank, and hold it if it waits; None if that is known.

    What a person settled stays settled for later files; a person who misses it opens it again.
    """
    day, _is_new = Reconciliation.objects.get_or_create(
        provider=PROVIDER, day=line.executed_on, defaults={"compared_at": at, "by": by}
    )
    difference, is_new = ReconciliationDifference.objects.get_or_create(
        provider=PROVIDER,
        kind=DifferenceKind.MISSING_THERE,
        reference=line.fingerprint,
        defaults={
            "reconciliation": day,
            "invoice_id": line.codes.partition(" ")[0],
            "amount_here": line.amount,
            "currency_here": line.currency,
            "detail": detail,
            "found_at": at,
        },
    )
    if not is_new and not _opens_again(difference, detail=detail, at=at):
        return None
    StatementLine.objects.filter(pk=line.pk, state=LineState.UNMATCHED).exclude(
        doubt=Doubt.UNAPPROVED
    ).update(doubt=Doubt.NOT_AT_BANK)
    _record_found(day, difference, by=by, at=at)
    return difference


def _opens_again(difference: ReconciliationDifference, *, detail: str, at: datetime) -> bool:
    """Open a settled or vanished difference again when a person says it; the journal has both."""
    is_open = difference.vanished_at is None and difference.settled_at is None
    if is_open or detail != NOT_FOUND:
        return False
    difference.vanished_at = None
    difference.settled_at = None
    difference.settled_by = ""
    difference.reason = ""
    difference.detail = detail
    difference.found_at = at
    difference.save(
        update_fields=[
            "vanished_at",
            "settled_at",
            "settled_by",
            "reason",
            "detail",
            "found_at",
        ]
    )
    return True


def receipt_taken_back(difference: ReconciliationDifference) -> StatementLine | None:
    """The receipt that a difference of the bank is about."""
    if difference.provider != PROVIDER:
        return None
    return StatementLine.objects.filter(fingerprint=difference.reference).first()


def _receipts_meant(operation: StatementOperation, file: StatementFile) -> list[StatementLine]:
    """The receipts of this sum that the bank may mean.

    The number alone does not tell: every payer counts their own documents, and a storno may have a
    number of the bank's. So it decides among receipts of the same payer, code or purpose; where
    none of them has it, all that may be meant are.
    """
    near = StatementLine.objects.filter(
        file__account=file.account,
        amount=operation.amount,
        currency=operation.currency,
        documented_on__range=(operation.executed_on - DAYS_BACK, operation.executed_on),
    )
    lines = list(near.order_by("pk"))
    codes = set(codes_in(operation.purpose))
    numbered = [
        line
        for line in lines
        if same_number(operation.number, line.number)
        and same_text(operation.payer_id, line.facts["payer_id"]) is not False
    ]
    alike = [
        line
        for line in lines
        if codes.intersection(line.codes.split())
        or same_text(operation.payer_id, line.facts["payer_id"])
        or same_text(operation.purpose, line.facts["purpose"])
    ]
    both = [line for line in numbered if line in alike]
    return both or list(dict.fromkeys([*numbered, *alike]))


def _hold(receipts: Iterable[StatementLine]) -> None:
    keys = [line.pk for line in receipts]
    StatementLine.objects.filter(pk__in=keys, state=LineState.UNMATCHED).exclude(
        doubt=Doubt.UNAPPROVED
    ).update(doubt=Doubt.TAKEN_BACK)


def _keep(operation: StatementOperation, reference: str, *, by: str, at: datetime) -> None:
    day, _is_new = Reconciliation.objects.get_or_create(
        provider=PROVIDER, day=operation.executed_on, defaults={"compared_at": at, "by": by}
    )
    detail = PAYMENT_TAKEN_BACK
    kind = DifferenceKind.REFUND_MISSING_THERE
    if operation.takes_back:
        kind = DifferenceKind.REFUND_MISSING_HERE
        is_known = StatementLine.objects.filter(fingerprint=reference).exists()
        detail = RECEIPT_TAKEN_BACK if is_known else UNKNOWN_TAKEN_BACK
    codes = codes_in(operation.purpose)
    difference, is_new = ReconciliationDifference.objects.get_or_create(
        provider=PROVIDER,
        kind=kind,
        reference=reference,
        defaults={
            "reconciliation": day,
            "invoice_id": codes[0] if codes else "",
            "amount_there": abs(operation.amount),
            "currency_there": operation.currency,
            "detail": detail,
            "found_at": at,
        },
    )
    if is_new:
        _record_found(day, difference, by=by, at=at)


def _record_found(
    day: Reconciliation, difference: ReconciliationDifference, *, by: str, at: datetime
) -> None:
    record(
        "money.reconciled",
        about=("reconciliation", str(day.pk)),
        facts={
            "day": day.day.isoformat(),
            "new": [f"{difference.kind} {difference.reference}"],
            "vanished": [],
        },
        by=by,
        at=at,
        clause="4.4",
    )
