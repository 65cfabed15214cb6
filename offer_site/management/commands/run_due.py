"""Run every clock job once, in order: for machines without cron, and after an outage."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from offer_site.clock.schedule import run_all


class Command(BaseCommand):
    help = (
        "Do all that is due, once. Prints a line a thing done; exits 1 if something needs a person."
    )

    def handle(self, **options: Any) -> None:
        if run_all(at=timezone.now(), say=self.stdout.write):
            sys.exit(1)
