"""A payout that a person recorded and that did not leave so: a counter-entry by two (M3, M12).

The payout is owed again, and the one who was told of it is told of the mistake.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from offer_site.accounts.models import User
from offer_site.days import almaty_day
from offer_site.documents import Document, kept
from offer_site.errors import RuleViolation
from offer_site.journal.operations import Line, actor, record_lines
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import queue_notice
from payments.models import (
    KaspiRow,
    LedgerCorrection,
    LedgerEntry,
    PayoutState,
    ProviderMessage,
    RefundPayout,
)
from payments.operations.ledger.corrections import (
    counter_entry_of,
    decidable_by,
    propose_to_correct,
)
from payments.providers import refunder_of

from .cases import about, chain
from .sums import RefundSubject, lock_case

WRONGLY_RECORDED = gettext_noop("It was recorded as paid, and that entry was wrong.")


def propose_payout_correction(
    *, entry: LedgerEntry, reason: str, document: Document, by: User, at: datetime
) -> LedgerCorrection:
    """Propose to reverse a refund that a person recorded; another person approves it (M12).

    Raises RuleViolation when no person recorded it, when its provider tells of it too, or when a
    correction of it is known.
    """
    with kept(document, under="corrections") as stored, transaction.atomic():
        payout = _require_recorded_by_hand(entry)
        subject = lock_case(payout.case_id)
        _require_recorded_by_hand(entry)
        correction = LedgerCorrection(
            entry=entry, reason=reason, entered_by=actor(by), entered_at=at, **stored
        )
        propose_to_correct(correction)
        _record("refund.correction_proposed", correction, subject, by=by, at=at)
    return correction


@transaction.atomic
def approve_payout_correction(
    *, correction: LedgerCorrection, by: User, at: datetime
) -> LedgerEntry:
    """Write the counter-entry that another person proposed; the payout is owed again (M3, M12).

    Raises RuleViolation as `propose_payout_correction`, when it is decided already, and when the
    same person proposed it.
    """
    entry = correction.entry
    payout = _require_recorded_by_hand(entry)
    subject = lock_case(payout.case_id)
    payout = _require_recorded_by_hand(entry)
    correction = decidable_by(correction, by=by)
    counter = counter_entry_of(entry, at=at)
    can_be_sent = refunder_of(payout.receipt.provider) is not None
    payout.state = PayoutState.FAILED if can_be_sent else PayoutState.BY_HAND
    payout.refund = None
    payout.reference = ""
    payout.document = ""
    payout.done_at = None
    payout.done_by = None
    payout.last_error = WRONGLY_RECORDED
    payout.save()
    correction.approve(by=actor(by), at=at)
    _record("refund.corrected", correction, subject, by=by, at=at)
    _tell(subject, correction, at=at)
    return counter


def payout_by_hand(entry: LedgerEntry) -> RefundPayout | None:
    """The payout that a person recorded as this refund; None for any other entry."""
    return (
        RefundPayout.objects.filter(refund=entry, done_by__isnull=False)
        .select_related("receipt")
        .first()
    )


def _require_recorded_by_hand(entry: LedgerEntry) -> RefundPayout:
    payout = payout_by_hand(entry)
    if payout is None:
        raise RuleViolation(
            _("Only a payout that a person recorded is corrected, and only once."), clause="4.6"
        )
    messages = ProviderMessage.objects.filter(provider=entry.provider, reference=entry.reference)
    in_registry = KaspiRow.objects.filter(txn_id=entry.reference)
    if messages.exists() or (entry.provider == "kaspi" and in_registry.exists()):
        raise RuleViolation(
            _("The payment system itself tells of this refund: the money left."), clause="4.6"
        )
    return payout


def _tell(subject: RefundSubject, correction: LedgerCorrection, *, at: datetime) -> None:
    """Tell whoever read that the money left that it did not leave so, and is still owed."""
    case = subject.case
    entry = correction.entry
    if case.answer_to:
        queue_notice(
            NoticeKind.REFUND_CORRECTED,
            about=about(case),
            to=case.answer_to,
            language=case.language,
            order=chain(case),
            occasion=f"correction {correction.pk}",
            at=at,
            facts={
                "case": case.number,
                "subject": case.subject,
                "amount": str(entry.amount),
                "sent_on": almaty_day(entry.happened_at).isoformat(),
                "reference": entry.reference,
            },
        )


def _record(
    verb: str, correction: LedgerCorrection, subject: RefundSubject, *, by: User, at: datetime
) -> None:
    entry = correction.entry
    facts = {
        "case": subject.case.number,
        "reference": entry.reference,
        "amount": str(entry.amount),
        "reason": correction.reason,
        "document": correction.document_sha256,
    }
    line = Line(verb, ("refund", f"{entry.provider} {entry.reference}"[:64]), facts, "4.6")
    record_lines([line], order=chain(subject.case), by=actor(by), at=at)
