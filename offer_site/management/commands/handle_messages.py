"""Handle the providers' messages that a crash left unanswered; cron calls it."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from offer_site.clock.schedule import job, run_jobs


class Command(BaseCommand):
    help = (
        "Handle stored messages of payment providers that were left alone. Safe to run twice, "
        "late, or beside itself."
    )

    def handle(self, **options: Any) -> None:
        if run_jobs([job("handle_messages")], at=timezone.now(), say=self.stdout.write):
            sys.exit(1)
