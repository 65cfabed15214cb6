"""Issue every certificate that is due, and tell staff of the terms that end (9.1);
cron calls it.
"""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from offer_site.clock.schedule import job, run_jobs


class Command(BaseCommand):
    help = (
        "Issue the certificates that are due, note those whose letter has left, and warn staff of "
        "terms that end. "
        "Exits 1 while one is late, set apart or came back. Safe to run twice, late, or beside "
        "itself."
    )

    def handle(self, **options: Any) -> None:
        if run_jobs([job("issue_certificates")], at=timezone.now(), say=self.stdout.write):
            sys.exit(1)
