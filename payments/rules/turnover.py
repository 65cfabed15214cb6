"""The year's turnover and the threshold of VAT registration (4.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

NEAR = 80  # percent of the threshold


@dataclass(frozen=True)
class Threshold:
    """The threshold of a year in tenge; `mrp_of` is the year of the MRP it was computed with."""

    amount: int
    mrp: int
    mrp_of: int


def threshold_of(year: int, *, mrp: Mapping[int, int], times: int) -> Threshold:
    """The threshold of a year: `times` MRP of that year, or of the last known year before it."""
    known = max((each for each in mrp if each <= year), default=min(mrp))
    return Threshold(amount=mrp[known] * times, mrp=mrp[known], mrp_of=known)


def percent_of(turnover: Decimal, threshold: Threshold) -> int:
    """The turnover as a whole percent of the threshold, rounded down and never negative."""
    return max(int(turnover * 100 // threshold.amount), 0)


def nears(threshold: Threshold) -> Decimal:
    """The turnover in tenge above which staff are warned."""
    return Decimal(threshold.amount) * NEAR / 100
