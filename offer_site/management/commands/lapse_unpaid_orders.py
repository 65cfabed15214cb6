"""Lapse the orders whose day ended without payment (4.3); cron calls it."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from offer_site.clock.schedule import job, run_jobs


class Command(BaseCommand):
    help = "Lapse unpaid orders whose day is over. Safe to run twice, late, or beside itself."

    def handle(self, **options: Any) -> None:
        if run_jobs([job("lapse_unpaid_orders")], at=timezone.now(), say=self.stdout.write):
            sys.exit(1)
