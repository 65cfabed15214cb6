"""Suspend access where the day of the rest ended unpaid (4.3.1); cron calls it."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from offer_site.clock.schedule import job, run_jobs


class Command(BaseCommand):
    help = (
        "Suspend access where the rest was not paid by its day. Safe to run twice, late, "
        "or beside itself."
    )

    def handle(self, **options: Any) -> None:
        if run_jobs([job("suspend_overdue")], at=timezone.now(), say=self.stdout.write):
            sys.exit(1)
