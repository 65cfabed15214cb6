from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser

from offer_site.clock.command import ClockCommand
from offer_site.clock.jobs import sweep_files
from offer_site.clock.schedule import job


class Command(ClockCommand):
    job = job("sweep_files")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="tell what would be deleted, and delete nothing"
        )

    def run(self, at: datetime, *, dry_run: bool = False, **options: Any) -> bool:
        if not dry_run:
            return super().run(at)
        needed = False
        for told in sweep_files(at, dry_run=True):  # no run that staff could take for one
            self.stdout.write(told.line)
            needed |= told.needs_a_person
        return needed
