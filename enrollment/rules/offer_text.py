"""The offer's text, parsed into sections, clauses, bullets and the table of 4.1.

Nothing is corrected.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

SECTION = re.compile(r"## (?P<number>\d+)\. (?P<title>\S.*)")
CLAUSE = re.compile(r"(?P<number>\d+(?:\.\d+)+)\. (?P<text>\S.*)")
TABLE_RULE = re.compile(r"\|(?:-+\|)+")


class OfferTextError(ValueError):
    """A line of the text is not written as an offer is written."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(f"line {line}: {sentence}")
        self.line = line


@dataclass(frozen=True)
class Clause:
    """A numbered clause with all that is under it; `rows` are the table's, its heads first."""

    number: str
    text: str
    more: tuple[str, ...] = ()
    bullets: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()

    @property
    def anchor(self) -> str:
        """The clause's place on the offer's page: `c-4-3-1`."""
        return f"c-{self.number.replace('.', '-')}"

    @property
    def heads(self) -> tuple[str, ...]:
        return self.rows[0] if self.rows else ()

    @property
    def body(self) -> tuple[tuple[str, ...], ...]:
        return self.rows[1:]


@dataclass(frozen=True)
class Section:
    number: str
    title: str
    clauses: tuple[Clause, ...]

    @property
    def anchor(self) -> str:
        return f"s-{self.number}"


@dataclass(frozen=True)
class OfferText:
    title: str
    preamble: tuple[str, ...]
    sections: tuple[Section, ...]

    @property
    def clauses(self) -> dict[str, Clause]:
        """Every clause by its number, in the order of the text."""
        return {clause.number: clause for section in self.sections for clause in section.clauses}


def parse_offer(content: bytes) -> OfferText:
    """Parse one text of the offer; raise OfferTextError for a line whose place is not clear."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise OfferTextError(
            content.count(b"\n", 0, error.start) + 1, "this is not UTF-8"
        ) from error
    blocks = list(_blocks(text))
    if not blocks or not blocks[0][1][0].startswith("# "):
        raise OfferTextError(1, "the text begins with its title after one #")
    title = blocks[0][1][0].removeprefix("# ")
    preamble: list[str] = []
    sections: list[_Open] = []
    for line, block in blocks[1:]:
        first = block[0]
        if found := SECTION.fullmatch(first):
            if any(section.number == found["number"] for section in sections):
                raise OfferTextError(line, f"section {found['number']} stands twice")
            sections.append(_Open(found["number"], found["title"], line))
        elif first.startswith("#"):
            raise OfferTextError(line, f"a heading of a section is written “## 1. Title”: {first}")
        elif sections:
            sections[-1].take(line, block)
        else:
            preamble.append(" ".join(block))
    if not sections:
        raise OfferTextError(len(text.splitlines()), "the text has no section")
    return OfferText(title, tuple(preamble), tuple(section.closed() for section in sections))


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each block between empty lines, with the number of its first line."""
    block: list[str] = []
    begins = 1
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            begins = begins if block else number
            block.append(line.rstrip())
        elif block:
            yield begins, block
            block = []
    if block:
        yield begins, block


class _Open:
    """A section that is being read."""

    def __init__(self, number: str, title: str, line: int) -> None:
        self.number = number
        self.title = title
        self.clauses: list[Clause] = []
        self.lines = {number: line}

    def take(self, line: int, block: list[str]) -> None:
        first = block[0]
        if found := CLAUSE.fullmatch(first):
            self._begin(line, found["number"], " ".join([found["text"], *block[1:]]))
        elif not self.clauses:
            raise OfferTextError(
                line, f"section {self.number} begins without a clause: {first[:60]}"
            )
        elif first.startswith("- "):
            self._add(bullets=self.clauses[-1].bullets + _bullets(line, block))
        elif first.startswith("|"):
            self._add(rows=_rows(line, block, self.clauses[-1]))
        elif first[0].isdigit():
            raise OfferTextError(line, f"a clause is written “4.3.1. Text”: {first[:60]}")
        else:
            self._add(more=(*self.clauses[-1].more, " ".join(block)))

    def closed(self) -> Section:
        return Section(self.number, self.title, tuple(self.clauses))

    def _begin(self, line: int, number: str, text: str) -> None:
        if number.split(".")[0] != self.number:
            raise OfferTextError(line, f"clause {number} stands in section {self.number}")
        if number in self.lines:
            raise OfferTextError(line, f"clause {number} stands twice")
        self.lines[number] = line
        self.clauses.append(Clause(number, text))

    def _add(self, **parts: Any) -> None:
        self.clauses[-1] = replace(self.clauses[-1], **parts)


def _bullets(line: int, block: list[str]) -> tuple[str, ...]:
    for number, item in enumerate(block, line):
        if not item.startswith("- "):
            raise OfferTextError(number, f"a bullet is one line: {item[:60]}")
    return tuple(item.removeprefix("- ") for item in block)


def _rows(line: int, block: list[str], clause: Clause) -> tuple[tuple[str, ...], ...]:
    if clause.rows or len(block) < 3 or not TABLE_RULE.fullmatch(block[1]):
        raise OfferTextError(
            line, f"clause {clause.number} has one table: its heads, a rule of dashes, its rows"
        )
    rows = [
        tuple(cell.strip() for cell in row.strip("|").split("|")) for row in (block[0], *block[2:])
    ]
    for number, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise OfferTextError(
                line + number + bool(number), f"a row has {len(row)} cells of {len(rows[0])}"
            )
    return tuple(rows)


@dataclass(frozen=True)
class PairedSection:
    """A section in both languages; each clause is a pair, in the order of languages asked for."""

    number: str
    titles: tuple[tuple[str, str], ...]
    clauses: tuple[tuple[tuple[str, Clause], ...], ...]

    @property
    def anchor(self) -> str:
        return f"s-{self.number}"


def paired(texts: dict[str, OfferText]) -> tuple[PairedSection, ...]:
    """The sections and clauses of the given languages side by side.

    The texts have passed parity.
    """
    languages = tuple(texts)
    together = []
    for sections in zip_longest(*(text.sections for text in texts.values())):
        clauses = zip_longest(*(section.clauses for section in sections))
        together.append(
            PairedSection(
                sections[0].number,
                tuple(zip(languages, (section.title for section in sections), strict=True)),
                tuple(tuple(zip(languages, clause, strict=True)) for clause in clauses),
            )
        )
    return tuple(together)
