"""What a bank's file gives before a second person has compared it with the bank (M13).

Nothing in a file proves that the bank wrote it, and one person brings it. So it gives its money at
once, but only up to a sum and for a time; beyond them its money waits for the look of another.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from offer_site.accounts.models import User
from offer_site.calendar.operations import current_calendar
from offer_site.days import almaty_day, start_of_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import SYSTEM, actor, record
from payments.models import (
    KaspiRegistry,
    KaspiRow,
    LedgerEntry,
    LineState,
    MessageKind,
    ProviderMessage,
    StatementFile,
    StatementLine,
)
from payments.models.brought import A_PERSON, BroughtQuerySet
from payments.rules.looks import first_day_in_time, waits_for_look

Brought = StatementFile | KaspiRegistry
KASPI = "kaspi"


def is_by_a_person(by: str) -> bool:
    """True for a member of staff at a desk; a command of the server is nobody's."""
    return by.startswith(A_PERSON)


def to_be_seen(files: BroughtQuerySet, at: datetime) -> BroughtQuerySet:
    """Files that another person compares with the bank, and is not late with."""
    first = first_day_in_time(almaty_day(at), current_calendar())
    return files.unseen().filter(imported_at__gte=start_of_day(first))


def seen_too_late(files: BroughtQuerySet, at: datetime) -> BroughtQuerySet:
    """Files that another person should have compared with the bank by now."""
    first = first_day_in_time(almaty_day(at), current_calendar())
    return files.unseen().filter(imported_at__lt=start_of_day(first))


def must_be_seen_first(brought: Brought, *, amount: Decimal, at: datetime) -> bool:
    """True when this money of a file waits until a second person has compared it with the bank.

    Locks the unseen files of who brought it, after whatever the caller has locked: of two sums at
    once the second one counts the first.
    """
    if not brought.is_unseen:
        return False
    files = _locked(StatementFile, brought.by)
    registries = _locked(KaspiRegistry, brought.by)
    if brought not in (*files, *registries):
        return False  # somebody has seen it meanwhile
    first = min(each.imported_at for each in (*files, *registries))
    given = _given_by_files(files, brought.by) + _given_by_registries(registries)
    return waits_for_look(
        amount=amount,
        given=given,
        first_brought_on=almaty_day(first),
        today=almaty_day(at),
        calendar=current_calendar(),
    )


def require_seen(
    brought: Brought, *, amount: Decimal, by: User, at: datetime, field: str | None = None
) -> None:
    """Refuse money of a file to who brought it, where another person has to look first.

    Another person who gives it is the second one.
    """
    if actor(by) == brought.by and must_be_seen_first(brought, amount=amount, at=at):
        raise RuleViolation(
            _("You imported its file: another person compares it with the bank first."),
            clause="4.4",
            field=field,
        )


def file_of(line: StatementLine) -> StatementFile:
    """The file on whose word a line counts: of one typed by hand, the file that tells it again."""
    typed = getattr(line, "typed", None) if line.file.sha256 is None else None
    if typed and typed.told_in and typed.approved_at is None:
        return typed.told_in
    return line.file


def told_by(*files: Brought) -> Q:
    """The lines that count on the word of these files, as `file_of` says it of one line."""
    return Q(file__in=files) | Q(typed__told_in__in=files, typed__approved_at=None)


def note_seen(
    brought: Brought, *, verb: str, about: tuple[str, str], by: User, at: datetime
) -> None:
    """Record that a second person has compared a locked file with the bank.

    Raises RuleViolation for who brought it, and when it was seen before.
    """
    if brought.seen_at is not None:
        raise RuleViolation(_("Somebody has compared it with the bank already."), clause="4.4")
    if brought.by == actor(by):
        raise RuleViolation(
            _("You imported it: another person compares it with the bank."), clause="4.4"
        )
    brought.seen_at = at
    brought.seen_by = actor(by)
    brought.save(update_fields=["seen_at", "seen_by"])
    record(verb, about=about, facts={"sha256": brought.sha256}, by=actor(by), at=at, clause="4.4")


def _locked(model: type[Brought], by: str) -> list[Brought]:
    unseen = model.objects.unseen().filter(by=by)
    return list(unseen.select_for_update(no_key=True).order_by("pk"))


def _given_by_files(files: list[Brought], by: str) -> Decimal:
    """What went to orders, or into the ledger, on the word of these files and of one person."""
    lines = StatementLine.objects.filter(
        told_by(*files),
        state__in=(LineState.MATCHED, LineState.TAKEN),
        settled_by__in=(SYSTEM, by),
    )
    return _sum(lines)


def _given_by_registries(registries: list[Brought]) -> Decimal:
    """Receipts of which only these registries tell."""
    if not registries:
        return Decimal(0)
    numbers = KaspiRow.objects.filter(
        registry__in=[each.pk for each in registries], amount__gt=0
    ).values("txn_id")
    return _sum(told_by_registry_alone().filter(reference__in=numbers))


def told_by_registry_alone() -> QuerySet[LedgerEntry]:
    """Receipts of Kaspi of which it sent no notification: a file is all that tells of them."""
    notified = ProviderMessage.objects.filter(
        provider=OuterRef("provider"), kind=MessageKind.PAY, reference=OuterRef("reference")
    )
    return LedgerEntry.objects.receipts().filter(~Exists(notified), provider=KASPI)


def _sum(rows: QuerySet[Any]) -> Decimal:
    total: Decimal | None = rows.aggregate(total=Sum("amount"))["total"]
    return total or Decimal(0)
