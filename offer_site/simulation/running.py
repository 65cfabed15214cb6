"""The clock of a simulated cohort: from the offer to three years after the course."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from enrollment.models import Cohort, Enrollment
from enrollment.operations.training.enrollments import complete_cohort
from offer_site.clock.schedule import JOBS, Job, run_jobs
from offer_site.days import almaty_day, start_of_day
from offer_site.notices.operations import left_to_the_sweep
from payments.operations.statements.imports import import_statement
from payments.operations.statements.looks import see_statement

from .academy import APART, SALE, Life, Simulation, open_academy
from .changes import (
    CHANGES,
    loses_a_list,
    marks_the_results,
    publishes_a_later_edition,
)
from .lives import DAY, HOURS, ROADS
from .money import a_statement
from .others import OTHERS
from .troubles import TROUBLES

# These ask other people's servers, or the files of this machine, which have a time of their own.
OUTSIDE = {"reconcile_payments", "read_mail", "sweep_files", "nightly_audit"}
HOURS_OF_THE_CLOCK = (0, 9, 15, 20)
MONTH = timedelta(days=30)
TO_CERTIFICATES = APART + timedelta(days=14)  # until the next cohort's certificates are sent
YEARS = 3
MINUTES = timedelta(minutes=7)


@dataclass(frozen=True)
class Phase:
    """A part of the story; it ends where the next begins."""

    name: str
    ends_at: datetime


def simulate(
    *, seed: int, students: int, at: datetime, hours: Sequence[int] = HOURS_OF_THE_CLOCK
) -> tuple[Simulation, list[Phase]]:
    """Let a cohort live from the publication of its offer to three years after its end.

    The same seed lives the same life. `at` is the moment of the publication. The clock runs at
    these hours of Almaty, and it alone sends letters.
    """
    with left_to_the_sweep():
        here = open_academy(seed=seed, students=students, at=at)
        phases = _phases(here, at=at)
        _begin(here, students=students, at=at)
        last = at
        for moment in _moments(phases, at=at, hours=hours):
            here.live_until(moment)
            run_jobs(_due(since=last, until=moment), at=moment, say=lambda _line: None)
            last = moment
    return here, phases


def _phases(here: Simulation, *, at: datetime) -> list[Phase]:
    course_ends = start_of_day(here.cohort.ends_on) + DAY
    return [
        Phase("sale", start_of_day(here.cohort.starts_on)),
        Phase("course", course_ends),
        Phase("after", course_ends + TO_CERTIFICATES),
        Phase("three years", course_ends + YEARS * 365 * DAY),
    ]


def _begin(here: Simulation, *, students: int, at: datetime) -> None:
    """Let each road be taken once, as far as there are students, and the others choose."""
    weights = ROADS | TROUBLES | CHANGES | OTHERS
    roads = here.chance.sample(list(weights), k=min(students, len(weights)))
    more = students - len(roads)
    roads += here.chance.choices(list(weights), weights=list(weights.values()), k=more)
    days = SALE.days - 2
    for number, road in enumerate(roads, start=1):
        day = start_of_day(almaty_day(at)) + here.chance.randint(1, days) * DAY
        begins = day + timedelta(minutes=here.chance.randint(9 * 60, 22 * 60))
        here.begin(f"{number} {road.__name__}", road(here), at=begins)
    here.begin("accountant", _reads_the_banks_files(here), at=start_of_day(almaty_day(at)) + DAY)
    starts = start_of_day(here.cohort.starts_on)
    here.begin("owner's edition", publishes_a_later_edition(here), at=starts + 10 * DAY)
    here.begin("curator", marks_the_results(here), at=starts)
    here.begin("owner's leak", loses_a_list(here), at=starts + 20 * DAY)
    for cohort in (here.cohort, here.next_cohort):
        ends = start_of_day(cohort.ends_on) + 20 * HOURS
        here.begin(f"owner of {cohort}", _completes(here, cohort), at=ends)


def _moments(phases: list[Phase], *, at: datetime, hours: Sequence[int]) -> Iterator[datetime]:
    """When the clock runs: these hours until six weeks after the course, then once a month."""
    _sale, _course, after, last = phases
    day = start_of_day(almaty_day(at)) + DAY
    while day < after.ends_at:
        for hour in hours:
            yield day + hour * HOURS + MINUTES
        day += DAY
    while day < last.ends_at:
        yield day + MINUTES
        day += MONTH


def _due(*, since: datetime, until: datetime) -> list[Job]:
    """The jobs that cron started since the clock ran last."""
    inside = [job for job in JOBS if job.name not in OUTSIDE]
    return [job for job in inside if job.is_due(since=since, until=until)]


def _reads_the_banks_files(here: Simulation) -> Life:
    """The accountant imports each morning what the bank told of yesterday; another looks."""
    while almaty_day(here.now) <= here.cohort.ends_on:
        yield start_of_day(almaty_day(here.now) + DAY) + 10 * HOURS
        yesterday = almaty_day(here.now) - DAY
        told = here.transfers.pop(yesterday, [])
        if told:
            content = a_statement(told, at=start_of_day(yesterday))
            by = f"staff:{here.staff['first'].pk}"
            report = import_statement(
                content=content, name=_file_name(yesterday), by=by, at=here.now
            )
            see_statement(file=report.file, by=here.staff["second"], at=here.now)


def _file_name(day: date) -> str:
    return f"{day:%Y-%m-%d}.txt"


def _completes(here: Simulation, cohort: Cohort) -> Life:
    """The owner completes everybody but those who are held back, with the reason."""
    yield here.now
    students = Enrollment.objects.filter(cohort=cohort).values_list("pk", flat=True)
    excluded = {pk: reason for pk, reason in here.held_back.items() if pk in set(students)}
    complete_cohort(cohort=cohort, excluded=excluded, by=here.staff["owner"], at=here.now)
