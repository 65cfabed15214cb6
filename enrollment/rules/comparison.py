"""What differs between two editions of the offer: clause by clause, word by word (12.2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from .offer_text import Clause, OfferText

TITLE = "title"
PREAMBLE = "preamble"

Segments = tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Change:
    """A place of the text that changed.

    Each side is a list of pieces; a piece is True if it is the one that differs.
    """

    place: str
    before: Segments
    after: Segments


def compare_texts(before: OfferText, after: OfferText) -> list[Change]:
    """What changed in one language, in the order of the new text; removed places come last."""
    old = dict(_places(before))
    new = dict(_places(after))
    places = [*new, *(place for place in old if place not in new)]
    return [
        _change(place, old.get(place, ""), new.get(place, ""))
        for place in places
        if old.get(place) != new.get(place)
    ]


def _places(text: OfferText) -> Iterator[tuple[str, str]]:
    yield TITLE, text.title
    yield PREAMBLE, "\n".join(text.preamble)
    for section in text.sections:
        yield section.number, section.title
        for clause in section.clauses:
            yield clause.number, _whole(clause)


def _whole(clause: Clause) -> str:
    rows = (" | ".join(row) for row in clause.rows)
    return "\n".join(
        [clause.text, *clause.more, *rows, *(f"- {bullet}" for bullet in clause.bullets)]
    )


def _change(place: str, before: str, after: str) -> Change:
    here = before.split(" ")
    there = after.split(" ")
    left: list[tuple[str, bool]] = []
    right: list[tuple[str, bool]] = []
    for kind, a, b, c, d in SequenceMatcher(a=here, b=there, autojunk=False).get_opcodes():
        left.append((" ".join(here[a:b]), kind != "equal"))
        right.append((" ".join(there[c:d]), kind != "equal"))
    return Change(
        place,
        tuple(piece for piece in left if piece[0]),
        tuple(piece for piece in right if piece[0]),
    )
