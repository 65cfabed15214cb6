"""Every clock job, in one table.

Each job finds its own due work in the database, so it may run twice, late, or at once with itself.
The time of a last run is kept for staff alone (offer_site/watch): no job reads it.

The minutes are also right for a cron that does not know CRON_TZ: Almaty is whole hours from UTC.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise

from django.db import DatabaseError

from offer_site.days import almaty_day, start_of_day
from offer_site.leases import Clock
from offer_site.watch.operations import expect_jobs, note_run

from . import jobs
from .jobs import JobResult, failure

log = logging.getLogger(__name__)

TIME_ZONE = "Asia/Almaty"
# A busy machine may start even a minute's job some minutes late.
LATE = timedelta(minutes=10)


@dataclass(frozen=True)
class Job:
    """One clock job: its command, when cron starts it (Almaty time), and its function."""

    name: str
    cron: str
    work: Callable[[datetime], Iterable[JobResult]]

    @property
    def summary(self) -> str:
        """The first paragraph of the function's docstring, on one line."""
        return " ".join((self.work.__doc__ or "").split("\n\n")[0].split())

    @property
    def next_within(self) -> timedelta:
        """After which time without a run something is wrong: the longest pause, and half of it."""
        pause = timedelta(minutes=longest_pause(self.cron))
        return pause + max(pause / 2, LATE)

    def is_due(self, *, since: datetime, until: datetime) -> bool:
        """Whether cron starts it after `since`, and not after `until`."""
        if until - since >= timedelta(days=1):
            return True
        midnight = start_of_day(almaty_day(since))
        first, last = (int((at - midnight).total_seconds()) // 60 for at in (since, until))
        starts = starts_of(self.cron)
        return any(first < minute <= last for minute in [*starts, *next_day(starts)])

    def run(self, at: datetime) -> Iterator[JobResult]:
        """Do all that is due; an exception becomes a line, so that the next jobs still run."""
        try:
            yield from self.work(at)
        except Exception as error:
            log.exception("the job %s failed", self.name)
            yield failure(f"{self.name} failed: {type(error).__name__}")


JOBS = (
    Job("handle_messages", "*/5 * * * *", jobs.handle_messages),
    Job("settle_holds", "*/5 * * * *", jobs.settle_holds),
    Job("lapse_unpaid_orders", "5,20,35,50 * * * *", jobs.lapse_orders),
    Job("cancel_links", "2-59/5 * * * *", jobs.cancel_links),
    Job("expire_halves", "5,20,35,50 * * * *", jobs.end_halves),
    Job("remind_of_rests", "0 10-20 * * *", jobs.remind),
    Job("remind_to_pay_today", "*/10 22 * * *", jobs.remind_of_payment),
    Job("tell_of_courses", "15 8-20 * * *", jobs.tell_of_courses),
    Job("suspend_overdue", "1,16,31,46 * * * *", jobs.suspend),
    Job("end_contracts", "4,34 * * * *", jobs.end_contracts),
    Job("ask_for_gaps", "50 9 * * *", jobs.ask_addresses),
    Job("confirm_questions", "3-58/5 * * * *", jobs.confirm_questions),
    Job("close_document_requests", "5,20,35,50 * * * *", jobs.end_document_requests),
    Job("call_for_talks", "35 9 * * *", jobs.call_to_talk),
    Job("open_deadlines", "10 * * * *", jobs.open_deadlines),
    Job("propose_new_days", "7-52/15 * * * *", jobs.propose_new_days),
    Job("watch_terms", "25 9-20 * * *", jobs.watch_terms),
    Job("read_mail", "3-58/5 * * * *", jobs.read_mail),
    Job("tell_of_editions", "4-59/5 * * * *", jobs.tell_editions),
    Job("tell_of_sales", "9,39 9-20 * * *", jobs.tell_of_opened_sales),
    Job("issue_certificates", "15 * * * *", jobs.issue_certificates),
    Job("reconcile_payments", "40 6 * * *", jobs.reconcile_payments),
    Job("send_refunds", "*/5 * * * *", jobs.send_refunds),
    Job("seal_journal", "25 0 * * *", jobs.seal_journal),
    Job("send_cohort_letters", "*/5 * * * *", jobs.send_cohort_letters),
    Job("send_notices", "* * * * *", jobs.send_notices),
    Job("keep_groups", "* * * * *", jobs.keep_groups),
    Job("send_telegram", "* * * * *", jobs.send_telegram),
    Job("clear_attempts", "25 * * * *", jobs.clear_attempts),
    Job("sweep_files", "50 2 * * *", jobs.sweep_files),
    Job("erase_data", "10 3 * * *", jobs.erase_data),
    Job("nightly_audit", "30 3 * * *", jobs.nightly_audit),
)


def job(name: str) -> Job:
    return next(job for job in JOBS if job.name == name)


def longest_pause(cron: str) -> int:
    """The most minutes between two starts of a daily cron line."""
    starts = starts_of(cron)
    pauses = [later - earlier for earlier, later in pairwise([*starts, *next_day(starts)])]
    return max(pauses)


def starts_of(cron: str) -> list[int]:
    """The minutes of a day at which a daily cron line starts its job."""
    minutes, hours, *_days = cron.split(" ")
    return [60 * hour + minute for hour in times(hours, 24) for minute in times(minutes, 60)]


def next_day(starts: list[int]) -> list[int]:
    """The same starts of the day after, in minutes of this one."""
    return [24 * 60 + minute for minute in starts]


def times(field: str, end: int) -> list[int]:
    """The hours or minutes that a field of cron names: `*`, `*/5`, `3-58/5`, `5,20`, `10-20`."""
    found: set[int] = set()
    for part in field.split(","):
        span, _slash, step = part.partition("/")
        first, _dash, last = span.partition("-")
        if span == "*":
            found |= set(range(0, end, int(step or 1)))
        else:
            found |= set(range(int(first), int(last or first) + 1, int(step or 1)))
    return sorted(found)


def expect_all(*, at: datetime) -> None:
    """Expect every job of the table, and no other, to run from now on."""
    expect_jobs(jobs={each.name: each.next_within for each in JOBS}, at=at)


def run_jobs(due: Iterable[Job], *, at: datetime, say: Callable[[str], None]) -> bool:
    """Run jobs in their order; return True when something needs a person."""
    needed = False
    clock = Clock(at)
    for each in due:
        failures = []
        for done in each.run(at):
            say(done.line)
            needed |= done.needs_a_person
            if done.failed:
                failures.append(done.line)
        _note_run(each, failures, at=clock.now())
    return needed


def _note_run(done: Job, failures: list[str], *, at: datetime) -> None:
    """Staff see which jobs run; a note that cannot be written must stop none of them."""
    try:
        note_run(name=done.name, failures=failures, next_within=done.next_within, at=at)
    except DatabaseError:
        log.exception("the run of %s could not be noted", done.name)


run_all = partial(run_jobs, JOBS)


def crontab(command: str) -> Iterator[str]:
    """The lines of a crontab; `command` is what starts manage.py."""
    yield f"CRON_TZ={TIME_ZONE}"
    for each in JOBS:
        yield f"# {each.summary}"
        yield f"{each.cron} {command} {each.name}"
