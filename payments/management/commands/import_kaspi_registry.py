"""`manage.py import_kaspi_registry FILE`: compare Kaspi's list with ledger and statement (M1)."""

from collections.abc import Iterator
from typing import BinaryIO

from django.utils import timezone

from offer_site.journal.operations import SYSTEM
from payments.management.importing import ImportCommand
from payments.operations.reconciliation.differences import in_a_line
from payments.operations.reconciliation.kaspi_registry import import_kaspi_registry, kaspi_day


class Command(ImportCommand):
    help = "Import Kaspi's registry FILE (CSV). Exit code 1: something differs; 2: refused whole."

    def lines(self, content: BinaryIO, *, name: str) -> Iterator[str]:
        report = import_kaspi_registry(
            content=content.read(), name=name, by=SYSTEM, at=timezone.now()
        )
        self.needs_a_person = report.needs_a_person
        yield (
            f"{'imported' if report.is_new else 'known already'} {name}: "
            f"{report.registry.payments} payments"
        )
        for kept in report.days:
            totals = kaspi_day(kept.reconciliation.day)
            came = (
                "has not come"
                if totals.came is None
                else f"came {totals.came}, difference {totals.difference}"
            )
            yield (
                f"{totals.day}: gross {totals.gross}, commission {totals.commission}, "
                f"net {totals.net}; {came}"
            )
            yield from (f"mended: {in_a_line(difference)}" for difference in kept.vanished)
            yield from (f"differs: {in_a_line(difference)}" for difference in kept.standing)
