"""Noting that a clock job ran, and which jobs there are."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from .models import WatchedJob

LONGEST_FAILURE = 2000


def note_run(*, name: str, failures: list[str], next_within: timedelta, at: datetime) -> None:
    """Note a run that came to its end; `failures` are its lines about what it could not do."""
    noted = {
        "ended_at": at,
        "expected_before": at + next_within,
        "failure": "\n".join(failures)[:LONGEST_FAILURE],
    }
    if not WatchedJob.objects.filter(name=name).update(**noted):  # the first run of a job
        WatchedJob.objects.update_or_create(name=name, defaults=noted)


def expect_jobs(*, jobs: Mapping[str, timedelta], at: datetime) -> None:
    """Expect these jobs to run, also those that never ran, and no others."""
    WatchedJob.objects.exclude(name__in=jobs).delete()
    for name, next_within in jobs.items():
        WatchedJob.objects.get_or_create(name=name, defaults={"expected_before": at + next_within})
