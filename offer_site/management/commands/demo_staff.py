from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from offer_site.accounts.models import User
from offer_site.staff.roles import set_staff_groups

OWNER = "owner@example.kz"


class Command(BaseCommand):
    help = (
        "Make a member of staff for a developer's machine, "
        "who signs in with a code from the mailbox."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("demo_staff is for a developer's machine: DEBUG is off.")
        set_staff_groups()
        if not User.objects.filter(email=OWNER).exists():
            User.objects.create_superuser(OWNER)
        second = (
            "and a code of the authenticator app"
            if settings.STAFF_SECOND_FACTOR
            else "no second factor here"
        )
        self.stdout.write(
            f"Sign in to the admin as {OWNER}: the code comes to the mailbox; {second}."
        )
