"""Send the approved refunds that are due (4.6); cron calls it."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from offer_site.clock.schedule import job, run_jobs


class Command(BaseCommand):
    help = (
        "Ask providers for the approved refunds. Safe to run twice, late, or beside itself: "
        "none is paid twice."
    )

    def handle(self, **options: Any) -> None:
        if run_jobs([job("send_refunds")], at=timezone.now(), say=self.stdout.write):
            sys.exit(1)
