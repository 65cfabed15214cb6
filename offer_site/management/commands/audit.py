"""Check every invariant of the running system; repair nothing."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from offer_site.audit.asking import ask_everything


class Command(BaseCommand):
    help = (
        "Ask everything that must never be false, by SQL and by recomputing from stored bytes. "
        "Prints one line an"
        " invariant, writes and repairs nothing. Exit code 1: something is false; 2: wrong use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--json", action="store_true", help="print a list of id, ok and violations"
        )

    def handle(self, **options: Any) -> None:
        answers = ask_everything(at=timezone.now())
        if options["json"]:
            summaries = [answer.as_json() for answer in answers]
            self.stdout.write(json.dumps(summaries, ensure_ascii=False, indent=2))
        else:
            for answer in answers:
                self.stdout.write(str(answer))
        if any(answer.found for answer in answers):
            sys.exit(1)
