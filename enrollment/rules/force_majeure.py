"""What a force majeure moves and by how much, and when the sides must talk about it (8.6)."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from offer_site.calendar.rules import Calendar, month_term
from offer_site.days import end_of_day, start_of_day

Period = tuple[date, date]  # the first day and the last
LONGEST_DAYS = 3660  # more is a slip of the pen


def talks_from(began_on: date, months: int, calendar: Calendar) -> datetime:
    """The first moment after the month of 8.6, counted from the day it began."""
    return end_of_day(month_term(began_on, months, 0, calendar))


def is_put_off(*, opened_at: datetime, due_before: datetime, event: Period) -> bool:
    """True for a term that was open during the event, and not overdue before it."""
    began_on, ended_on = event
    return opened_at < end_of_day(ended_on) and due_before > start_of_day(began_on)


def days_to_count(event: Period, counted: Iterable[Period]) -> int:
    """The length of an event, less the days for which the contract's terms have moved already."""
    began_on, ended_on = event
    taken = list(counted)
    days = (began_on + timedelta(days=each) for each in range((ended_on - began_on).days + 1))
    return sum(not any(first <= day <= last for first, last in taken) for day in days)
