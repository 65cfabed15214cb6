"""`manage.py import_statement FILE`: import a statement and give its transfers to orders (4.4)."""

from collections.abc import Iterator
from typing import BinaryIO

from django.utils import timezone

from offer_site.journal.operations import SYSTEM
from payments.management.importing import ImportCommand
from payments.operations.statements.imports import import_statement


class Command(ImportCommand):
    help = (
        "Import FILE, in the format 1CClientBankExchange. Exit code 1: "
        "something waits for a person; 2: refused whole."
    )

    def lines(self, content: BinaryIO, *, name: str) -> Iterator[str]:
        report = import_statement(content=content, name=name, by=SYSTEM, at=timezone.now())
        self.needs_a_person = report.needs_a_person
        yield from (f"matched {code}" for code in report.matched)
        file = report.file
        yield (
            f"{'imported' if report.is_new else 'known already'} {name}: {file.incoming} incoming, "
            f"{file.outgoing} outgoing, {report.repeated} known, {report.set_aside} set aside"
        )
        yield from (
            f"waiting {count}: {doubt or 'not judged'}" for doubt, count in report.waiting.items()
        )
        if file.of_nothing:
            yield f"of zero: {file.of_nothing}"
        if file.of_other_accounts:
            yield f"of other accounts, not imported: {file.of_other_accounts}"
        if file.taken_back:
            yield f"taken back by the bank: {file.taken_back}, for a person: {report.taken_back}"
        for each in file.disagreements:
            day = f" of {each['day']}" if each["day"] else ""
            yield f"does not agree: {each['what']}{day}: told {each['told']}, read {each['read']}"
