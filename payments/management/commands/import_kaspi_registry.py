"""`manage.py import_kaspi_registry FILE`: compare the bank's list of a day with the ledger and the statement (M1)."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import override

from offer_site.errors import RuleViolation
from offer_site.journal.operations import SYSTEM
from payments.operations.differences import in_a_line
from payments.operations.kaspi_registry import import_kaspi_registry, kaspi_day

NEEDS_A_PERSON, WRONG_USE = 1, 2


class Command(BaseCommand):
    help = "Import Kaspi's registry FILE (CSV). Exit code 1: something differs; 2: refused whole."

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
                report = import_kaspi_registry(content=content, name=path.name, by=SYSTEM, at=timezone.now())
            except RuleViolation as refused:
                raise CommandError(f"{path}: {refused.message}", returncode=WRONG_USE) from refused
        known = "imported" if report.is_new else "known already"
        self.stdout.write(f"{known} {path.name}: {report.registry.payments} payments")
        for kept in report.days:
            told = kaspi_day(kept.reconciliation.day)
            came = "has not come" if told.came is None else f"came {told.came}, difference {told.difference}"
            self.stdout.write(f"{told.day}: gross {told.gross}, commission {told.commission}, net {told.net}; {came}")
            for difference in kept.vanished:
                self.stdout.write(f"mended: {in_a_line(difference)}")
            for difference in kept.standing:
                self.stdout.write(f"differs: {in_a_line(difference)}")
        if report.needs_a_person:
            raise SystemExit(NEEDS_A_PERSON)
