from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from django.core.management.base import CommandParser

from offer_site.clock.command import ClockCommand
from offer_site.clock.jobs import send_notices
from offer_site.clock.schedule import job, run_jobs
from offer_site.notices.outbox import MOST_AT_ONCE


class Command(ClockCommand):
    job = job("send_notices")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--limit", type=int, default=MOST_AT_ONCE, help="at most so many letters in one run"
        )

    def run(self, at: datetime, *, limit: int = MOST_AT_ONCE, **options: Any) -> bool:
        limited = replace(self.job, work=partial(send_notices, limit=limit))
        return run_jobs([limited], at=at, say=self.stdout.write)
