"""One section of a statement: its values, and where it contradicts itself (4.4)."""

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache

from django.utils.translation import gettext as _

from offer_site.errors import RuleViolation
from offer_site.money import parse_reported_amount

from .layout import PURPOSE, PURPOSE_PARTS

# A day, and maybe the time of it, which no rule of the offer asks for.
DAY = re.compile(r"(\d\d)[./](\d\d)[./](\d{4})(?:[ T]\d\d?:\d\d(?::\d\d)?)?")
# Never 1E5, and never 149,990: which of a thousand and of a tiyn it would be is not told.
AMOUNT = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,2})?", re.ASCII)
# Kazakhstan has had banks of its own since 1991; a day of another year is a typing error.
YEARS = range(1991, 2200)
LONGEST = 200  # characters of a contradiction that are kept


class StatementError(RuleViolation):
    """A file is refused as a whole because of this line."""

    def __init__(self, line: int, reason: object) -> None:
        super().__init__(
            _("Line %(line)s: %(reason)s") % {"line": line, "reason": reason}, field="file"
        )
        self.line = line


@dataclass
class Repetition:
    """A value of a key that the section had given another value before."""

    key: str
    value: str
    line: int


@dataclass
class Section:
    """The lines of one section: the first value of each key, its line, and later values."""

    line: int
    closed_by: str
    values: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    repeated: list[Repetition] = field(default_factory=list)
    last: str = ""

    def add(self, key: str, value: str, line: int) -> None:
        """Keep the first value of a key; a repeated key without a value changes nothing."""
        self.last = key
        if not self.values.get(key):
            self.values[key] = value
            self.lines[key] = line
        elif value:
            self.repeated.append(Repetition(key, value, line))

    def go_on(self, text: str) -> None:
        """Add a line without a key to the last value."""
        again = self.repeated[-1] if self.repeated else None
        if again and again.key == self.last and again.line > self.lines[self.last]:
            again.value = f"{again.value} {text}"
        else:
            self.values[self.last] = f"{self.values[self.last]} {text}".strip()

    def gather_purpose(self) -> None:
        """Put a purpose together that the bank wrote in numbered fields."""
        parts = [key for key in PURPOSE_PARTS if self.values.get(key)]
        if not parts:
            return
        whole = self.values.get(PURPOSE, "")
        joined = " ".join(self.values[key] for key in parts)
        if squeezed(joined).startswith(squeezed(whole)):
            self.values[PURPOSE] = joined
            self.lines.setdefault(PURPOSE, self.lines[parts[0]])
        elif not squeezed(whole).startswith(squeezed(joined)):
            self.repeated.append(Repetition(PURPOSE, joined, self.lines[parts[0]]))

    def contradictions(self) -> list[Repetition]:
        """Values of a key that are not the first one in other words."""
        return [
            again
            for again in self.repeated
            if not says_the_same(self.values.get(again.key, ""), again.value)
        ]

    def all_values(self, key: str) -> list[tuple[str, int]]:
        """Every value of a key that is not empty, with its line."""
        first = self.values.get(key)
        if not first:
            return []
        again = [(each.value, each.line) for each in self.repeated if each.key == key]
        return [(first, self.lines[key]), *again]

    def day(self, key: str) -> date | None:
        text = self.values.get(key)
        return day_of(text, self.lines[key]) if text else None

    def amount(self, key: str) -> Decimal | None:
        text = self.values.get(key)
        return amount_of(text, self.lines[key]) if text else None


def squeezed(text: str) -> str:
    """A text without spaces and case."""
    return "".join(text.split()).casefold()


def says_the_same(one: str, other: str) -> bool:
    """True when two texts are one text, amount or day in other figures."""
    if squeezed(one) == squeezed(other):
        return True
    amounts = _known_amount(one), _known_amount(other)
    days = _known_day(one), _known_day(other)
    return any(mine is not None and mine == theirs for mine, theirs in (amounts, days))


def plain_account(text: str) -> str:
    return "".join(text.split()).upper()


def day_of(text: str, line: int) -> date:
    day = _known_day(text)
    if day is None:
        raise StatementError(line, _("not a date: %(text)s") % {"text": text[:40]})
    return day


def amount_of(text: str, line: int) -> Decimal:
    amount = _known_amount(text)
    if amount is None:
        raise StatementError(line, _("not an amount: %(text)s") % {"text": text[:40]})
    return amount


@lru_cache(maxsize=1000)
def _known_day(text: str) -> date | None:
    found = DAY.fullmatch(text)
    try:
        day, month, year = (int(part) for part in found.groups()) if found else (0, 0, 0)
        return date(year, month, day) if year in YEARS else None
    except ValueError:
        return None


def _known_amount(text: str) -> Decimal | None:
    plain = "".join(text.split()).replace(",", ".").replace("\N{MINUS SIGN}", "-")
    if not AMOUNT.fullmatch(plain):
        return None
    try:
        return parse_reported_amount(plain)
    except ValueError:
        return None
