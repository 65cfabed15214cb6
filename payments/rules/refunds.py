"""How much can go back, and out of which receipts: arithmetic only; two people decide (4.6)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Part:
    """The part of one receipt in a case, in tenge.

    `share` is what of the receipt the case is about; `taken` is what went of the share, or was
    promised, by other decisions; `made` went under this case; `free` is what is left of the whole
    receipt.
    """

    key: int
    share: Decimal
    taken: Decimal
    made: Decimal
    free: Decimal
    came_at: datetime

    @property
    def left(self) -> Decimal:
        """The most that can still go back out of this receipt for this case (M8)."""
        return max(min(self.share - self.taken - self.made, self.free), NOTHING)


@dataclass(frozen=True)
class Calculation:
    """The sums of a case: received, costs, returned or promised before, gone under this case."""

    received: Decimal
    costs: Decimal
    refunded: Decimal
    made: Decimal

    @property
    def most(self) -> Decimal:
        """The most that may be granted: never more than came and did not go back (M8)."""
        return max(self.received - self.refunded, NOTHING)

    @property
    def by_the_law(self) -> Decimal:
        """The rest less the costs: for a customer who withdraws under article 686."""
        return max(self.most - self.costs, NOTHING)

    def is_whole(self, granted: Decimal) -> bool:
        """True when nothing of what was received would stay."""
        return self.received > 0 and self.refunded + granted >= self.received


def calculate(parts: Iterable[Part], costs: Iterable[Decimal]) -> Calculation:
    parts = list(parts)
    return Calculation(
        received=sum((part.share for part in parts), NOTHING),
        costs=sum(costs, NOTHING),
        refunded=sum((part.taken for part in parts), NOTHING),
        made=sum((part.made for part in parts), NOTHING),
    )


def spread(amount: Decimal, parts: Sequence[Part]) -> list[tuple[int, Decimal]] | None:
    """How much goes back out of which receipt, the newest first (M8).

    None when the receipts do not have so much.
    """
    payouts = []
    for part in sorted(parts, key=lambda part: (part.came_at, part.key), reverse=True):
        out = min(part.left, amount)
        if out > 0:
            payouts.append((part.key, out))
            amount -= out
    return None if amount > 0 else payouts
