"""Send every Telegram message that is due (4.3.1); cron calls it."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from offer_site.clock.schedule import job, run_jobs


class Command(BaseCommand):
    help = (
        "Send the messages to students in Telegram that are due, and handle updates that a crash "
        "left."
        " Safe to run twice, late, or beside itself."
    )

    def handle(self, **options: Any) -> None:
        if run_jobs([job("send_telegram")], at=timezone.now(), say=self.stdout.write):
            sys.exit(1)
