"""A list of learners as offices keep it: a table of text from whatever program, in whatever
encoding (1.1).

Nothing is judged here but whether it is a list: what stands in it, the form judges field by field.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

LARGEST_FILE = 100_000  # bytes
MOST_ROWS = 100
LONGEST_CELL = (
    300  # characters that are kept of a cell: more is refused anyway, and the page has to show it
)
DELIMITERS = ";,\t"
# KZ-1048 is Windows-1251 whose letters of other peoples gave their places to Kazakh ones, so it
# reads both.
ENCODINGS = ("utf-8-sig", "kz1048")
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")  # Excel's "Unicode text"
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx and .xls under another name
HEADINGS = {
    "surname": ("тегі", "фамилия", "фамилиясы", "surname", "last name"),
    "name": ("аты", "есімі", "имя", "name", "given name", "first name"),
    "patronymic": ("әкесінің аты", "әкесінің есімі", "отчество", "patronymic", "middle name"),
    "full_name": ("аты-жөні", "аты жөні", "тегі, аты, әкесінің аты", "тегі аты әкесінің аты",
                  "т.а.ә.", "таә", "фио",
                  "ф.и.о.", "ф.и.о", "фамилия имя отчество", "фамилия, имя, отчество", "full name"),
}  # fmt: skip
_KEYS = {heading: key for key, headings in HEADINGS.items() for heading in headings}
_AS_TEXT = re.compile(r'="(.*)"', re.DOTALL)  # how Excel is told that a cell is text


class Unreadable(StrEnum):
    """Why a file is no list."""

    TOO_LARGE = "too large"
    WORKBOOK = "a workbook"
    NO_TEXT = "no text"
    EMPTY = "nobody in it"
    TOO_LONG = "too many rows"


class ListError(ValueError):
    """Say why a file is no list of learners."""

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
    """Read a table with a surname, a given name and maybe a patronymic in a row, with or without
    headings.

    Raises ListError for what is no such table or is too large; at most 101 rows of it are looked
    at.
    """
    if len(content) > LARGEST_FILE:
        raise ListError(Unreadable.TOO_LARGE)
    rows = _rows(_text(content))
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
    """Tell which places of a list name somebody who stands there before,
    and where he stands first.
    """
    first: dict[str, int] = {}
    for place, key in enumerate(keys):
        first.setdefault(key, place)
    return {place: first[key] for place, key in enumerate(keys) if first[key] != place}


def _text(content: bytes) -> str:
    """Decode a file by what it is, not by what it is called."""
    if content.startswith(WORKBOOKS):
        raise ListError(Unreadable.WORKBOOK)
    encodings = ("utf-16",) if content.startswith(UTF16_MARKS) else ENCODINGS
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise ListError(Unreadable.NO_TEXT)


def _rows(text: str) -> Iterator[list[str]]:
    """Yield the rows in which something stands, their cells folded to one line each."""
    stripped = text.lstrip(" \r\n\ufeff")
    if stripped[:4].lower() == "sep=":  # Excel's own first line, which says how cells are parted
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
    """Find what parts the cells: the sign that stands most often in the first line that has any."""
    for line in text.splitlines():
        counts = {delimiter: line.count(delimiter) for delimiter in DELIMITERS}
        if any(counts.values()):
            return max(DELIMITERS, key=lambda delimiter: counts[delimiter])
    return ";"


def _cell(text: str) -> str:
    folded = " ".join(text.split())
    as_text = _AS_TEXT.fullmatch(folded)
    return (as_text[1] if as_text else folded)[:LONGEST_CELL]


def _columns(row: Sequence[str]) -> dict[str, int]:
    """Tell in which columns the parts of a name stand, if the row is one of headings."""
    found: dict[str, int] = {}
    for number, cell in enumerate(row):
        key = _KEYS.get(cell.casefold().strip(" .:*") or cell) or _KEYS.get(cell.casefold())
        if key:
            found.setdefault(key, number)
    return found if "full_name" in found or {"surname", "name"} <= found.keys() else {}


def _under_headings(row: Sequence[str], columns: dict[str, int]) -> ListedLearner:
    said = {key: row[number] if number < len(row) else "" for key, number in columns.items()}
    if "surname" not in said:
        return _split(said["full_name"])
    if not said["name"] and not said.get(
        "patronymic"
    ):  # the headings are parted, the names below them are not
        return _split(said["surname"])
    return ListedLearner(said["surname"], said["name"], said.get("patronymic", ""))


def _listed(row: Sequence[str]) -> ListedLearner:
    """Read a row without headings: a number may stand first, and the whole name in one cell."""
    cells = list(row[1:] if row[0].strip(" .)№").isdigit() and len(row) > 1 else row)
    if sum(map(bool, cells)) == 1:
        return _split("".join(cells))
    surname, name, patronymic = [*cells, "", ""][:3]
    return ListedLearner(surname, name, patronymic)


def _split(full_name: str) -> ListedLearner:
    surname, name, patronymic = [*full_name.split(" ", 2), "", ""][:3]
    return ListedLearner(surname, name, patronymic)
