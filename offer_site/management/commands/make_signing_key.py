"""Make the key with which the academy signs certificates and seals the journal."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from offer_site.signing import new_key_file


class Command(BaseCommand):
    help = (
        "Make a signing key with its certificate, once: a file that is there stays as it is. "
        "Set SIGNING_KEY to it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "path", nargs="?", default=settings.SIGNING_KEY, help="where to; default: SIGNING_KEY"
        )
        parser.add_argument(
            "--name",
            default=settings.SECOND_FACTOR_ISSUER,
            help="the academy, as readers will see it",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["path"]:
            raise CommandError("Say where to write the key.", returncode=2)
        content = new_key_file(
            name=options["name"], password=settings.SIGNING_KEY_PASSWORD, at=timezone.now()
        )
        try:
            # Nobody but its owner may ever read it, not even for a moment.
            file = os.open(options["path"], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            self.stdout.write(f"kept: {options['path']}")
            return
        try:
            with os.fdopen(file, "wb") as written:
                written.write(content)
        except OSError:  # a full disk: half a key must not be taken for one
            os.unlink(options["path"])
            raise
        self.stdout.write(f"made: {options['path']}")
