"""Issue every certificate that is due (9.1); cron calls it."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from certificates.operations import Outcome, issue_due_certificates


class Command(BaseCommand):
    help = "Issue the certificates that are due, and note those whose letter has left. Safe to run twice or at once."

    def handle(self, *args: Any, **options: Any) -> None:
        outcomes = issue_due_certificates(at=timezone.now())
        for outcome in outcomes:
            self.stdout.write(line_about(outcome))
        if any(outcome.needs_a_person for outcome in outcomes):
            sys.exit(1)


def line_about(outcome: Outcome) -> str:
    """Say in one line what was done about an order."""
    number, detail = outcome.number or "-", f": {outcome.detail}" if outcome.detail else ""
    return f"certificate {outcome.what}: {outcome.order} {number}{detail}"
