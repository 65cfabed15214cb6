"""The clock's jobs: each calls one operation and reports it, one line for each thing.

The first paragraph of a job's docstring is printed in the crontab and in its command's help.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from certificates.models import Certificate
from certificates.operations import issue_due_certificates, reopen_returned, watch_deadlines
from enrollment.operations.clarification.questions import confirm_questions_sent
from enrollment.operations.clarification.returns import reopen_returned_questions
from enrollment.operations.halves.requests import expire_halves
from enrollment.operations.halves.rests import remind_of_rests
from enrollment.operations.halves.suspensions import suspend_overdue
from enrollment.operations.ordering.orders import lapse_unpaid_orders
from enrollment.operations.training.enrollments import open_performance_deadlines
from offer_site.audit.nightly import audit_of_the_day
from offer_site.journal.operations import SYSTEM
from offer_site.journal.sealing import seal_journal as seal_the_journal
from offer_site.notices.incoming import read_mail as read_reports
from offer_site.notices.operations import send_due_notices
from offer_site.notices.outbox import MOST_AT_ONCE
from offer_site.signing import SigningKeyError
from offer_site.telegram.operations import handle_abandoned_updates, send_due_messages
from payments.operations.paying.hold_settling import settle_holds as settle_open_holds
from payments.operations.paying.links import cancel_links as cancel_open_links
from payments.operations.paying.messages import handle_unhandled_messages
from payments.operations.reconciliation.comparing import Listed, days_to_reconcile, reconcile
from payments.operations.reconciliation.differences import Kept, in_a_line
from payments.operations.reconciliation.kaspi_registry import (
    kaspi_days_to_reconcile,
    reconcile_kaspi,
)
from payments.operations.refunds.payouts import send_due_payouts
from payments.providers import CARD

log = logging.getLogger(__name__)

SENDING_FAILED = {"dead", "failed"}


@dataclass(frozen=True)
class Done:
    """One thing done, or one that needs a person, in one line."""

    line: str
    needs_a_person: bool = False


def handle_messages(at: datetime) -> Iterator[Done]:
    """Handle the providers' messages that a crash left, so that their money counts in time (M5).

    It runs before orders lapse.
    """
    for message, made in handle_unhandled_messages(at=at):
        if isinstance(made, Exception):
            yield Done(f"message {message} failed: {type(made).__name__}", needs_a_person=True)
        else:
            yield Done(f"message {message} handled: {made.outcome}")


def settle_holds(at: datetime) -> Iterator[Done]:
    """Take or release the money that a bank holds, before its orders lapse (4.3)."""
    for hold, settled in settle_open_holds(at=at):
        if isinstance(settled, Exception):
            yield Done(f"hold {hold} not settled: {settled}", needs_a_person=True)
        else:
            yield Done(f"hold {hold}: {settled.decision or 'ended'} {settled.reason}".rstrip())


def cancel_links(at: datetime) -> Iterator[Done]:
    """Cancel the payment links of orders that take no money any more (4.3)."""
    for payment, failure in cancel_open_links(at=at):
        if failure:
            yield Done(f"link of {payment} not cancelled: {failure}", needs_a_person=True)
        else:
            yield Done(f"link cancelled: {payment}")


def reconcile_payments(at: datetime) -> Iterator[Done]:
    """Compare the providers' lists with the ledger, and report every difference (M1).

    The card provider is asked for yesterday's list; Kaspi's comes as a registry, and its net sum by
    the bank's statement.
    """
    for day in days_to_reconcile(provider=CARD.slug, at=at):
        yield from _on_its_own(f"card of {day}", reconcile_day(CARD, day, at))
    for day in kaspi_days_to_reconcile(at=at):
        yield from _on_its_own(f"Kaspi of {day}", reconcile_kaspi_day(day, at))


def _on_its_own(what: str, done: Iterator[Done]) -> Iterator[Done]:
    """One failing day must not stop the others, nor another provider."""
    try:
        yield from done
    except Exception as error:
        log.exception("%s", what)
        yield Done(f"not reconciled, {what}: {type(error).__name__}", needs_a_person=True)


def reconcile_day(provider: Listed, day: date, at: datetime) -> Iterator[Done]:
    """Compare one day of a provider's list with the ledger; raises ProviderError."""
    yield from _said_of(reconcile(provider=provider, day=day, at=at, by=SYSTEM))


def reconcile_kaspi_day(day: date, at: datetime) -> Iterator[Done]:
    """Compare one day of Kaspi's registry with the ledger, if there is a registry."""
    kept = reconcile_kaspi(day=day, at=at)
    if kept is not None:
        yield from _said_of(kept)


def _said_of(kept: Kept) -> Iterator[Done]:
    known = [each for each in kept.standing if each not in kept.new]
    for each in kept.new:
        yield Done(f"difference: {in_a_line(each)}", needs_a_person=True)
    for each in known:
        yield Done(f"still differs: {in_a_line(each)}", needs_a_person=True)
    for each in kept.vanished:
        yield Done(f"differs no more: {in_a_line(each)}")
    run = kept.reconciliation
    yield Done(
        f"reconciled {run}: there {run.receipts_there} payments, {run.refunds_there} refunds, "
        f"{run.total_there}; "
        f"here {run.receipts_here}, {run.refunds_here}, {run.total_here}"
    )


def lapse_orders(at: datetime) -> Iterator[Done]:
    """Lapse the orders whose day ended without payment (4.3)."""
    for code in lapse_unpaid_orders(at=at):
        yield Done(f"order lapsed: {code}")


def confirm_questions(at: datetime) -> Iterator[Done]:
    """Start the terms of questions whose letter was sent, and stop those that came back (9.5)."""
    yield from _returned_questions(at)
    for key in confirm_questions_sent(at=at):
        yield Done(f"question sent: {key}")


def open_deadlines(at: datetime) -> Iterator[Done]:
    """Start the term of the certificate when the day of performance has come (9.1)."""
    for code in open_performance_deadlines(at=at):
        yield Done(f"deadline of 9.1 opened: {code}")


def read_mail(at: datetime) -> Iterator[Done]:
    """Read in the mailbox which letters came back; those do not count as sent (9.1, 9.5, 12.1)."""
    for read in read_reports(at=at):
        yield Done(str(read), read.needs_a_person)
    for order in reopen_returned(at=at):
        yield Done(f"certificate returned: {order}", needs_a_person=True)
    yield from _returned_questions(at)


def _returned_questions(at: datetime) -> Iterator[Done]:
    for key in reopen_returned_questions(at=at):
        yield Done(f"question returned: {key}", needs_a_person=True)


def issue_certificates(at: datetime) -> Iterator[Done]:
    """Issue the certificates that are due, and warn staff of terms that end or are over (9.1)."""
    told = set()
    for outcome in issue_due_certificates(at=at):
        told.add(outcome.number)
        detail = f": {outcome.detail}" if outcome.detail else ""
        yield Done(
            f"certificate {outcome.what}: {outcome.order} {outcome.number or '-'}{detail}",
            outcome.needs_a_person,
        )
    for apart in (
        Certificate.objects.set_apart().with_order().defer("record").exclude(number__in=told)
    ):
        order = apart.enrollment.order.code
        yield Done(
            f"certificate set apart: {order} {apart.number}: {apart.fail_reason}",
            needs_a_person=True,
        )
    watched = watch_deadlines(at=at)
    for owed in watched.near:
        yield Done(f"certificate due soon: {owed}")
    for owed in watched.overdue:
        yield Done(f"certificate late: {owed}", needs_a_person=True)


def send_refunds(at: datetime) -> Iterator[Done]:
    """Send the approved refunds that are due, and ask about those sent before (4.6)."""
    for sent in send_due_payouts(at=at):
        yield Done(str(sent), sent.needs_a_person)


def end_halves(at: datetime) -> Iterator[Done]:
    """End the proposals and agreements on halves whose time is over (4.3.1)."""
    # First the answers that a crash left: whoever agreed in time has agreed.
    yield from _handle_telegram(at)
    for code in expire_halves(at=at):
        yield Done(f"halves ended: {code}")


def remind(at: datetime) -> Iterator[Done]:
    """Remind of the rests that are due in 7, 3 or 1 days (4.3.1)."""
    for code, days in remind_of_rests(at=at):
        yield Done(f"reminded of the rest: {code}, {days} days before")


def suspend(at: datetime) -> Iterator[Done]:
    """Suspend access where the day of the rest ended unpaid (4.3.1)."""
    for code in suspend_overdue(at=at):
        yield Done(f"access suspended: {code}")


def send_telegram(at: datetime) -> Iterator[Done]:
    """Handle Telegram updates that a crash left, and send all due messages to students (4.3.1)."""
    yield from _handle_telegram(at)
    for outcome in send_due_messages(at=at):
        yield Done(str(outcome), outcome.result in SENDING_FAILED)


def _handle_telegram(at: datetime) -> Iterator[Done]:
    for number, error in handle_abandoned_updates(at=at):
        failed = f" failed: {type(error).__name__}" if error else " handled"
        yield Done(f"telegram update {number}{failed}", needs_a_person=error is not None)


def seal_journal(at: datetime) -> Iterator[Done]:
    """Seal the journal of the day under one signed root, and mail it to the owner (A5)."""
    try:
        seal, is_new = seal_the_journal(at=at)
    except SigningKeyError as no_key:
        yield Done(f"journal not sealed: {no_key}", needs_a_person=True)
    else:
        if is_new:
            yield Done(
                f"journal sealed: No. {seal.number}, {seal.chains} chains, {seal.rows} rows, root "
                f"{seal.root}"
            )


def send_notices(at: datetime, *, limit: int = MOST_AT_ONCE) -> Iterator[Done]:
    """Send every letter that is due: those that a task lost, and those to be tried again (12.1)."""
    for outcome in send_due_notices(at=at, limit=limit):
        yield Done(str(outcome), outcome.result in SENDING_FAILED)


def nightly_audit(at: datetime) -> Iterator[Done]:
    """Check once a day everything that must never be false, and keep the findings for staff."""
    answers = audit_of_the_day(at=at)
    for answer in answers:
        if answer.found:
            yield Done(f"false: {answer}", needs_a_person=True)
    if answers:
        yield Done(
            f"audited: {len(answers)} lines, {sum(answer.found for answer in answers)} things false"
        )
