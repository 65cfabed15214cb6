"""Terms of the offer on the working days of Kazakhstan (Civil Code, articles 172 to 176).

A term is a length of time in the offer; one that is running is a deadline. It starts on the day
after its event. Every function returns the last day of the term; an act is in time before
`days.end_of_day` of it.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache

import holidays

from offer_site.days import add_months_and_days

ONE_DAY = timedelta(days=1)


@lru_cache(maxsize=64)
def working_days_by_law(year: int) -> frozenset[date]:
    """A year's working days: five a week, less public holidays, with the library's transfers."""
    # The neighbor years come along because a transfer is listed under the year of the day off:
    # Saturday 28 December 2013 was worked for Friday 3 January 2014.
    kazakhstan = holidays.country_holidays("KZ", years=(year - 1, year, year + 1))
    first = date(year, 1, 1)
    days = (
        first + timedelta(days=number) for number in range((date(year, 12, 31) - first).days + 1)
    )
    return frozenset(day for day in days if kazakhstan.is_working_day(day))


@dataclass(frozen=True)
class Calendar:
    """The working days of Kazakhstan; staff's exceptions go before the library."""

    worked: frozenset[date] = frozenset()
    off: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if self.worked & self.off:
            raise ValueError(f"both worked and off: {sorted(self.worked & self.off)}")

    def is_working(self, day: date) -> bool:
        return day in self.worked or (day not in self.off and day in working_days_by_law(day.year))

    @cached_property
    def version(self) -> str:
        """The name of this calendar, stored with each deadline counted on it (D1)."""
        marks = sorted([f"{day}+" for day in self.worked] + [f"{day}-" for day in self.off])
        digest = hashlib.sha256(" ".join(marks).encode()).hexdigest()[:8]
        return f"holidays-{holidays.__version__}+{len(marks)}@{digest}"


def working_day_term(event: date, days: int, calendar: Calendar) -> date:
    """The last day of a term of working days (7.2.2, 9.1, 9.5)."""
    require_a_length(days)
    last = event
    while days:
        last += ONE_DAY
        days -= calendar.is_working(last)
    return last


def calendar_day_target(event: date, days: int) -> date:
    """The last day of a term of calendar days, even if it is off: the day to aim at (10.2)."""
    require_a_length(days)
    return event + timedelta(days=days)


def calendar_day_term(event: date, days: int, calendar: Calendar) -> date:
    """The last day of a term of calendar days, moved to a working day if it is off (10.2)."""
    return rolled(calendar_day_target(event, days), calendar)


def month_target(event: date, months: int, days: int = 0) -> date:
    """The last day of months, then days, even if it is off: the length of the course (4.1)."""
    require_a_length(months + days)
    return add_months_and_days(event, months, days)


def month_term(event: date, months: int, days: int, calendar: Calendar) -> date:
    """The last day of months, then days, moved to the next working day if it is off (8.6)."""
    return rolled(month_target(event, months, days), calendar)


def backward_term(day: date, days: int) -> date:
    """The last day that is "not later than N days before" a day (12.4).

    It is never moved: a later day would be too late, and an earlier one stricter than the offer.
    """
    require_a_length(days)
    return day - timedelta(days=days)


def rolled(day: date, calendar: Calendar) -> date:
    """The day itself, or the next working day if it is off."""
    while not calendar.is_working(day):
        day += ONE_DAY
    return day


def require_a_length(days: int) -> None:
    """ValueError for a term of less than one day: it would end before its event was over."""
    if days < 1:
        raise ValueError(f"a term has at least one day, not {days}")
