"""`manage.py import_statement FILE`: import a bank statement and give its transfers to their orders (4.4)."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import override

from offer_site.errors import RuleViolation
from offer_site.journal.operations import SYSTEM
from payments.operations.imports import import_statement

NEEDS_A_PERSON, WRONG_USE = 1, 2


class Command(BaseCommand):
    help = (
        "Import FILE, in the format 1CClientBankExchange. Exit code 1: something waits for a person; 2: refused whole."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["file"]
        try:
            content = path.open("rb")
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}", returncode=WRONG_USE) from error
        with content, override("en"):  # what commands say is English
            try:
                report = import_statement(content=content, name=path.name, by=SYSTEM, at=timezone.now())
            except RuleViolation as refused:
                raise CommandError(f"{path}: {refused.message}", returncode=WRONG_USE) from refused
        for code in report.matched:
            self.stdout.write(f"matched {code}")
        file = report.file
        self.stdout.write(f"{'imported' if report.is_new else 'known already'} {path.name}: "
                          f"{file.incoming} incoming, {file.outgoing} outgoing, {report.repeated} known, "
                          f"{report.set_aside} set aside")  # fmt: skip
        for doubt, count in report.waiting.items():
            self.stdout.write(f"waiting {count}: {doubt or 'not judged'}")
        if not file.balances_agree:
            self.stdout.write("balances do not agree: opening + in - out is not the closing balance")
        if report.needs_a_person:
            raise SystemExit(NEEDS_A_PERSON)
