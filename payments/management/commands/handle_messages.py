from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from payments.operations.messages import handle_unhandled_messages


class Command(BaseCommand):
    help = "Handle the providers' messages that a crash left stored and unanswered."

    def handle(self, *args: Any, **options: Any) -> None:
        failed = 0
        for message, made in handle_unhandled_messages(at=timezone.now()):
            failed += isinstance(made, Exception)
            self.stdout.write(f"{message}: {made if isinstance(made, Exception) else made.outcome.value}")
        if failed:
            raise CommandError(f"{failed} messages could not be handled", returncode=1)
