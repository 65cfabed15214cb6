from datetime import date, datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser

from offer_site.clock.command import ClockCommand
from offer_site.clock.jobs import reconcile_day
from offer_site.clock.schedule import job
from offer_site.days import almaty_day
from payments.providers import CARD
from payments.providers.base import ProviderError

WRONG_USE = 2


class Command(ClockCommand):
    job = job("reconcile_payments")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--day",
            metavar="YYYY-MM-DD",
            help="a day in Almaty; else yesterday and the days whose differences stand",
        )

    def run(self, at: datetime, *, day: str | None = None, **options: Any) -> bool:
        if day is None:
            return super().run(at)
        return self.compare(self.day_of(day), at=at)

    def compare(self, day: date, *, at: datetime) -> bool:
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
