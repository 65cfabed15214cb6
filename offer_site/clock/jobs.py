"""The clock's jobs: each calls one operation and yields a line for each thing done.

The first paragraph of a job's docstring is printed in the crontab and in its command's help.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import chain

from certificates.models import Certificate
from certificates.operations import (
    issue_due_certificates,
    reopen_returned,
    sweep_orphans,
    watch_deadlines,
)
from enrollment.operations.claims.documents import close_document_requests
from enrollment.operations.clarification.questions import ask_for_gaps, confirm_questions_sent
from enrollment.operations.clarification.returns import reopen_returned_questions
from enrollment.operations.endings.proposals import end_agreed_contracts
from enrollment.operations.force_majeure.events import call_for_talks
from enrollment.operations.halves.requests import expire_halves
from enrollment.operations.halves.rests import remind_of_rests
from enrollment.operations.halves.suspensions import suspend_overdue
from enrollment.operations.offering.edition_answers import record_silence, refute_silence
from enrollment.operations.offering.holders import tell_of_editions
from enrollment.operations.offering.waiting import forget_old, tell_of_sales
from enrollment.operations.ordering.orders import lapse_unpaid_orders
from enrollment.operations.ordering.pay_today import remind_to_pay_today
from enrollment.operations.terms.reviews import propose_new_days as propose_days
from enrollment.operations.terms.watching import watch_terms as tell_of_terms
from enrollment.operations.training.enrollments import open_performance_deadlines
from enrollment.operations.training.groups import keep_groups as keep_all_groups
from enrollment.operations.training.reminders import tell_of_beginnings, tell_of_lessons
from offer_site.attempts.operations import clear_ended
from offer_site.attempts.tries import clear_tries
from offer_site.audit.nightly import audit_of_the_day
from offer_site.correspondence.cohort_letters import send_cohort_letters as send_to_cohorts
from offer_site.correspondence.receiving import RegisterKeeper
from offer_site.correspondence.unread import may_have_unread
from offer_site.days import almaty_day
from offer_site.encryption import left_unfinished
from offer_site.journal.operations import SYSTEM
from offer_site.journal.sealing import seal_journal as seal_the_journal
from offer_site.notices.incoming import MailboxError
from offer_site.notices.incoming import read_mail as read_reports
from offer_site.notices.models import SendingStop
from offer_site.notices.operations import send_due_notices
from offer_site.notices.outbox import MOST_AT_ONCE
from offer_site.notices.spool import read_spool
from offer_site.retention.classes import TRIES_KEPT_DAYS
from offer_site.retention.erasing import Erased, delete_files, erase_due, erase_of_no_order
from offer_site.retention.models import ErasedFile
from offer_site.retention.wishes import carry_out_wishes, erase_as_wished
from offer_site.signing import SigningKeyError
from offer_site.telegram.groups import send_due_invites
from offer_site.telegram.operations import handle_abandoned_updates, send_due_messages
from payments.operations.books.invoice_papers import sweep_invoice_papers
from payments.operations.paying.hold_settling import settle_holds as settle_open_holds
from payments.operations.paying.links import cancel_links as cancel_open_links
from payments.operations.paying.messages import handle_unhandled_messages
from payments.operations.paying.under_way import is_under_way
from payments.operations.reconciliation.comparing import Listed, days_to_reconcile, reconcile
from payments.operations.reconciliation.differences import ComparedDay, in_a_line
from payments.operations.reconciliation.kaspi_registry import (
    kaspi_days_to_reconcile,
    reconcile_kaspi,
)
from payments.operations.refunds.payouts import send_due_payouts
from payments.providers import CARD

from .leftovers import KINDS, RowsAreMissingError, leftovers

log = logging.getLogger(__name__)

SENDING_FAILED = {"dead", "failed"}


@dataclass(frozen=True)
class JobResult:
    """One line about a thing done, or about one that needs a person."""

    line: str
    needs_a_person: bool = False
    # The job itself could not do this: staff see it in "Needs attention" until a run succeeds.
    failed: bool = False


def failure(line: str) -> JobResult:
    return JobResult(line, needs_a_person=True, failed=True)


def handle_messages(at: datetime) -> Iterator[JobResult]:
    """Handle the providers' messages that a crash left, so that their money counts in time (M5).

    It runs before orders lapse.
    """
    for message, result in handle_unhandled_messages(at=at):
        if isinstance(result, Exception):
            yield failure(f"message {message.name} failed: {type(result).__name__}")
        else:
            yield JobResult(f"message {message.name} handled: {result.outcome}")


def settle_holds(at: datetime) -> Iterator[JobResult]:
    """Take or release the money that a bank holds, before its orders lapse (4.3)."""
    for hold, settled in settle_open_holds(at=at):
        if isinstance(settled, Exception):
            yield failure(f"hold {hold.name} not settled: {settled}")
        else:
            yield JobResult(
                f"hold {hold.name}: {settled.decision or 'ended'} {settled.reason}".rstrip()
            )


def cancel_links(at: datetime) -> Iterator[JobResult]:
    """Cancel the payment links of orders that take no money any more (4.3)."""
    for payment, refusal in cancel_open_links(at=at):
        if refusal:
            yield failure(f"link of {payment} not cancelled: {refusal}")
        else:
            yield JobResult(f"link cancelled: {payment}")


def reconcile_payments(at: datetime) -> Iterator[JobResult]:
    """Compare the providers' lists with the ledger, and report every difference (M1).

    The card provider is asked for yesterday's list; Kaspi's comes as a registry, and its net sum by
    the bank's statement.
    """
    for day in days_to_reconcile(provider=CARD.slug, at=at):
        yield from _on_its_own(f"card of {day}", reconcile_day(CARD, day, at))
    for day in kaspi_days_to_reconcile(at=at):
        yield from _on_its_own(f"Kaspi of {day}", reconcile_kaspi_day(day, at))


def _on_its_own(what: str, done: Iterator[JobResult]) -> Iterator[JobResult]:
    """One failing day must not stop the others, nor another provider."""
    try:
        yield from done
    except Exception as error:
        log.exception("%s", what)
        yield failure(f"not reconciled, {what}: {type(error).__name__}")


def reconcile_day(provider: Listed, day: date, at: datetime) -> Iterator[JobResult]:
    """Compare one day of a provider's list with the ledger; raises ProviderError."""
    yield from _results_of(reconcile(provider=provider, day=day, at=at, by=SYSTEM))


def reconcile_kaspi_day(day: date, at: datetime) -> Iterator[JobResult]:
    """Compare one day of Kaspi's registry with the ledger; nothing without a registry."""
    compared = reconcile_kaspi(day=day, at=at)
    if compared is not None:
        yield from _results_of(compared)


def _results_of(compared: ComparedDay) -> Iterator[JobResult]:
    known = [each for each in compared.standing if each not in compared.new]
    for each in compared.new:
        yield JobResult(f"difference: {in_a_line(each)}", needs_a_person=True)
    for each in known:
        yield JobResult(f"still differs: {in_a_line(each)}", needs_a_person=True)
    for each in compared.vanished:
        yield JobResult(f"differs no more: {in_a_line(each)}")
    run = compared.reconciliation
    yield JobResult(
        f"reconciled {run.name}: there {run.receipts_there} payments, {run.refunds_there} refunds, "
        f"{run.total_there}; "
        f"here {run.receipts_here}, {run.refunds_here}, {run.total_here}"
    )


def lapse_orders(at: datetime) -> Iterator[JobResult]:
    """Lapse the orders whose day ended without payment (4.3)."""
    for code in lapse_unpaid_orders(at=at):
        yield JobResult(f"order lapsed: {code}")


def confirm_questions(at: datetime) -> Iterator[JobResult]:
    """Start the deadlines of questions that were sent, and stop those that came back (9.5)."""
    yield from _returned_questions(at)
    for key in confirm_questions_sent(at=at):
        yield JobResult(f"question sent: {key}")


def call_to_talk(at: datetime) -> Iterator[JobResult]:
    """Tell both sides of a force majeure that lasts longer than a month (8.6)."""
    for event in call_for_talks(at=at):
        yield JobResult(f"force majeure {event.pk} lasts longer than a month", needs_a_person=True)


def end_document_requests(at: datetime) -> Iterator[JobResult]:
    """End the terms to send documents: their claims are decided on what there is (10.2.4)."""
    for claim in close_document_requests(at=at):
        yield JobResult(f"documents of claim {claim.pk} did not come")


def open_deadlines(at: datetime) -> Iterator[JobResult]:
    """Open the deadline of the certificate when the day of performance has come (9.1)."""
    for code in open_performance_deadlines(at=at):
        yield JobResult(f"deadline of 9.1 opened: {code}")


def propose_new_days(at: datetime) -> Iterator[JobResult]:
    """Propose new days for the terms that a changed calendar counts otherwise (D1)."""
    for day in propose_days(at=at):
        yield JobResult(f"new day proposed: {day}", needs_a_person=True)


def watch_terms(at: datetime) -> Iterator[JobResult]:
    """Warn of the terms that end by the next working day, and tell of those that are over (D2)."""
    for told in tell_of_terms(at=at):
        if told.is_over:
            yield JobResult(f"term over: {told}", needs_a_person=True)
        else:
            yield JobResult(f"term ends soon: {told}")


def read_mail(at: datetime) -> Iterator[JobResult]:
    """Read which notices came back, which do not count as sent, and what people wrote (12.1)."""
    keeper = RegisterKeeper()
    try:
        for read in chain(read_spool(at=at, keeper=keeper), read_reports(at=at, keeper=keeper)):
            yield failure(str(read)) if read.needs_a_person else JobResult(str(read))
    except MailboxError as error:  # a line of its own says so to staff; what came back is known
        log.warning("the mailbox cannot be read: %s", error)
        yield JobResult(f"mailbox not read: {error}", needs_a_person=True)
    for order in reopen_returned(at=at):
        yield JobResult(f"certificate returned: {order}", needs_a_person=True)
    yield from _returned_questions(at)


def _returned_questions(at: datetime) -> Iterator[JobResult]:
    for key in reopen_returned_questions(at=at):
        yield JobResult(f"question returned: {key}", needs_a_person=True)


def issue_certificates(at: datetime) -> Iterator[JobResult]:
    """Issue the certificates that are due; warn staff of deadlines near or over (9.1)."""
    numbers = set()
    for outcome in issue_due_certificates(at=at):
        numbers.add(outcome.number)
        detail = f": {outcome.detail}" if outcome.detail else ""
        yield JobResult(
            f"certificate {outcome.what}: {outcome.order} {outcome.number or '-'}{detail}",
            outcome.needs_a_person,
        )
    for apart in (
        Certificate.objects.set_apart().with_order().defer("record").exclude(number__in=numbers)
    ):
        order = apart.enrollment.order.code
        yield JobResult(
            f"certificate set apart: {order} {apart.number}: {apart.fail_reason}",
            needs_a_person=True,
        )
    watched = watch_deadlines(at=at)
    for owed in watched.near:
        yield JobResult(f"certificate due soon: {owed}")
    for owed in watched.overdue:
        yield JobResult(f"certificate late: {owed}", needs_a_person=True)


def send_refunds(at: datetime) -> Iterator[JobResult]:
    """Send the approved refunds that are due, and ask about those sent before (4.6)."""
    for sent in send_due_payouts(at=at):
        yield JobResult(str(sent), sent.needs_a_person)


def end_halves(at: datetime) -> Iterator[JobResult]:
    """End the proposals and agreements on halves whose time is over (4.3.1)."""
    # First the answers that a crash left: whoever agreed in time has agreed.
    yield from _handle_telegram(at)
    for code in expire_halves(at=at):
        yield JobResult(f"halves ended: {code}")


def remind(at: datetime) -> Iterator[JobResult]:
    """Remind of the rests that are due in 7, 3 or 1 days, or today (4.3.1)."""
    for code, days in remind_of_rests(at=at):
        yield JobResult(f"reminded of the rest: {code}, {days} days before")


def remind_of_payment(at: datetime) -> Iterator[JobResult]:
    """Remind of the orders that lapse tonight, two hours before the end of their day (4.3)."""
    for code in remind_to_pay_today(at=at, is_under_way=partial(is_under_way, at=at)):
        yield JobResult(f"reminded to pay today: {code}")


def tell_of_courses(at: datetime) -> Iterator[JobResult]:
    """Tell students of a course that begins in a week or tomorrow, and of lessons today (7.2.3)."""
    for code, days in tell_of_beginnings(at=at):
        yield JobResult(f"told of the course: {code}, {days} days before")
    for code, lesson in tell_of_lessons(at=at):
        yield JobResult(f"told of the lesson {lesson}: {code}")


def ask_addresses(at: datetime) -> Iterator[JobResult]:
    """Ask for home addresses that were not told and are needed for a certificate soon (9.5)."""
    for key in ask_for_gaps(at=at):
        yield JobResult(f"asked for the home address: {key}")


def tell_of_opened_sales(at: datetime) -> Iterator[JobResult]:
    """Write one letter to those who wait for sales that are open, and erase their e-mails (5.3).

    Who waited a year in vain is erased without one.
    """
    for number in tell_of_sales(at=at):
        yield JobResult(f"told of open sales: {number}")
    old = forget_old(at=at)
    if old:
        yield JobResult(f"erased from the waiting list: {old}")


def suspend(at: datetime) -> Iterator[JobResult]:
    """Suspend access where the day of the rest ended unpaid (4.3.1)."""
    for code in suspend_overdue(at=at):
        yield JobResult(f"access suspended: {code}")


def end_contracts(at: datetime) -> Iterator[JobResult]:
    """End the contracts whose agreed day has come; proposals without an answer lapse (12.4)."""
    for code in end_agreed_contracts(at=at):
        yield JobResult(f"contract ended by agreement: {code}")


def keep_groups(at: datetime) -> Iterator[JobResult]:
    """Invite students with access to the group of their cohort; put out those without (11.5)."""
    for code, done in keep_all_groups(at=at):
        yield JobResult(f"group: {code} {done}")


def send_telegram(at: datetime) -> Iterator[JobResult]:
    """Handle Telegram updates that a crash left; send what is due to chats and groups (4.3.1)."""
    yield from _handle_telegram(at)
    for done in send_due_invites(at=at):
        yield JobResult(str(done), done.result in SENDING_FAILED)
    for outcome in send_due_messages(at=at):
        yield JobResult(str(outcome), outcome.result in SENDING_FAILED)


def _handle_telegram(at: datetime) -> Iterator[JobResult]:
    for number, error in handle_abandoned_updates(at=at):
        line = f"telegram update {number}"
        if error:
            yield failure(f"{line} failed: {type(error).__name__}")
        else:
            yield JobResult(f"{line} handled")


def tell_editions(at: datetime) -> Iterator[JobResult]:
    """Tell contract holders of a later edition, and take silence until its day as consent (12.2.1).

    Some hundreds a run; their letters leave at the pace of the outbox.
    """
    for told in tell_of_editions(at=at):
        yield JobResult(f"edition {told.edition}: {told.told} contracts told, {told.left} left")
    for code in record_silence(at=at, may_have_unread=may_have_unread):
        yield JobResult(f"silence is consent: {code}")
    for code in refute_silence(at=at):
        yield JobResult(f"silence was none, the letter came back: {code}", needs_a_person=True)


def seal_journal(at: datetime) -> Iterator[JobResult]:
    """Seal the journal of the day under one signed root, and mail it to the owner (A5)."""
    try:
        seal, is_new = seal_the_journal(at=at)
    except SigningKeyError as no_key:
        yield failure(f"journal not sealed: {no_key}")
    else:
        if is_new:
            yield JobResult(
                f"journal sealed: No. {seal.number}, {seal.chains} chains, {seal.rows} rows, root "
                f"{seal.root}"
            )


def send_cohort_letters(at: datetime) -> Iterator[JobResult]:
    """Queue the letters to cohorts that staff let go out, each contract once (12.1)."""
    for letter, queued, is_well in send_to_cohorts(at=at):
        line = f"letter {letter.pk} to a cohort: {queued} contracts"
        yield JobResult(line) if is_well else failure(f"{line}, and some failed")


def send_notices(at: datetime, *, limit: int = MOST_AT_ONCE) -> Iterator[JobResult]:
    """Send every notice that is due: those that a task lost, and those to be tried again (12.1)."""
    for outcome in send_due_notices(at=at, limit=limit):
        yield JobResult(str(outcome), outcome.result in SENDING_FAILED)
    stop = SendingStop.objects.standing().first()
    if stop:  # a person is told once; then it stands in "Needs attention"
        yield JobResult(f"all letters wait: {stop.answer}", needs_a_person=stop.begun_at >= at)


def sweep_files(at: datetime, *, dry_run: bool = False) -> Iterator[JobResult]:
    """Delete what killed processes left (C2, S2), and the invoices' papers of ended orders.

    A killed process leaves half-written files, and files that nothing names. `dry_run` only tells
    what would be deleted.
    """
    said = "would be deleted" if dry_run else "deleted"
    for path in left_unfinished():
        if not dry_run:
            path.unlink(missing_ok=True)
        yield JobResult(f"unfinished file {said}: {path.name}")
    for name in sweep_orphans(dry_run=dry_run):
        yield JobResult(f"file of no certificate {said}: {name}")
    papers = sweep_invoice_papers(dry_run=dry_run)
    if papers:
        yield JobResult(f"papers of invoices {said}: {len(papers)}")
    for kind in KINDS:
        try:
            for name, delete in leftovers(kind):
                if not dry_run:
                    delete()
                yield JobResult(f"file that nothing names {said}: {name}")
        except RowsAreMissingError as missing:
            yield failure(f"nothing deleted in {kind.folder}: {missing}")


def clear_attempts(at: datetime) -> Iterator[JobResult]:
    """Delete the counts of attempts that ended, and old tries at orders of others."""
    if cleared := clear_ended(at=at):
        yield JobResult(f"ended counts of attempts deleted: {cleared}")
    if cleared := clear_tries(before=almaty_day(at) - timedelta(days=TRIES_KEPT_DAYS)):
        yield JobResult(f"old tries at orders of others deleted: {cleared}")


def erase_data(at: datetime) -> Iterator[JobResult]:
    """Erase personal data whose term is over, and answer the wishes to erase (5.2, 11.2, 11.4)."""
    for carried in carry_out_wishes(at=at):
        if carried.failed:
            yield failure(f"not carried out: wish to erase {carried.wish.pk}")
        else:
            gone = f"{carried.gone} classes erased"
            yield JobResult(f"wish to erase {carried.wish.pk} answered: {gone}")
    for erased in erase_as_wished(at=at):
        yield _told_of_erasing(erased, "erased as wished")
    for erased in erase_due(at=at):
        yield _told_of_erasing(erased, "erased")
    for each in erase_of_no_order(at=at):
        yield JobResult(f"{each.what} erased: {each.number}")
    if files := delete_files(at=at):
        yield JobResult(f"erased files deleted: {files}")
    stuck = ErasedFile.objects.filter(deleted_at=None, decided_at__lt=at - timedelta(days=1))
    if left := stuck.count():
        yield failure(f"erased files not deleted: {left}")


def _told_of_erasing(erased: Erased, words: str) -> JobResult:
    line = f"{erased.order} {erased.data}"
    return failure(f"not erased: {line}") if erased.failed else JobResult(f"{words}: {line}")


def nightly_audit(at: datetime) -> Iterator[JobResult]:
    """Check once a day everything that must never be false, and keep the findings for staff."""
    answers = audit_of_the_day(at=at)
    for answer in answers:
        if answer.found:
            yield JobResult(f"false: {answer}", needs_a_person=True)
    if answers:
        yield JobResult(
            f"audited: {len(answers)} lines, {sum(answer.found for answer in answers)} things false"
        )
