"""How long a reported payment keeps its order, and how many places reports keep (4.3, 4.6)."""

from datetime import date

from offer_site.calendar.rules import Calendar, working_day_term

PLACES_A_KEPT_ONE = 10


def last_day_kept(*, placed_on: date, working_days: int, calendar: Calendar) -> date:
    """The last working day on which an order is kept, counted from the day after its own."""
    return working_day_term(placed_on, working_days, calendar)


def places_kept_at_most(seats: int) -> int:
    """How many places reports may hold overnight: a tenth of the cohort's, rounded down."""
    return seats // PLACES_A_KEPT_ONE
