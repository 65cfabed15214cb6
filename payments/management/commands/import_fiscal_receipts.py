"""`manage.py import_fiscal_receipts FILE`: give the receipts of the cash register to their payments and refunds."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import override

from offer_site.errors import RuleViolation
from offer_site.journal.operations import SYSTEM
from payments.operations.fiscal_import import import_fiscal_receipts

NEEDS_A_PERSON, WRONG_USE = 1, 2


class Command(BaseCommand):
    help = "Import FILE, a table (CSV in UTF-8). Exit code 1: some lines have no money of their own; 2: refused whole."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["file"]
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}", returncode=WRONG_USE) from error
        with override("en"):  # what commands say is English
            try:
                report = import_fiscal_receipts(content=content, by=SYSTEM, at=timezone.now())
            except RuleViolation as refused:
                raise CommandError(f"{path}: {refused.message}", returncode=WRONG_USE) from refused
        for line, reason in report.left:
            self.stdout.write(f"left line {line}: {reason}")
        self.stdout.write(f"imported {path.name}: {report.recorded} recorded, {report.known} known")
        if report.left:
            raise SystemExit(NEEDS_A_PERSON)
