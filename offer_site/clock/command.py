"""The base class of the commands of clock jobs; cron calls each by name."""

import sys
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from .schedule import Job, run_jobs


class ClockCommand(BaseCommand):
    """Runs one job: prints a line for each thing done, exits 1 when something needs a person."""

    job: Job

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.help = (
            f"{self.job.summary} Prints a line a thing done; "
            "exits 1 when something needs a person. Safe to run twice, late, or beside itself."
        )

    def handle(self, **options: Any) -> None:
        if self.run(timezone.now(), **options):
            sys.exit(1)

    def run(self, at: datetime, **options: Any) -> bool:
        """Do the work; return True when something needs a person."""
        return run_jobs([self.job], at=at, say=self.stdout.write)
