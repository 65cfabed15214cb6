"""A list of learners as offices keep it: a workbook, or a text table in any encoding (1.1).

Only whether it is a list is checked here; the form checks its values field by field.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from offer_site.spreadsheets import read_cell, text_of

from .workbook import BEGINS, NotAWorkbookError, rows_of_workbook

LARGEST_FILE = 100_000  # bytes
MOST_ROWS = 100
# Characters kept of a cell: a longer one is refused anyway, and the page has to show it.
LONGEST_CELL = 300
DELIMITERS = ";,\t"
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"  # .xls, and .xlsx under a password
HEADINGS = {
    "surname": ("тегі", "фамилия", "фамилиясы", "surname", "last name"),
    "name": ("аты", "есімі", "имя", "name", "given name", "first name"),
    "patronymic": ("әкесінің аты", "әкесінің есімі", "отчество", "patronymic", "middle name"),
    "full_name": ("аты-жөні", "аты жөні", "тегі, аты, әкесінің аты", "тегі аты әкесінің аты",
                  "т.а.ә.", "таә", "фио",
                  "ф.и.о.", "ф.и.о", "фамилия имя отчество", "фамилия, имя, отчество", "full name"),
}  # fmt: skip
_KEYS = {heading: key for key, headings in HEADINGS.items() for heading in headings}


class Unreadable(StrEnum):
    TOO_LARGE = "too large"
    WORKBOOK = "a workbook"
    NO_TEXT = "no text"
    EMPTY = "nobody in it"
    TOO_LONG = "too many rows"


class ListError(ValueError):
    """The file is not a list of learners; `reason` tells why."""

    def __init__(self, reason: Unreadable) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class ListedLearner:
    """A row of the list, as it was written there."""

    surname: str
    name: str
    patronymic: str


def read_list(content: bytes) -> list[ListedLearner]:
    """The learners of a table: surname, given name, maybe patronymic, with or without headings.

    Raises ListError for anything else, and for a table that is too large; at most 101 rows are
    read.
    """
    if len(content) > LARGEST_FILE:
        raise ListError(Unreadable.TOO_LARGE)
    rows = _rows_of(content)
    first = next(rows, None)
    if first is None:
        raise ListError(Unreadable.EMPTY)
    columns = _columns(first)
    learners = [] if columns else [_listed(first)]
    for row in rows:
        learners.append(_under_headings(row, columns) if columns else _listed(row))
        if len(learners) > MOST_ROWS:
            raise ListError(Unreadable.TOO_LONG)
    learners = [each for each in learners if each.surname or each.name or each.patronymic]
    if not learners:
        raise ListError(Unreadable.EMPTY)
    return learners


def named_twice(keys: Sequence[str]) -> dict[int, int]:
    """The indexes of names that were in the list before, each with the index of the first one."""
    first: dict[str, int] = {}
    for place, key in enumerate(keys):
        first.setdefault(key, place)
    return {place: first[key] for place, key in enumerate(keys) if first[key] != place}


def _rows_of(content: bytes) -> Iterator[list[str]]:
    """The rows that are not empty; what kind of file it is tell its bytes, never its name."""
    if content.startswith(OLD_WORKBOOK):
        raise ListError(Unreadable.WORKBOOK)
    if not content.startswith(BEGINS):
        yield from _rows(_text(content))
        return
    try:
        for row in rows_of_workbook(content):
            cells = [_cell(cell) for cell in row]
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                yield cells
    except NotAWorkbookError as error:
        raise ListError(Unreadable.WORKBOOK) from error


def _text(content: bytes) -> str:
    text = text_of(content)
    if text is None:
        raise ListError(Unreadable.NO_TEXT)
    return text


def _rows(text: str) -> Iterator[list[str]]:
    """The rows that are not empty; each cell is folded to one line."""
    stripped = text.lstrip(" \r\n\ufeff")
    if stripped[:4].lower() == "sep=":  # Excel's own first line, which names the delimiter
        _sep, _newline, stripped = stripped.partition("\n")
    delimiter = _delimiter(stripped)
    try:
        for row in csv.reader(io.StringIO(stripped, newline=""), delimiter=delimiter):
            cells = [_cell(cell) for cell in row]
            if any(cells):
                yield cells
    except csv.Error as error:
        raise ListError(Unreadable.NO_TEXT) from error


def _delimiter(text: str) -> str:
    """The delimiter is the most frequent sign of the first line that has any of them."""
    for line in text.splitlines():
        counts = {delimiter: line.count(delimiter) for delimiter in DELIMITERS}
        if any(counts.values()):
            return max(DELIMITERS, key=lambda delimiter: counts[delimiter])
    return ";"


def _cell(text: str) -> str:
    return read_cell(" ".join(text.split()))[:LONGEST_CELL]


def _columns(row: Sequence[str]) -> dict[str, int]:
    """The columns of the parts of a name if this is a row of headings, else empty."""
    found: dict[str, int] = {}
    for number, cell in enumerate(row):
        key = _KEYS.get(cell.casefold().strip(" .:*") or cell) or _KEYS.get(cell.casefold())
        if key:
            found.setdefault(key, number)
    return found if "full_name" in found or {"surname", "name"} <= found.keys() else {}


def _under_headings(row: Sequence[str], columns: dict[str, int]) -> ListedLearner:
    cells = {key: row[number] if number < len(row) else "" for key, number in columns.items()}
    if "surname" not in cells:
        return _split(cells["full_name"])
    # The headings are separate, but the names below them are in one cell.
    if not cells["name"] and not cells.get("patronymic"):
        return _split(cells["surname"])
    return ListedLearner(cells["surname"], cells["name"], cells.get("patronymic", ""))


def _listed(row: Sequence[str]) -> ListedLearner:
    """A row without headings: it may begin with a number, and one cell may hold the whole name."""
    cells = list(row[1:] if row[0].strip(" .)№").isdigit() and len(row) > 1 else row)
    if sum(map(bool, cells)) == 1:
        return _split("".join(cells))
    surname, name, patronymic = [*cells, "", ""][:3]
    return ListedLearner(surname, name, patronymic)


def _split(full_name: str) -> ListedLearner:
    surname, name, patronymic = [*full_name.split(" ", 2), "", ""][:3]
    return ListedLearner(surname, name, patronymic)
