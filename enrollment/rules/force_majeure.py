"""Whose terms a force majeure moves, by how much, and when the sides must talk (8.1, 8.6)."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from offer_site.calendar.rules import Calendar, month_term
from offer_site.days import end_of_day, start_of_day

from .sides import Side

Period = tuple[date, date]  # the first day and the last
LONGEST_DAYS = 3660  # more is a slip of the pen


class Hindered(models.TextChoices):
    """Whom an event hinders: 8.6 puts off the obligations of that side, and of no other."""

    USER = "user", _("the user")
    ACADEMY = "academy", _("the academy")
    BOTH = "both", _("both sides")


def sides_of(hindered: str) -> tuple[Side, ...]:
    return tuple(Side) if hindered == Hindered.BOTH else (Side(hindered),)


def talks_from(began_on: date, months: int, calendar: Calendar) -> datetime:
    """The first moment after the month of 8.6, counted from the day it began."""
    return end_of_day(month_term(began_on, months, 0, calendar))


def is_put_off(*, opened_at: datetime, due_before: datetime, event: Period) -> bool:
    """True for a term that was open during the event, and not overdue before it."""
    began_on, ended_on = event
    return opened_at < end_of_day(ended_on) and due_before > start_of_day(began_on)


def is_day_put_off(day: date, *, event: Period) -> bool:
    """True for a day to pay or to perform on, agreed before, that had not passed when it began."""
    began_on, _ended_on = event
    return day >= began_on


def days_to_count(event: Period, counted: Iterable[Period]) -> int:
    """The length of an event, less the days for which the contract's terms have moved already."""
    began_on, ended_on = event
    taken = list(counted)
    days = (began_on + timedelta(days=each) for each in range((ended_on - began_on).days + 1))
    return sum(not any(first <= day <= last for first, last in taken) for day in days)
