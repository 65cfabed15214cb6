"""Payouts of refunds: taken by a lease, asked for outside any transaction, never paid twice (4.6).

If a process dies in the middle, the next one asks the provider what was given back before it
repeats the request. For an hour the provider takes the same request id as the same refund; after
that a new id is saved, and only when the provider reports nothing given back.
"""

import logging
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from offer_site.accounts.models import User
from offer_site.days import almaty_day, start_of_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import SYSTEM, Line, actor, record_lines
from offer_site.leases import Clock, Pauses, held, sweep, take_within
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import queue_notice
from offer_site.notices.outbox import described
from offer_site.retries import once_more_if_beaten
from payments.models import (
    LedgerEntry,
    Outcome,
    PayoutState,
    RefundGround,
    RefundPayout,
)
from payments.operations.ledger.bounds import marked_if_taken, require_day
from payments.operations.ledger.refunds import record_refund
from payments.providers import refunder_of
from payments.providers.base import CanRefund, ProviderError, RefundMade

from .cases import about, chain, link_ground
from .sums import RefundSubject, lock_case, refunded_of

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)  # a provider may take five to answer
# The provider remembers a request id for an hour; the rest allows for the difference of clocks.
A_NUMBER_IS_GOOD_FOR = timedelta(minutes=45)
CLOCKS_DIFFER = timedelta(minutes=5)
PAUSES = Pauses(first=timedelta(minutes=1), longest=timedelta(hours=1))
WENT_ELSEWHERE = gettext_noop(
    "The money went back another way meanwhile. Record that as this payout."
)
KNOWN_OTHERWISE = gettext_noop("The bank's number is in the ledger already, as another refund.")
NOON = timedelta(hours=12)  # a payment order has a day and no hour


@dataclass(frozen=True)
class PayoutResult:
    """The result of sending one payout: `paid`, `postponed` or `failed`."""

    payout: int
    case: str
    result: str
    error_text: str = ""

    @property
    def needs_a_person(self) -> bool:
        return self.result == "failed"

    def __str__(self) -> str:
        return f"refund {self.case} {self.result}{': ' if self.error_text else ''}{self.error_text}"


class LeaseLostError(Exception):
    """Another process took the payout over."""


def send_due_payouts(*, at: datetime) -> list[PayoutResult]:
    """Ask for every payout that is due; a failure does not stop the others."""
    due = RefundPayout.objects.due(at).select_related("case").order_by("pk")
    return sweep(
        due,
        lambda payout, now: send_payout(payout_id=payout.pk, at=now),
        failed=lambda payout, error: PayoutResult(
            payout.pk, payout.case.number, "failed", described(error)
        ),
        at=at,
    )


def send_payout(*, payout_id: int, at: datetime) -> PayoutResult | None:
    """Ask the provider for one payout; None when it is not due or another process is asking.

    Talks to the network, outside any transaction.
    """
    clock = Clock(at)
    claimed = _claim(payout_id, at=at)
    if claimed is None:
        return None
    payout, was_asked = claimed
    provider = refunder_of(payout.receipt.provider)
    try:
        if provider is None:
            raise ProviderError("the provider gives nothing back when asked", retry=False)
        made = _already_made(payout, provider) if was_asked else None
        made = made or _ask(payout, provider, clock=clock)
    except LeaseLostError:
        return None
    except ProviderError as error:
        error_text = str(error)[:300]
        return (
            _postpone(payout, error_text, at=clock.now())
            if error.retry
            else _fail(payout, error_text, at=clock.now())
        )
    except Exception as error:  # not known whether it was made: the next attempt asks first
        log.exception("payout %s", payout_id)
        return _postpone(payout, described(error)[:300], at=clock.now())
    return settle_payout(payout_id=payout.pk, made=made, by=None, at=clock.now())


def _claim(payout_id: int, *, at: datetime) -> tuple[RefundPayout, bool] | None:
    """Take a payout by a lease and save its request's id before anything is sent.

    None when it is not due, is taken, or the money went back otherwise.
    """
    # Durable: it refuses to run inside another transaction, as asking must not.
    with transaction.atomic(durable=True):
        known = RefundPayout.objects.due(at).filter(pk=payout_id).first()
        if known is None:
            return None
        subject = lock_case(known.case_id)
        # The wait for the lock may have been long: read anew.
        payout = RefundPayout.objects.due(at).filter(pk=payout_id).first()
        if payout is None:
            return None
        was_asked = payout.sent_at is not None
        others = RefundPayout.objects.filter(
            receipt=payout.receipt_id, state=PayoutState.ASKED
        ).exclude(pk=payout_id)
        # The answer to another payout of the same receipt would be taken for this one's.
        if others.exists():
            return None
        receipt = subject.receipts[payout.receipt_id]
        if not was_asked and _went_elsewhere(payout, receipt):
            _mark_failed(subject, payout, WENT_ELSEWHERE, at=at)
            return None
        is_taken = take_within(
            RefundPayout.objects.due(at).filter(pk=payout_id),
            at=at,
            lease=LEASE,
            state=PayoutState.ASKED,
            request_id=payout.request_id or str(uuid.uuid4()),
            sent_at=payout.sent_at or at,
        )
        if not is_taken:
            return None
        if not was_asked:
            _record(
                subject,
                [Line("refund.asked", about(subject.case), _facts(payout), "4.6")],
                by=SYSTEM,
                at=at,
            )
    return RefundPayout.objects.select_related("receipt", "case").get(pk=payout_id), was_asked


def _went_elsewhere(payout: RefundPayout, receipt: LedgerEntry) -> bool:
    """True when the ledger shows this payout already, or too little is left for it (M8)."""
    refunds = LedgerEntry.objects.without_ground().filter(
        provider=receipt.provider, refunds_reference=receipt.reference, amount=payout.amount
    )
    return refunds.exists() or refunded_of(receipt) + payout.amount > receipt.amount


def _already_made(payout: RefundPayout, provider: CanRefund) -> RefundMade | None:
    """A refund in the provider's list that can only be this payout: later, equal, without a ground.

    A refund that a person made in the provider's cabinet meanwhile is taken for it too, so that
    nobody is paid twice.
    """
    receipt = payout.receipt
    of_it = RefundGround.objects.filter(
        entry__provider=receipt.provider,
        entry__refunds_reference=receipt.reference,
        entry__corrections=None,
    )
    explained = set(of_it.values_list("entry__reference", flat=True))
    since = payout.opened_at - CLOCKS_DIFFER
    for made in provider.refunds_of(receipt.reference):
        if (
            made.amount == payout.amount
            and made.made_at >= since
            and made.reference not in explained
        ):
            return made
    return None


def _ask(payout: RefundPayout, provider: CanRefund, *, clock: Clock) -> RefundMade:
    """Ask for the money under a request id that the provider still remembers, or under a new id."""
    at = clock.now()
    if payout.sent_at and at - payout.sent_at > A_NUMBER_IS_GOOD_FOR:
        number = str(uuid.uuid4())
        if not _owned(payout).update(request_id=number, sent_at=at):
            raise LeaseLostError
        payout.request_id = number
        payout.sent_at = at
    reference = provider.refund(
        payout.receipt.reference, payout.amount, request_id=payout.request_id
    )
    return RefundMade(reference, payout.amount, clock.now())


@once_more_if_beaten
@transaction.atomic
def settle_payout(
    *, payout_id: int, made: RefundMade, by: User | None, at: datetime, document: str = ""
) -> PayoutResult:
    """Record a payout that left: its entry, its ground, the customer's letter; safe twice."""
    subject = lock_case(RefundPayout.objects.values_list("case", flat=True).get(pk=payout_id))
    payout = (
        RefundPayout.objects.select_for_update(of=("self",))
        .select_related("receipt")
        .get(pk=payout_id)
    )
    case = subject.case
    receipt = payout.receipt
    if payout.state == PayoutState.DONE:
        return PayoutResult(payout.pk, case.number, "paid", payout.reference)
    outcome = record_refund(
        provider=receipt.provider,
        reference=made.reference,
        refunds_reference=receipt.reference,
        amount=payout.amount,
        happened_at=made.made_at,
        currency=receipt.currency,
        invoice_id=receipt.invoice_id,
        at=at,
    )
    entry = LedgerEntry.objects.refunds().get(provider=receipt.provider, reference=made.reference)
    ground = RefundGround.objects.filter(entry=entry).first()
    if outcome == Outcome.CONFLICT or ground is not None:
        _mark_failed(subject, payout, KNOWN_OTHERWISE, at=at, reference=made.reference)
        return PayoutResult(payout.pk, case.number, "failed", payout.last_error)
    payout.state = PayoutState.DONE
    payout.reference = made.reference
    payout.refund = entry
    payout.document = document
    payout.done_at = at
    payout.done_by = by
    payout.lease_until = None
    payout.last_error = ""
    payout.save()
    who = actor(by) if by else SYSTEM
    link_ground(entry=entry, case=case, by=who, at=at)
    facts = _facts(payout) | {"reference": made.reference}
    _record(subject, [Line("refund.made", about(case), facts, "4.6")], by=who, at=at)
    _tell(subject, payout, entry, at=at)
    return PayoutResult(payout.pk, case.number, "paid", made.reference)


@transaction.atomic
def record_payout_by_hand(
    *, payout: RefundPayout, reference: str, paid_on: date, document: str, by: User, at: datetime
) -> RefundPayout:
    """Record a payout made by a person at the bank or in the provider's cabinet (M12).

    Raises RuleViolation when the day lies ahead, the payout is paid or being asked for, or the
    number is of another refund.
    """
    if paid_on > almaty_day(at):
        raise RuleViolation(
            _("The money cannot have left on a day that is still ahead."), field="paid_on"
        )
    lock_case(payout.case_id)
    payout = (
        RefundPayout.objects.select_for_update(of=("self",))
        .select_related("receipt")
        .get(pk=payout.pk)
    )
    came_on = almaty_day(payout.receipt.happened_at)
    require_day(paid_on, field="paid_on", not_before=came_on, by=by, at=at, clause="4.6")
    if payout.state not in (PayoutState.BY_HAND, PayoutState.FAILED):
        raise RuleViolation(
            _("This payout is paid already, or its provider is being asked."), field="payout"
        )
    reference = _free_reference(payout.receipt.provider, reference)
    known = (
        LedgerEntry.objects.refunds()
        .filter(provider=payout.receipt.provider, reference=reference)
        .first()
    )
    if known and (
        RefundGround.objects.filter(entry=known).exists()
        or (known.amount, known.refunds_reference) != (payout.amount, payout.receipt.reference)
    ):
        raise RuleViolation(
            _("This number is known already, of another refund."), field="reference"
        )
    made = RefundMade(reference, payout.amount, start_of_day(paid_on) + NOON)
    settle_payout(payout_id=payout.pk, made=made, by=by, at=at, document=document)
    payout.refresh_from_db()
    return payout


def _free_reference(provider: str, reference: str) -> str:
    """The number of a payout by hand; one whose entry was corrected gets a mark behind it.

    The ledger keeps the wrong entry for ever, and a reference names one refund.
    """
    wrong = LedgerEntry.objects.refunds().filter(provider=provider, corrections__isnull=False)
    return marked_if_taken(
        reference, most=80, is_taken=lambda each: wrong.filter(reference=each).exists()
    )


@transaction.atomic
def send_payout_again(*, payout: RefundPayout, by: User, at: datetime) -> RefundPayout:
    """Return a refused payout to the clock; the provider is first asked whether it was made."""
    subject = lock_case(payout.case_id)
    payout = (
        RefundPayout.objects.select_for_update(of=("self",))
        .select_related("receipt")
        .get(pk=payout.pk)
    )
    if payout.state != PayoutState.FAILED or refunder_of(payout.receipt.provider) is None:
        raise RuleViolation(
            _("Only a payout that its provider refused can be sent again."), field="payout"
        )
    payout.state = PayoutState.WAITING
    payout.next_attempt_at = at
    payout.attempts = 0
    payout.reference = ""
    payout.save()
    _record(
        subject,
        [Line("refund.sent_again", about(subject.case), _facts(payout), "4.6")],
        by=actor(by),
        at=at,
    )
    return payout


def _owned(payout: RefundPayout) -> QuerySet[RefundPayout]:
    """The payout while it is asked for and this process holds its lease."""
    return held(payout).filter(state=PayoutState.ASKED)


def _postpone(payout: RefundPayout, error_text: str, *, at: datetime) -> PayoutResult:
    """Try again later, after a longer pause each time."""
    next_attempt_at = at + PAUSES.after(payout.attempts)
    _owned(payout).update(next_attempt_at=next_attempt_at, lease_until=None, last_error=error_text)
    log.warning("payout %s waits for another attempt: %s", payout.pk, error_text)
    return PayoutResult(payout.pk, payout.case.number, "postponed", error_text)


@transaction.atomic
def _fail(payout: RefundPayout, error_text: str, *, at: datetime) -> PayoutResult:
    """Leave to a person a payout that its provider refused."""
    subject = lock_case(payout.case_id)
    if _owned(payout).update(state=PayoutState.FAILED, lease_until=None, last_error=error_text):
        _record(
            subject,
            [Line("refund.failed", about(subject.case), _facts(payout), "4.6")],
            by=SYSTEM,
            at=at,
        )
    log.error("payout %s is refused: %s", payout.pk, error_text)
    return PayoutResult(payout.pk, payout.case.number, "failed", error_text)


def _mark_failed(
    subject: RefundSubject,
    payout: RefundPayout,
    error_text: str,
    *,
    at: datetime,
    reference: str = "",
) -> None:
    payout.state = PayoutState.FAILED
    payout.last_error = error_text
    payout.lease_until = None
    payout.reference = reference
    payout.save(update_fields=["state", "last_error", "lease_until", "reference"])
    _record(
        subject,
        [Line("refund.failed", about(subject.case), _facts(payout), "4.6")],
        by=SYSTEM,
        at=at,
    )
    log.error("payout %s needs a person: %s", payout.pk, error_text)


def _tell(
    subject: RefundSubject, payout: RefundPayout, entry: LedgerEntry, *, at: datetime
) -> None:
    """Tell the customer that money left, how much, and under which number."""
    case = subject.case
    if case.answer_to:
        queue_notice(
            NoticeKind.REFUND_SENT,
            about=about(case),
            to=case.answer_to,
            language=case.language,
            order=chain(case),
            # A payout whose entry was corrected leaves again, as another refund.
            occasion=f"payout {payout.pk} by {entry.pk}",
            at=at,
            facts={
                "case": case.number,
                "subject": case.subject,
                "amount": str(payout.amount),
                "sent_on": almaty_day(entry.happened_at).isoformat(),
                "reference": entry.reference,
            },
        )


def _facts(payout: RefundPayout) -> dict[str, str | int]:
    return {"payout": payout.pk, "amount": str(payout.amount)}


def _record(subject: RefundSubject, lines: list[Line], *, by: str, at: datetime) -> None:
    record_lines(lines, order=chain(subject.case), by=by, at=at)
