"""Encrypt all stored values anew with the newest key, while the site runs."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from offer_site.retention.rotation import PORTION, count_left, rotate_keys


class Command(BaseCommand):
    help = (
        "Encrypt rows, files and second factors anew with the first of FIELD_KEYS, in portions. "
        "It may be stopped and run again. Prints how many are left under another key, and exits 1 "
        "while any are."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--portion", type=int, default=PORTION, help="rows read at a time")
        parser.add_argument("--count", action="store_true", help="only count what is left")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["count"]:
            left, in_evidence = count_left(portion=options["portion"])
        else:
            done = rotate_keys(portion=options["portion"])
            left, in_evidence = done.left, done.left_in_evidence
            self.stdout.write(f"encrypted anew: {done.rows} values, {done.files} files")
            for what in done.unreadable:
                self.stdout.write(f"no key opens it: {what}")
        self.stdout.write(f"left under another key: {left}")
        if in_evidence:
            self.stdout.write(f"rows of evidence, which keep their key: {in_evidence}")
        if left:
            sys.exit(1)
