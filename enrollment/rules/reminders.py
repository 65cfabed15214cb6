"""On which days a student is told that the course begins."""

from datetime import date, timedelta

TELL_BEFORE = (7, 1)  # days before the first day


def beginning_due(*, starts_on: date, today: date) -> int | None:
    """The letter that should have left by today: 7 days before, or 1; None for none.

    Of both that a stopped clock missed only the later one is sent.
    """
    left = (starts_on - today).days
    return min((days for days in TELL_BEFORE if 0 < left <= days), default=None)


def is_told_at_all(*, days: int, starts_on: date, opened_on: date) -> bool:
    """False where the contract's own letter has just named the day: it came in that last week.

    The letter of the day before goes to everybody: it has the link to the lessons.
    """
    return days == min(TELL_BEFORE) or opened_on < starts_on - timedelta(days=days)
