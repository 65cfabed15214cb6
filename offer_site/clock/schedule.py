"""Every clock job, in one table.

Each job finds its own due work in the database, so it may run twice, late, or at once with itself;
no time of a last run is kept.

The minutes are also right for a cron that does not know CRON_TZ: Almaty is whole hours from UTC.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from . import jobs
from .jobs import JobResult

log = logging.getLogger(__name__)

TIME_ZONE = "Asia/Almaty"


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

    def run(self, at: datetime) -> Iterator[JobResult]:
        """Do all that is due; an exception becomes a line, so that the next jobs still run."""
        try:
            yield from self.work(at)
        except Exception as error:
            log.exception("the job %s failed", self.name)
            yield JobResult(f"{self.name} failed: {type(error).__name__}", needs_a_person=True)


JOBS = (
    Job("handle_messages", "*/5 * * * *", jobs.handle_messages),
    Job("settle_holds", "*/5 * * * *", jobs.settle_holds),
    Job("lapse_unpaid_orders", "5,20,35,50 * * * *", jobs.lapse_orders),
    Job("cancel_links", "2-59/5 * * * *", jobs.cancel_links),
    Job("expire_halves", "5,20,35,50 * * * *", jobs.end_halves),
    Job("remind_of_rests", "0 10-20 * * *", jobs.remind),
    Job("suspend_overdue", "1,16,31,46 * * * *", jobs.suspend),
    Job("confirm_questions", "3-58/5 * * * *", jobs.confirm_questions),
    Job("open_deadlines", "10 * * * *", jobs.open_deadlines),
    Job("read_mail", "3-58/5 * * * *", jobs.read_mail),
    Job("issue_certificates", "15 * * * *", jobs.issue_certificates),
    Job("reconcile_payments", "40 6 * * *", jobs.reconcile_payments),
    Job("send_refunds", "*/5 * * * *", jobs.send_refunds),
    Job("seal_journal", "25 0 * * *", jobs.seal_journal),
    Job("send_notices", "* * * * *", jobs.send_notices),
    Job("send_telegram", "* * * * *", jobs.send_telegram),
    Job("sweep_files", "50 2 * * *", jobs.sweep_files),
    Job("nightly_audit", "30 3 * * *", jobs.nightly_audit),
)


def job(name: str) -> Job:
    return next(job for job in JOBS if job.name == name)


def run_jobs(due: Iterable[Job], *, at: datetime, say: Callable[[str], None]) -> bool:
    """Run jobs in their order; return True when something needs a person."""
    needed = False
    for each in due:
        for done in each.run(at):
            say(done.line)
            needed |= done.needs_a_person
    return needed


run_all = partial(run_jobs, JOBS)


def crontab(command: str) -> Iterator[str]:
    """The lines of a crontab; `command` is what starts manage.py."""
    yield f"CRON_TZ={TIME_ZONE}"
    for each in JOBS:
        yield f"# {each.summary}"
        yield f"{each.cron} {command} {each.name}"
