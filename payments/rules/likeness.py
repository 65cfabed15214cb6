"""Whether two tellings may be of one movement of money (M1, M6).

A bank tells of one transfer again in other words: the number padded with zeros, letters lost, the
day of the account instead of the document's. The two halves of an order are equal, so a second
telling of the first would pay the second. Too much is doubted here rather than too little: a
person answers a doubt in a minute.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from difflib import SequenceMatcher

from offer_site.days import almaty_day
from offer_site.signs import composed

# A document of Friday may stand on the account after holidays.
NEAR = timedelta(days=5)
# Money that others took for us reaches the account later: a bank's credit, a cash desk.
NEAR_BY_HAND = timedelta(days=14)
A_MINUTE = timedelta(minutes=1)
ALIKE = 0.8  # of the letters of two purposes
COMPARED = 300  # letters of each: the cost grows with their product, and payers write them
SHORTEST_PART = 6  # digits of a number that another number may end with
# What an export to cp1251 loses, and the question marks it writes instead.
LOST = re.compile(r"[әғқңөұүһі?\ufffd]")
NOT_A_LETTER = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Telling:
    """What one source tells of money that came; empty where it tells nothing.

    `days` are those of the document and of the account. `at` is the moment, where it is known to
    the minute.
    """

    amount: Decimal
    days: tuple[date, ...]
    number: str = ""
    payer_id: str = ""
    purpose: str = ""
    at: datetime | None = None


def may_be_the_same(one: Telling, other: Telling) -> bool:
    """True when two transfers named for the same order may be one, told twice.

    Of one amount and about one day they are told apart by both the number and the payer; of days
    far apart they are one only when the number is the same and nothing contradicts it.
    """
    if one.amount != other.amount:
        return False
    number = same_number(one.number, other.number)
    payer = same_text(one.payer_id, other.payer_id)
    purpose = same_purpose(one.purpose, other.purpose)
    if not days_are_near(one, other, within=NEAR):
        return bool(number) and payer is not False and purpose is not False
    if payer is False:
        return bool(number) or (number is None and bool(purpose))
    return True


def may_be_seen_by_hand(one: Telling, other: Telling, *, within: timedelta = NEAR) -> bool:
    """True when money that a person saw elsewhere may be money that something else tells of."""
    if one.amount != other.amount:
        return False
    return days_are_near(one, other, within=within) or bool(same_number(one.number, other.number))


def is_of_the_same_minute(one: Telling, other: Telling) -> bool:
    """True for equal amounts of one minute; of one day where a side knows only the day."""
    if one.amount != other.amount:
        return False
    if one.at is None or other.at is None:
        return bool(set(one.days) & set(other.days))
    return abs(one.at - other.at) <= A_MINUTE


def is_of_the_same_day(one: Telling, other: Telling) -> bool:
    return one.amount == other.amount and bool(set(one.days) & set(other.days))


def days_are_near(one: Telling, other: Telling, *, within: timedelta) -> bool:
    return any(abs(mine - theirs) <= within for mine in one.days for theirs in other.days)


def same_number(one: str, other: str) -> bool | None:
    """Whether two numbers of a document are one number; None where there is nothing to compare.

    Only the digits count, without the zeros before them; a long number may be told with something
    before it.
    """
    mine = _digits(one)
    theirs = _digits(other)
    if not mine or not theirs:
        return None
    short, long = sorted((mine, theirs), key=len)
    return mine == theirs or (len(short) >= SHORTEST_PART and long.endswith(short))


def same_text(one: str, other: str) -> bool | None:
    return one == other if one and other else None


def same_purpose(one: str, other: str) -> bool | None:
    """Whether two purposes say the same, with letters lost, cut off or written otherwise."""
    mine = _plain(one)
    theirs = _plain(other)
    if not mine or not theirs:
        return None
    if mine.startswith(theirs) or theirs.startswith(mine):
        return True
    both = mine[:COMPARED], theirs[:COMPARED]
    return SequenceMatcher(None, *both, autojunk=False).ratio() >= ALIKE


def telling_of_moment(amount: Decimal, at: datetime, *, number: str = "") -> Telling:
    """Money whose moment is known to the minute."""
    return Telling(amount=amount, days=(almaty_day(at),), number=number, at=at)


def _digits(number: str) -> str:
    return "".join(char for char in number if char.isdecimal()).lstrip("0")


def _plain(purpose: str) -> str:
    folded = composed("NFKC", purpose).casefold()
    return NOT_A_LETTER.sub("", LOST.sub("", folded))
