"""The bounds of days and sums that people type: a slip of a finger must not become money."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

DAYS_BACK = 366  # older facts are entered by the owner alone


class OutOfBounds(StrEnum):
    AHEAD = "ahead"
    TOO_EARLY = "too early"  # before what it speaks of
    TOO_OLD = "too old"


def bound_of_day(
    day: date, *, today: date, not_before: date | None, may_be_old: bool
) -> OutOfBounds | None:
    """Which bound a day breaks; None when it stands. Money cannot come before its order."""
    if day > today:
        return OutOfBounds.AHEAD
    if not_before and day < not_before:
        return OutOfBounds.TOO_EARLY
    if (today - day).days >= DAYS_BACK and not may_be_old:
        return OutOfBounds.TOO_OLD
    return None


def costs_are_below(price: Decimal | int, costs: Decimal) -> bool:
    """True while what was spent on an order is less than its price (article 686)."""
    return costs < price
