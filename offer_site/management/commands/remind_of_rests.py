"""Remind of the rests that are due in 7, 3 or 1 days (4.3.1); cron calls it."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from offer_site.clock.schedule import job, run_jobs


class Command(BaseCommand):
    help = (
        "Send the reminders of rests that are due by now, each once. Safe to run twice, late, "
        "or beside itself."
    )

    def handle(self, **options: Any) -> None:
        if run_jobs([job("remind_of_rests")], at=timezone.now(), say=self.stdout.write):
            sys.exit(1)
