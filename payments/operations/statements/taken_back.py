"""Receipts that the bank takes back (storno): each stands beside its receipt for a person (M1)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

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
from payments.rules.matching import Doubt

PROVIDER = "bank"
DAYS_BACK = timedelta(days=60)  # a bank corrects its own mistakes within days
RECEIPT_TAKEN_BACK = gettext_noop("The bank takes this receipt back.")
UNKNOWN_TAKEN_BACK = gettext_noop("The bank takes a receipt back, and does not say which.")
PAYMENT_TAKEN_BACK = gettext_noop("The bank returns a payment that went out.")


@transaction.atomic(savepoint=False)
def note_taken_back(
    operations: Iterable[tuple[str, StatementOperation]],
    file: StatementFile,
    *,
    by: str,
    at: datetime,
) -> None:
    """Keep a difference for each operation, under its own name or that of its one receipt.

    A receipt that may be meant and still waits is given to no order by itself. The same operation
    of an overlapping file adds nothing.
    """
    for fingerprint, operation in operations:
        if ReconciliationDifference.objects.filter(
            provider=PROVIDER, reference=fingerprint
        ).exists():
            continue
        receipts = _receipts_meant(operation, file) if operation.takes_back else []
        _hold(receipts)
        receipt = receipts[0] if len(receipts) == 1 else None
        _keep(operation, receipt.fingerprint if receipt else fingerprint, by=by, at=at)


def taken_back_of(line: StatementLine) -> ReconciliationDifference | None:
    """The difference that tells that the bank takes this receipt back."""
    return ReconciliationDifference.objects.filter(
        provider=PROVIDER,
        kind=DifferenceKind.REFUND_MISSING_HERE,
        reference=line.fingerprint,
    ).first()


def receipt_taken_back(difference: ReconciliationDifference) -> StatementLine | None:
    """The receipt that a difference of the bank is about."""
    if difference.provider != PROVIDER:
        return None
    return StatementLine.objects.filter(fingerprint=difference.reference).first()


def _receipts_meant(operation: StatementOperation, file: StatementFile) -> list[StatementLine]:
    """The receipts of this sum with the same number, or else with its payer, code or purpose."""
    near = StatementLine.objects.filter(
        file__account=file.account,
        amount=operation.amount,
        currency=operation.currency,
        documented_on__range=(operation.executed_on - DAYS_BACK, operation.executed_on),
    )
    lines = list(near.order_by("pk"))
    number = operation.number.lstrip("0")
    numbered = [line for line in lines if number and line.number.lstrip("0") == number]
    codes = set(codes_in(operation.purpose))
    return numbered or [
        line
        for line in lines
        if codes.intersection(line.codes.split())
        or (operation.payer_id and line.facts["payer_id"] == operation.payer_id)
        or (operation.purpose and line.facts["purpose"] == operation.purpose)
    ]


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
        record(
            "money.reconciled",
            about=("reconciliation", str(day.pk)),
            facts={
                "day": operation.executed_on.isoformat(),
                "new": [f"{difference.kind} {difference.reference}"],
                "vanished": [],
            },
            by=by,
            at=at,
            clause="4.4",
        )
