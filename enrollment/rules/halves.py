"""Half now, half later (4.3.1): a request's states, the days of the rest, the reminders."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _

from offer_site.days import last_day


class HalvesState(models.TextChoices):
    ASKED = "asked", _("awaits our answer")
    PROPOSED = "proposed", _("awaits the student's answer")
    AGREED = "agreed", _("agreed, not ordered yet")
    ORDERED = "ordered", _("ordered")
    REFUSED = "refused", _("refused by the student")
    DECLINED = "declined", _("declined by us")
    ENDED = "ended", _("ended: not used in time")


MOVES: dict[HalvesState, set[HalvesState]] = {
    HalvesState.ASKED: {HalvesState.PROPOSED, HalvesState.DECLINED},
    HalvesState.PROPOSED: {
        HalvesState.AGREED,
        HalvesState.REFUSED,
        HalvesState.DECLINED,
        HalvesState.ENDED,
    },
    # Staff may propose another day to a student who refused one or let it pass.
    HalvesState.REFUSED: {HalvesState.PROPOSED, HalvesState.DECLINED},
    HalvesState.AGREED: {HalvesState.ORDERED, HalvesState.ENDED},
    HalvesState.ORDERED: set(),
    HalvesState.DECLINED: set(),
    HalvesState.ENDED: {HalvesState.PROPOSED},
}
OPEN = (HalvesState.ASKED, HalvesState.PROPOSED, HalvesState.AGREED)
REMIND_BEFORE = (7, 3, 1, 0)  # days before the day of the rest, and that day itself


class BadDay(StrEnum):
    VALID_TOO_SHORT = "valid until a moment that has passed"
    BEFORE_COURSE = "the rest is due before the course begins"
    AFTER_COURSE = "the rest is due on the last day of the course or later"
    BEFORE_ORDER = "the rest could be due before the order is placed"


def bad_day(
    *, rest_on: date, valid_until: datetime, starts_on: date, ends_on: date, at: datetime
) -> BadDay | None:
    """Why a proposed day of the rest does not fit the course and the order; None when it fits."""
    if valid_until <= at:
        return BadDay.VALID_TOO_SHORT
    if rest_on < starts_on:
        return BadDay.BEFORE_COURSE
    if rest_on >= ends_on:
        return BadDay.AFTER_COURSE
    # An order can be placed up to the last instant before `valid_until`, and its own day comes
    # first.
    return BadDay.BEFORE_ORDER if rest_on <= last_day(valid_until) else None


def reminder_due(*, rest_on: date, placed_on: date, today: date) -> int | None:
    """The reminder that should have left by today: 7, 3, 1 or 0 days before; None for none.

    Of several that a stopped clock missed only the latest is sent. One whose day was the order's
    own day or earlier is left out: the order itself has just named the day.
    """
    left = (rest_on - today).days
    due = [
        days
        for days in REMIND_BEFORE
        if 0 <= left <= days and rest_on - timedelta(days=days) > placed_on
    ]
    return min(due, default=None)


def is_overdue(*, due_on: date, today: date) -> bool:
    """True when the day of the rest has ended, at 24:00 in Almaty."""
    return today > due_on
