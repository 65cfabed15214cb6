"""Print the table of clock jobs for cron: `manage.py print_crontab | crontab -`."""

import shlex
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from offer_site.clock.schedule import crontab


class Command(BaseCommand):
    help = "Print the crontab of this site: one line a job, in the time of Almaty."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "manage",
            nargs="?",
            default=sys.argv[0],
            help="where manage.py lies; else as called now",
        )

    def handle(self, *, manage: str, **options: Any) -> None:
        started = f"{shlex.quote(sys.executable)} {shlex.quote(str(Path(manage).absolute()))}"
        for line in crontab(started):
            self.stdout.write(line)
