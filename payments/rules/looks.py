"""How much a bank's file may conclude before a second person has compared it with the bank (M13).

A file carries no signature: whoever brings it could have written it.
"""

from datetime import date
from decimal import Decimal

from offer_site.calendar.rules import ONE_DAY, Calendar, working_day_term

# Tenge, of all files that one person brought and nobody else has seen: four of the dearest orders.
AT_MOST = Decimal(2_000_000)
WORKING_DAYS = 1  # for the look: until 24:00 of the next one


def look_due_on(brought_on: date, calendar: Calendar) -> date:
    """The last day on which a second person looks in time."""
    return working_day_term(brought_on, WORKING_DAYS, calendar)


def first_day_in_time(today: date, calendar: Calendar) -> date:
    """The first day whose files need not have been seen before today."""
    day = today
    while look_due_on(day - ONE_DAY, calendar) >= today:
        day -= ONE_DAY
    return day


def waits_for_look(
    *, amount: Decimal, given: Decimal, first_brought_on: date, today: date, calendar: Calendar
) -> bool:
    """True when money of a file that nobody has seen yet is not given by itself.

    `given` is what the files of this person have given so far, `first_brought_on` the day of the
    oldest of them.
    """
    return given + amount > AT_MOST or today > look_due_on(first_brought_on, calendar)
