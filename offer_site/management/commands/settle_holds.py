"""Settle the money that the bank holds: take it or let it go; cron calls it."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from offer_site.clock.schedule import job, run_jobs


class Command(BaseCommand):
    help = "Settle open holds of the card provider. Safe to run twice, late, or beside itself."

    def handle(self, **options: Any) -> None:
        if run_jobs([job("settle_holds")], at=timezone.now(), say=self.stdout.write):
            sys.exit(1)
