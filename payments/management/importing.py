"""What the commands with a file share: `manage.py <command> FILE`, and the exit codes."""

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import override

from offer_site.errors import RuleViolation

NEEDS_A_PERSON = 1
WRONG_USE = 2


class ImportCommand(BaseCommand):
    """A command that takes a file whole or refuses it whole.

    Exit code 1 when something needs a person, 2 for a file that is refused.
    """

    needs_a_person = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["file"]
        try:
            content = path.open("rb")
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}", returncode=WRONG_USE) from error
        with content, override("en"):  # commands print English
            try:
                for line in self.lines(content, name=path.name):
                    self.stdout.write(line)
            except RuleViolation as refused:
                raise CommandError(f"{path}: {refused.message}", returncode=WRONG_USE) from refused
        if self.needs_a_person:
            raise SystemExit(NEEDS_A_PERSON)

    @abstractmethod
    def lines(self, content: BinaryIO, *, name: str) -> Iterator[str]:
        """Import the file; yield a line for each thing done, and set `needs_a_person`.

        Raises RuleViolation.
        """
