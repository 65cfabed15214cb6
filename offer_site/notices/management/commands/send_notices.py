"""Send every letter that is due: what the doorbell lost, and what has to be tried again."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from offer_site.notices.outbox import send_due_notices


class Command(BaseCommand):
    help = (
        "Send every letter that is due. Exits 1 if a letter was given up or could not be handled."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--limit", type=int, default=500, help="at most so many letters in one run"
        )

    def handle(self, *, limit: int, **options: Any) -> None:
        outcomes = send_due_notices(at=timezone.now(), limit=limit)
        for outcome in outcomes:
            self.stdout.write(str(outcome))
        if any(outcome.result in {"dead", "failed"} for outcome in outcomes):
            sys.exit(1)
