"""End the proposals and agreements on halves whose time is over (4.3.1); cron calls it."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from offer_site.clock.schedule import job, run_jobs


class Command(BaseCommand):
    help = (
        "End proposals and agreements on halves that were not used in time. Safe to run twice, "
        "late, or beside itself."
    )

    def handle(self, **options: Any) -> None:
        if run_jobs([job("expire_halves")], at=timezone.now(), say=self.stdout.write):
            sys.exit(1)
