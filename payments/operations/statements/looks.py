"""The second look at a statement: of the person who compares it with the bank, and of the next
file of the same days (4.4, M13).
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from offer_site.accounts.models import User
from offer_site.days import almaty_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor, record
from offer_site.retries import once_more_if_beaten
from payments.models import LineState, StatementFile, StatementLine
from payments.operations.ledger.brought import note_seen
from payments.operations.ledger.known import telling_of_line
from payments.rules.likeness import may_be_the_same
from payments.rules.matching import Doubt

from .lines import settle_line
from .taken_back import NOT_FOUND, keep_not_at_the_bank

COUNTED = (LineState.MATCHED, LineState.TAKEN)


def see_statement(*, file: StatementFile, by: User, at: datetime) -> list[str]:
    """Record that another person has compared a file with the bank; what waited for it is settled.

    Returns the codes paid. Raises RuleViolation for who imported it, for a file that is not stored
    to its end, and when it was seen before.
    """
    _see(file, by=by, at=at)
    return settle_what_waited(brought_by=file.by, at=at)


def settle_what_waited(*, brought_by: str, at: datetime) -> list[str]:
    """Settle the lines that waited for a look at what this person brought; return the codes paid.

    What is above the bound still waits while another file of this person is unseen.
    """
    waiting = StatementLine.objects.filter(
        Q(file__by=brought_by) | Q(typed__told_in__by=brought_by),
        state=LineState.UNMATCHED,
        doubt=Doubt.UNSEEN_FILE,
    )
    keys = list(waiting.order_by("documented_on", "line", "pk").values_list("pk", flat=True))
    return [code for key in keys if (code := settle_line(line_id=key, at=at))]


@transaction.atomic
def _see(file: StatementFile, *, by: User, at: datetime) -> None:
    file = StatementFile.objects.select_for_update(no_key=True).get(pk=file.pk)
    if file.sha256 is None or file.stored_at is None:
        raise RuleViolation(_("This statement is not stored to its end."), clause="4.4")
    note_seen(file, verb="statement.seen", about=("statement", str(file.pk)), by=by, at=at)


@once_more_if_beaten
@transaction.atomic
def note_not_at_the_bank(*, line: StatementLine, reason: str, by: User, at: datetime) -> None:
    """Record that a person does not find a transfer at the bank: its money is held (M13).

    What it paid is reversed by a counter-entry of two persons. Raises RuleViolation when that is
    known already.
    """
    line = StatementLine.objects.select_for_update().get(pk=line.pk)
    if not keep_not_at_the_bank(line, detail=NOT_FOUND, by=actor(by), at=at):
        raise RuleViolation(_("That is known already: see the difference."), clause="4.4")
    record(
        "statement_line.not_found",
        about=("statement_line", str(line.pk)),
        facts={"reference": line.fingerprint, "amount": str(line.amount), "reason": reason},
        by=actor(by),
        at=at,
        clause="4.4",
    )


class ToldBefore:
    """What earlier files told of the days of a file, less what this one tells as well."""

    def __init__(self, file: StatementFile) -> None:
        self.file = file
        self.left: set[str] = set()
        self.struck: set[str] = set()
        if file.since and file.until:
            freed = Q(typed__told_in__isnull=False, typed__approved_at=None)
            before = StatementLine.objects.filter(
                Q(file__sha256__isnull=False) | freed,
                file__account=file.account,
                executed_on__range=(file.since, file.until),
            )
            self.left = set(before.exclude(file=file).values_list("fingerprint", flat=True))

    def strike(self, lines: Iterator[StatementLine]) -> Iterator[StatementLine]:
        """Pass lines on, and strike out what they tell again."""
        for line in lines:
            if line.fingerprint in self.left:
                self.left.remove(line.fingerprint)
                self.struck.add(line.fingerprint)
            yield line

    def missed(self, *, periods: Sequence[tuple[date, date]], at: datetime) -> list[StatementLine]:
        """Lock and return the receipts of which a later file, whole for their day, has nothing.

        Of a day that is not over an earlier export may be imported after a later one. What the file
        may tell in other words waits already, beside what it repeats.
        """
        if not self.left or not periods:
            return []
        today = almaty_day(at)
        left = StatementLine.objects.filter(
            fingerprint__in=self.left, executed_on__lt=today
        ).order_by("pk")
        return [
            line
            for line in left.select_for_update()
            if any(since <= line.executed_on <= until for since, until in periods)
            and not self._is_told_in_other_words(line)
        ]

    def _is_told_in_other_words(self, line: StatementLine) -> bool:
        """True where a line of the file may be this one; two that both count are two."""
        told = telling_of_line(line)
        alike = StatementLine.objects.filter(
            Q(file=self.file) | Q(fingerprint__in=self.struck),
            amount=line.amount,
            is_another=False,
        )
        if line.state in COUNTED:
            alike = alike.exclude(state__in=COUNTED)
        return any(may_be_the_same(told, telling_of_line(each)) for each in alike)
