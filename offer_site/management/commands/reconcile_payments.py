"""Compare the card provider's list of a day with the ledger; cron calls it without a day."""

import sys
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from offer_site.clock.jobs import reconcile_day
from offer_site.clock.schedule import job, run_jobs
from offer_site.days import almaty_day
from payments.providers import CARD
from payments.providers.base import ProviderError

WRONG_USE = 2


class Command(BaseCommand):
    help = (
        "Compare the card provider's list with the ledger: yesterday and the days whose "
        "differences stand, or --day."
        " Exit code 1: something differs; 2: wrong use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--day", metavar="YYYY-MM-DD", help="a day in Almaty")

    def handle(self, **options: Any) -> None:
        at = timezone.now()
        if options["day"] is None:
            needed = run_jobs([job("reconcile_payments")], at=at, say=self.stdout.write)
        else:
            needed = self.compare(self.day_of(options["day"]), at=at)
        if needed:
            sys.exit(1)

    def compare(self, day: date, *, at: Any) -> bool:
        if day > almaty_day(at):
            raise CommandError(f"{day} has not come yet", returncode=WRONG_USE)
        needed = False
        try:
            for done in reconcile_day(CARD, day, at):
                self.stdout.write(done.line)
                needed |= done.needs_a_person
        except ProviderError as error:
            self.stdout.write(f"{day} was not compared: {error}")
            return True
        return needed

    def day_of(self, text: str) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise CommandError(
                f"{text!r} is not a day: YYYY-MM-DD", returncode=WRONG_USE
            ) from error
