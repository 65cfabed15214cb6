"""Whether the sums that a bank writes at the head of its statement are those of its lines (4.4)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from django.db import models
from django.utils.translation import gettext_lazy as _

NOTHING = Decimal(0)


class Sum(models.TextChoices):
    """Which of a statement's sums is not what its lines come to."""

    CAME = "came", _("what came in all")
    WENT = "went", _("what went out in all")
    CLOSING = "closing", _("the closing balance")
    OPENING = "opening", _("the opening balance of the next day")
    PERIOD = "period", _("one period told twice, in other sums")


@dataclass(frozen=True)
class ToldSums:
    """The sums of one period, as the bank wrote them; None where it wrote nothing."""

    since: date | None
    until: date | None
    opening: Decimal | None
    came: Decimal | None
    went: Decimal | None
    closing: Decimal | None

    @property
    def tells_what_came(self) -> bool:
        """True when these sums would contradict a receipt that is left out."""
        has_both = self.opening is not None and self.closing is not None
        return self.came is not None or has_both

    def is_within(self, other: "ToldSums") -> bool:
        """True when the other section tells of a longer period that holds this one."""
        if not (self.since and self.until and other.since and other.until):
            return False
        mine, theirs = (self.since, self.until), (other.since, other.until)
        return mine != theirs and theirs[0] <= mine[0] and mine[1] <= theirs[1]


@dataclass(frozen=True)
class Balances:
    """The balance of an account before a statement and after it; None where it is not told."""

    opening: Decimal | None = None
    closing: Decimal | None = None


def balances_of(told: Sequence[ToldSums]) -> Balances:
    """The balance before the first day that is told, and the one after the last day.

    A section without days is of the whole statement.
    """
    begins = min((each.since or date.min for each in told), default=date.min)
    ends = max((each.until or date.max for each in told), default=date.max)
    openings = [each.opening for each in told if (each.since or date.min) == begins]
    closings = [each.closing for each in told if (each.until or date.max) == ends]
    return Balances(
        next((amount for amount in openings if amount is not None), None),
        next((amount for amount in reversed(closings) if amount is not None), None),
    )


@dataclass
class ReadSums:
    """What the lines come to; a bank counts what it took back apart, or takes it off."""

    came: Decimal = NOTHING
    came_back: Decimal = NOTHING
    went: Decimal = NOTHING
    went_back: Decimal = NOTHING

    @property
    def net(self) -> Decimal:
        return self.came - self.came_back - self.went + self.went_back


@dataclass(frozen=True)
class Disagreement:
    """One sum that does not agree; `day` is None where it is of the whole statement."""

    what: Sum
    told: Decimal
    read: Decimal
    day: date | None = None


def disagreements(told: Sequence[ToldSums], read: ReadSums) -> list[Disagreement]:
    """Every sum that the bank told and that its lines, or its other sums, contradict.

    What the bank did not tell cannot disagree. Some banks tell of each day, some of the whole
    period, some of both.
    """
    sections = list(dict.fromkeys(told))
    days = [each for each in sections if not any(other.is_within(each) for other in sections)]
    wholes = [each for each in sections if each not in days]
    found = [*_of_lines(days, read), *_of_sections(sections), *_of_a_chain(days)]
    if wholes:
        found += _of_lines(wholes, read)
    return list(dict.fromkeys(found))


def _of_lines(sections: Sequence[ToldSums], read: ReadSums) -> Iterator[Disagreement]:
    """Compare the sums of all sections together with those of the lines."""
    came = _sum([each.came for each in sections])
    went = _sum([each.went for each in sections])
    if came is not None and came not in (
        read.came,
        read.came - read.came_back,
        read.came + read.went_back,
    ):
        yield Disagreement(Sum.CAME, came, read.came)
    if went is not None and went not in (
        read.went,
        read.went - read.went_back,
        read.went + read.came_back,
    ):
        yield Disagreement(Sum.WENT, went, read.went)
    if sections and (came is None or went is None):
        opening, closing = sections[0].opening, sections[-1].closing
        if opening is not None and closing is not None and opening + read.net != closing:
            yield Disagreement(Sum.CLOSING, closing, opening + read.net)


def _of_sections(sections: Sequence[ToldSums]) -> Iterator[Disagreement]:
    """Compare each section with itself, and with another of the same period."""
    known: dict[tuple[date, date], ToldSums] = {}
    for each in sections:
        if each.opening is not None and each.closing is not None:
            turned = each.opening + (each.came or NOTHING) - (each.went or NOTHING)
            if (each.came is not None or each.went is not None) and turned != each.closing:
                yield Disagreement(Sum.CLOSING, each.closing, turned, each.until)
        if each.since and each.until:
            first = known.setdefault((each.since, each.until), each)
            if first != each:
                yield Disagreement(
                    Sum.PERIOD, first.came or NOTHING, each.came or NOTHING, each.since
                )


def _of_a_chain(days: Sequence[ToldSums]) -> Iterator[Disagreement]:
    """The closing balance of a day is the opening one of the next."""
    in_order = sorted(days, key=lambda each: each.since or date.min)
    for before, after in pairwise(in_order):
        if before.closing is None or after.opening is None:
            continue
        if before.closing != after.opening:
            yield Disagreement(Sum.OPENING, after.opening, before.closing, after.since)


def _sum(amounts: Sequence[Decimal | None]) -> Decimal | None:
    """The sum of what is told; a day without a sum is a day without money."""
    told = [amount for amount in amounts if amount is not None]
    return sum(told, NOTHING) if told else None
