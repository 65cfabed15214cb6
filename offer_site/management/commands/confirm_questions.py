"""Count the terms of the questions about recipients whose letter has left (9.5); cron calls it."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from offer_site.clock.schedule import job, run_jobs


class Command(BaseCommand):
    help = "Count the terms of 9.5 of all questions whose letter has left."

    def handle(self, **options: Any) -> None:
        if run_jobs([job("confirm_questions")], at=timezone.now(), say=self.stdout.write):
            sys.exit(1)
