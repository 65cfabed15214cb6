"""Start the term of the certificate where the day of performance has come (9.1); cron calls it."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from offer_site.clock.schedule import job, run_jobs


class Command(BaseCommand):
    help = "Open the deadlines of 9.1 for all whose day of performance has come."

    def handle(self, **options: Any) -> None:
        if run_jobs([job("open_deadlines")], at=timezone.now(), say=self.stdout.write):
            sys.exit(1)
