"""Cancel the payment links of orders that take no money any more; cron calls it."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from offer_site.clock.schedule import job, run_jobs


class Command(BaseCommand):
    help = (
        "Cancel open payment links of orders that take no money. Safe to run twice, late, "
        "or beside itself."
    )

    def handle(self, **options: Any) -> None:
        if run_jobs([job("cancel_links")], at=timezone.now(), say=self.stdout.write):
            sys.exit(1)
