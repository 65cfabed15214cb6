"""How near the year's turnover is to the threshold at which an
entrepreneur must register for VAT (4.2).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

NEAR = 80  # percent of the threshold


@dataclass(frozen=True)
class Threshold:
    """The threshold of a year in tenge; `mrp_of` is the year whose MRP it was counted with."""

    amount: int
    mrp: int
    mrp_of: int


def threshold_of(year: int, *, mrp: Mapping[int, int], times: int) -> Threshold:
    """Count the threshold of a year: so many MRP of that year,
    or of the last one known before it.
    """
    known = max((each for each in mrp if each <= year), default=min(mrp))
    return Threshold(amount=mrp[known] * times, mrp=mrp[known], mrp_of=known)


def percent_of(turnover: Decimal, threshold: Threshold) -> int:
    """Tell the turnover as whole percent of the threshold, rounded down,
    and never less than nothing.
    """
    return max(int(turnover * 100 // threshold.amount), 0)


def nears(threshold: Threshold) -> Decimal:
    """Tell the turnover above which staff are told, in tenge."""
    return Decimal(threshold.amount) * NEAR / 100
