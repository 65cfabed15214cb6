"""`manage.py import_fiscal_receipts FILE`: link cash register receipts to payments and refunds."""

from collections.abc import Iterator
from typing import BinaryIO

from django.utils import timezone

from offer_site.journal.operations import SYSTEM
from payments.management.importing import ImportCommand
from payments.operations.books.fiscal_import import import_fiscal_receipts


class Command(ImportCommand):
    help = (
        "Import FILE, a table (CSV). Exit code 1: some lines have no money of their own; "
        "2: refused whole."
    )

    def lines(self, content: BinaryIO, *, name: str) -> Iterator[str]:
        report = import_fiscal_receipts(content=content.read(), by=SYSTEM, at=timezone.now())
        self.needs_a_person = bool(report.left)
        yield from (f"left line {line}: {reason}" for line, reason in report.left)
        yield f"imported {name}: {report.recorded} recorded, {report.known} known"
