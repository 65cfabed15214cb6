from typing import Any

from django.core.management.base import BaseCommand

from offer_site.staff.roles import set_staff_groups


class Command(BaseCommand):
    help = "Make the groups of staff, with the permissions of offer_site/staff/roles.py."

    def handle(self, *args: Any, **options: Any) -> None:
        for name in set_staff_groups():
            self.stdout.write(f"group {name}")
