"""When the sides must talk about a force majeure that lasts (8.6)."""

from datetime import date, datetime

from offer_site.calendar.rules import Calendar, month_term
from offer_site.days import end_of_day


def talks_from(began_on: date, months: int, calendar: Calendar) -> datetime:
    """The first moment after the month of 8.6, counted from the day it began."""
    return end_of_day(month_term(began_on, months, 0, calendar))
