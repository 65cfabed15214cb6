"""Seal the journal of the day under one signed root (A5); cron calls it."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from offer_site.clock.schedule import job, run_jobs


class Command(BaseCommand):
    help = (
        "Seal the journal once a day and mail the root to the owner. Safe to run twice, late, "
        "or beside itself."
    )

    def handle(self, **options: Any) -> None:
        if run_jobs([job("seal_journal")], at=timezone.now(), say=self.stdout.write):
            sys.exit(1)
