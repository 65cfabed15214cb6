"""What differs between two editions of the offer: clause by clause, word by word (12.2)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from .offer_text import Clause, OfferText

TITLE = "title"
PREAMBLE = "preamble"
AROUND = 3  # words that a short form keeps beside those that differ

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


@dataclass(frozen=True)
class ChangeInBoth:
    """A place that changed, in both languages at once; None where that language stayed."""

    place: str
    kk: Change | None
    ru: Change | None

    @property
    def is_in_one_language(self) -> bool:
        return self.kk is None or self.ru is None

    def in_language(self, language: str) -> Change | None:
        return self.kk if language == "kk" else self.ru


def compare_both(
    before: Mapping[str, OfferText], after: Mapping[str, OfferText]
) -> list[ChangeInBoth]:
    """What changed in either language, each place once, in the order of the new texts."""
    kk, ru = (
        {change.place: change for change in compare_texts(before[language], after[language])}
        for language in ("kk", "ru")
    )
    texts = (after["kk"], after["ru"], before["kk"], before["ru"])
    places = dict.fromkeys(place for text in texts for place, _words in _places(text))
    return [
        ChangeInBoth(place, kk.get(place), ru.get(place))
        for place in places
        if place in kk or place in ru
    ]


def around(pieces: Segments) -> Segments:
    """The pieces that differ, and of the others only a few words beside them."""
    last = len(pieces) - 1
    found: list[tuple[str, bool]] = []
    for place, (text, differs) in enumerate(pieces):
        words = text.split()
        if differs or len(words) <= 2 * AROUND + 1:
            found.append((text, differs))
            continue
        begins = [] if place == 0 else words[:AROUND]
        ends = [] if place == last else words[-AROUND:]
        found.append((" ".join([*begins, "…", *ends]), False))
    return tuple(found)


def in_short(pieces: Segments, *, longest: int) -> str:
    """The words of one side around those that differ, cut to a length."""
    whole = " ".join(" ".join(text for text, _differs in around(pieces)).split())
    return whole if len(whole) <= longest else f"{whole[: longest - 2].rstrip()} …"


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
