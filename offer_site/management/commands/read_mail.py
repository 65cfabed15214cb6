"""Read in the provider's mailbox which letters came back (12.1); cron calls it."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from offer_site.clock.schedule import job, run_jobs


class Command(BaseCommand):
    help = (
        "Read the mail servers' reports of letters that came back. Safe to run twice, late, "
        "or beside itself."
    )

    def handle(self, **options: Any) -> None:
        if run_jobs([job("read_mail")], at=timezone.now(), say=self.stdout.write):
            sys.exit(1)
