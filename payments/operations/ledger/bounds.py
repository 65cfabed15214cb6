"""Days and sums typed by hand are within bounds, or refused with a sentence beside their field."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from offer_site.accounts.models import User
from offer_site.days import almaty_day, short_day
from offer_site.errors import RuleViolation
from offer_site.money import tenge_text
from payments.rules.by_hand import OutOfBounds, bound_of_day

OWNERS = "owner"  # the group


def is_owner(by: User | str) -> bool:
    """True for who may enter what is unusual: a fact of last year, more than the price."""
    if isinstance(by, str):
        return False
    return by.is_superuser or by.groups.filter(name=OWNERS).exists()


def marked_if_taken(number: str, *, most: int, is_taken: Callable[[str], bool]) -> str:
    """A number typed by hand, with " (2)" or more behind it while a wrong entry has it (M3)."""
    mark = 1
    free = number
    while is_taken(free):
        mark += 1
        tail = f" ({mark})"
        free = f"{number[: most - len(tail)]}{tail}"
    return free


def require_day(
    day: date,
    *,
    field: str,
    by: User | str,
    at: datetime,
    not_before: date | None = None,
    clause: str = "",
) -> None:
    """Refuse a day that lies ahead, comes before what it speaks of, or is over a year back.

    Only the owner may go back more than a year.
    """
    broken = bound_of_day(day, today=almaty_day(at), not_before=not_before, may_be_old=is_owner(by))
    if broken is None:
        return
    if broken == OutOfBounds.AHEAD:
        sentence = _("This day is still ahead.")
    elif broken == OutOfBounds.TOO_EARLY and not_before:
        sentence = _("It cannot have been before %(day)s. Check the day.") % {
            "day": short_day(not_before)
        }
    else:
        sentence = _("This is more than a year ago. Only the owner enters it.")
    raise RuleViolation(sentence, clause=clause, field=field)


def require_sum(
    amount: Decimal, *, most: Decimal | int, field: str, by: User | str, clause: str = ""
) -> None:
    """Refuse a sum above this; the owner may enter it, since people do pay too much."""
    if amount > most and not is_owner(by):
        raise RuleViolation(
            _("This is more than %(most)s. Check the sum. Only the owner enters more.")
            % {"most": tenge_text(most)},
            clause=clause,
            field=field,
        )
