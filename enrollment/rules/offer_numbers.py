"""The numbers of `terms.toml`, written anew in its own text; all else of it stays as it is."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .offer_terms import COUNTS, TermsError, read_terms

PRICE = re.compile(r"^(?P<before>price\s*=\s*)(?P<value>\d[\d_]*)", re.MULTILINE)


@dataclass(frozen=True)
class NumberChange:
    """A number that differs between two editions; `place` is its clause, or its row of 4.1."""

    name: str
    place: str
    before: str
    after: str


def with_numbers(content: str, *, counts: Mapping[str, int], prices: Sequence[int]) -> str:
    """The text of `terms.toml` with these counts and the prices of its tariffs in their order.

    Raises TermsError if the text does not then say so.
    """
    for name, value in counts.items():
        number = re.compile(rf"^(?P<before>{name}\s*=\s*)(?P<value>\d[\d_]*)", re.MULTILINE)
        content = number.sub(_written([value]), content, count=1)
    content = PRICE.sub(_written(prices), content)
    terms = read_terms(content.encode())
    said = [tariff["price"] for tariff in terms["tariffs"]]
    wrong = [name for name, value in counts.items() if terms[name] != value]
    if wrong or said != list(prices):
        raise TermsError(f"terms.toml: write {', '.join([*wrong, 'price'][:1])} by hand")
    return content


def _written(values: Sequence[int]) -> Any:
    """What `re.sub` calls: a number that stays the same stays as it was written."""
    coming = iter(values)

    def write(found: re.Match[str]) -> str:
        value = next(coming, None)
        if value is None or int(found["value"].replace("_", "")) == value:
            return found[0]
        return f"{found['before']}{value}"

    return write


def changed_numbers(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[NumberChange]:
    """The counts and prices that differ; an edition that lacks one shows a dash."""
    found = [
        NumberChange(name, ", ".join(after["clauses"].get(name, [])), was, now)
        for name in COUNTS
        if (was := str(before.get(name, "–"))) != (now := str(after.get(name, "–")))
    ]
    earlier = {_tariff(row): row["price"] for row in before["tariffs"]}
    later = {_tariff(row): row["price"] for row in after["tariffs"]}
    for tariff in dict.fromkeys([*earlier, *later]):
        was = str(earlier.get(tariff, "–"))
        now = str(later.get(tariff, "–"))
        if was != now:
            found.append(NumberChange(" ".join(tariff), "4.1", was, now))
    return found


def _tariff(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["name"], row["label_ru"]
