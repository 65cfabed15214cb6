"""Whether an operation brought money to our account, and how much (4.4)."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto


class Direction(Enum):
    IN = auto()
    OUT = auto()
    ELSEWHERE = auto()  # of another account of the same file
    NOTHING = auto()  # a line of zero
    UNKNOWN = auto()


@dataclass(frozen=True)
class Amounts:
    """The sums of one operation, below zero where the bank takes something back."""

    came: Decimal | None
    went: Decimal | None
    bare: Decimal | None  # the key does not name the direction

    @property
    def are_missing(self) -> bool:
        return self.came is None and self.went is None and self.bare is None

    @property
    def least(self) -> Decimal:
        """The sum nearest to nothing, of those that are told."""
        told = [amount for amount in (self.came, self.went, self.bare) if amount]
        return min(told, key=abs)


@dataclass(frozen=True)
class MoneyMoved:
    """Where the money went; `contradictions` are what the amounts and the accounts leave open."""

    direction: Direction
    amount: Decimal
    contradictions: tuple[str, ...] = ()


def movement_of(
    amounts: Amounts,
    *,
    receivers: Collection[str],
    payers: Collection[str],
    ours: str,
    accounts: Collection[str],
) -> MoneyMoved:
    """Judge an operation of a file that tells of `accounts`.

    `receivers` and `payers` are all the accounts that it names for each; one, usually. Where money
    may be ours it is never passed over: it came, with a contradiction.
    """
    if not (amounts.came or amounts.went or amounts.bare):
        return MoneyMoved(Direction.NOTHING, Decimal(0))
    found = list(_two_sums(amounts))
    to_us = ours in receivers
    from_us = ours in payers
    to_another = any(each in accounts for each in receivers)
    from_another = any(each in accounts for each in payers if each != ours)
    if amounts.came:
        direction = Direction.IN
        if not to_us and to_another:
            direction = Direction.ELSEWHERE
        elif receivers and not to_us:
            found.append(f"получательиик = {_first(receivers)}")
        elif not receivers and len(accounts) > 1:
            found.append("получательиик = ?")
        elif from_us and to_us:
            found.append(f"плательщикиик = получательиик = {ours}")
    elif amounts.went:
        direction = Direction.OUT
        if not from_us and from_another:
            direction = Direction.ELSEWHERE
        elif to_us and not from_us:
            direction = Direction.IN
            found.append(f"суммарасход = {amounts.went}, получательиик = {ours}")
    elif to_us:
        direction = Direction.IN
        if from_us:
            found.append(f"плательщикиик = получательиик = {ours}")
    elif from_us:
        direction = Direction.OUT
    elif to_another or from_another:
        direction = Direction.ELSEWHERE
    else:
        direction = Direction.UNKNOWN
    return MoneyMoved(direction, amounts.least, tuple(found))


def _two_sums(amounts: Amounts) -> list[str]:
    """Sums of one operation that cannot both be its sum."""
    found = []
    if amounts.came and amounts.went:
        found.append(f"суммаприход = {amounts.came}, суммарасход = {amounts.went}")
    named = amounts.came or amounts.went
    if named and amounts.bare and abs(named) != abs(amounts.bare):
        found.append(f"сумма = {amounts.bare} ≠ {named}")
    return found


def _first(accounts: Collection[str]) -> str:
    return next(iter(accounts))
