"""Staff's changes to the calendar, and the calendar of now.

A change moves no running deadline: each keeps its day and the version it was counted on (D1).
"""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from offer_site.days import short_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import record

from .models import DayException
from .rules import Calendar


def current_calendar() -> Calendar:
    """The working days with the exceptions in force now; one query."""
    return DayException.objects.standing().as_calendar()


@transaction.atomic
def record_exception(
    *, day: date, is_working: bool, name_kk: str, name_ru: str, source: str, by: str, at: datetime
) -> DayException:
    """Record a day as working or off by a government's document; safe to repeat.

    Raises RuleViolation if the day has a different exception.
    """
    facts: dict[str, Any] = {
        "is_working": is_working,
        "name_kk": name_kk,
        "name_ru": name_ru,
        "source": source,
    }
    exception, is_new = DayException.objects.get_or_create(
        day=day, removed_at=None, defaults={**facts, "recorded_by": by, "recorded_at": at}
    )
    if is_new:
        record(
            "day_exception.recorded",
            about=about(exception),
            facts={"day": str(day), **facts},
            by=by,
            at=at,
        )
    elif not exception.says_the_same_as(**facts):
        raise RuleViolation(
            _("%(day)s already has an exception. Remove it first, then record the new one.")
            % {"day": short_day(day)},
            field="day",
        )
    return exception


@transaction.atomic
def remove_exception(*, exception: DayException, by: str, at: datetime) -> DayException:
    """Return a day to the law; the row is locked and kept, and a second removal changes nothing."""
    exception = DayException.objects.select_for_update().get(pk=exception.pk)
    if exception.is_standing:
        exception.removed_by = by
        exception.removed_at = at
        exception.save(update_fields=["removed_by", "removed_at"])
        record(
            "day_exception.removed",
            about=about(exception),
            facts={"day": str(exception.day)},
            by=by,
            at=at,
        )
    return exception


def about(exception: DayException) -> tuple[str, str]:
    """How the journal names an exception."""
    return "day_exception", str(exception.pk)
