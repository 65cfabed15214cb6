"""What is due and when: all on the order's day (4.3), or half and the rest (4.3.1)."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Due:
    number: int
    amount: int
    due_on: date


def schedule(
    *, price: int, prepayment: int, placed_on: date, rest_on: date | None = None
) -> tuple[Due, ...]:
    """The installments of a price in tenge; their sum is always the price.

    Raises ValueError for a rest without its day.
    """
    if prepayment == price:
        return (Due(1, price, placed_on),)
    if rest_on is None:
        raise ValueError("a rest needs its agreed day (4.3.1)")
    return Due(1, prepayment, placed_on), Due(2, price - prepayment, rest_on)
