"""`manage.py publish_offer FOLDER`: publish a folder's texts as an edition (12.2, 12.2.3)."""

from argparse import ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from enrollment.models import Edition
from enrollment.operations.offering.offers import FILES, OfferRefused, publish_offer
from offer_site.days import almaty_day, short_day
from offer_site.journal.operations import SYSTEM

NEEDS_A_PERSON = 1
WRONG_USE = 2


class Command(BaseCommand):
    help = f"Publish the edition in FOLDER ({', '.join(FILES)}); the same two texts change nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER")
        parser.add_argument(
            "--effective-from",
            type=iso_day,
            metavar="YYYY-MM-DD",
            help="the day of effect; today unless given",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder = options["folder"]
        at = timezone.now()
        if missing := [name for name in FILES if not (folder / name).is_file()]:
            raise CommandError(f"{folder} lacks {', '.join(missing)}", returncode=WRONG_USE)
        try:
            edition, is_new = publish_offer(
                folder=folder, by=SYSTEM, at=at, effective_from=options["effective_from"]
            )
        except OfferRefused as refusal:
            listed = "\n".join(map(str, refusal.findings))
            raise CommandError(f"not published:\n{listed}", returncode=NEEDS_A_PERSON) from refusal
        if is_new:
            self.stdout.write(
                f"published {edition.name}, in effect from {short_day(edition.effective_from)}"
            )
            self.stdout.write(f"kk.md {edition.kk_sha256}")
            self.stdout.write(f"ru.md {edition.ru_sha256}")
            self.stdout.write(f"tariffs {edition.tariffs.count()}")
        elif edition.effective_from > almaty_day(at):
            self.stdout.write(
                f"unchanged {edition.name}: these texts are published, in effect from "
                f"{short_day(edition.effective_from)}"
            )
        elif Edition.objects.in_force(at).get() == edition:
            self.stdout.write(f"unchanged {edition.name}: these texts are published and in force")
        else:
            sentence = (
                f"{edition.name} holds these texts and is not in force: "
                f"a later edition took its place"
            )
            raise CommandError(sentence, returncode=NEEDS_A_PERSON)


def iso_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"not a day such as 2026-11-22: {text}") from error
