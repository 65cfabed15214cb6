"""Let an invented cohort live its whole life on an empty site, and print its story."""

import sys
from argparse import ArgumentTypeError
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from enrollment.models import Order
from offer_site.audit.asking import ask_everything
from offer_site.days import almaty_day, start_of_day
from offer_site.simulation.running import HOURS_OF_THE_CLOCK, simulate
from offer_site.simulation.story import story

NINE_HOURS = timedelta(hours=9)


def a_count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError("a number from 1 on")
    return int(text)


class Command(BaseCommand):
    help = (
        "Let an invented cohort live from the publication of the offer to three years after its "
        "end, under a clock of its own, on an empty site. Prints its story as a table and what the "
        "audit says of it. Exit code 1: something is false, or a life ended by an error; 2: wrong "
        "use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--students", type=a_count, default=200, help="how many (200)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed, the same life")
        parser.add_argument(
            "--begins",
            type=date.fromisoformat,
            default=almaty_day(timezone.now()),
            help="the day on which the offer is published (today)",
        )
        parser.add_argument(
            "--hours",
            type=int,
            nargs="+",
            choices=range(24),
            metavar="HOUR",
            default=HOURS_OF_THE_CLOCK,
            help="the hours of a day at which the clock runs, in order (0 9 15 20)",
        )

    def handle(self, **options: Any) -> None:
        self._require_an_empty_site()
        here, phases = simulate(
            seed=options["seed"],
            students=options["students"],
            at=start_of_day(options["begins"]) + NINE_HOURS,
            hours=options["hours"],
        )
        for line in story(phases):
            self.stdout.write(line)
        answers = ask_everything(at=phases[-1].ends_at)
        false = [answer for answer in answers if answer.found]
        for said in [*here.stopped, *map(str, false)]:
            self.stdout.write(said)
        self.stdout.write(f"audit: {len(answers)} lines, {len(false)} false")
        if false or here.stopped:
            sys.exit(1)

    def _require_an_empty_site(self) -> None:
        """Refuse a site with orders, and one that would write to people or leave work to others."""
        for is_so, why in (
            (Order.objects.exists(), "There are orders here: a simulation needs an empty site."),
            (
                settings.EMAIL_BACKEND.endswith(".smtp.EmailBackend"),
                "This site sends letters to people. Set EMAIL_URL to filemail:///a/folder.",
            ),
            (
                not settings.CELERY_TASK_ALWAYS_EAGER,
                "A simulation does its work itself: leave REDIS_URL empty.",
            ),
        ):
            if is_so:
                raise CommandError(why, returncode=2)
