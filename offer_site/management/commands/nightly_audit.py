"""Audit everything once a day and keep what was found for staff; cron calls it."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from offer_site.clock.schedule import job, run_jobs


class Command(BaseCommand):
    help = "Audit everything, once a day, and keep what was found for staff. Safe to run twice."

    def handle(self, **options: Any) -> None:
        if run_jobs([job("nightly_audit")], at=timezone.now(), say=self.stdout.write):
            sys.exit(1)
