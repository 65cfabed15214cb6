"""A table of results as an office saves it: a row a student, a column an item (7.2.4)."""

import csv
import io
import re
from dataclasses import dataclass
from enum import StrEnum

from offer_site.spreadsheets import read_cell, text_of

from .programme import Seen, read_seen

LARGEST_FILE = 1_000_000  # bytes
MOST_ROWS = 2000
DELIMITERS = ";,\t"
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx and .xls under another name
# "L1. Goal and audience", "A2": the code that begins a heading.
HEADING = re.compile(r"\s*([LAR])\s?(\d{1,4})\b", re.IGNORECASE | re.ASCII)
# The column that says what the table showed, by the letter that begins its heading.
SEEN = "V"
SEEN_HEADING = re.compile(rf"\s*{SEEN}\b", re.IGNORECASE | re.ASCII)


class TableFault(StrEnum):
    TOO_LARGE = "too large"
    WORKBOOK = "a workbook"
    NO_TEXT = "no text"
    NO_CODES = "no column of a lesson"
    EMPTY = "nobody in it"
    TOO_LONG = "too many rows"
    TWICE = "a column twice"


class TableError(ValueError):
    """The file is not a table of results; `fault` tells why."""

    def __init__(self, fault: TableFault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True)
class TableRow:
    """One student's row: its line in the file, the order's code, and the cells by item code.

    `seen` are the versions that the table showed, by item code; None where it has no such column.
    """

    line: int
    order: str
    cells: dict[str, str]
    seen: dict[str, Seen] | None = None


def read_table(content: bytes) -> list[TableRow]:
    """The rows of a table whose first line has headings; raises TableError for anything else.

    The first column is the order's code. Columns whose heading begins with no item code, such as
    the student's name, are not read; an empty cell says nothing. The column V holds versions.
    """
    if len(content) > LARGEST_FILE:
        raise TableError(TableFault.TOO_LARGE)
    if content.startswith(WORKBOOKS):
        raise TableError(TableFault.WORKBOOK)
    text = text_of(content)
    if text is None:
        raise TableError(TableFault.NO_TEXT)
    lines = _lines(text)
    headings = lines[0][1] if lines else []
    columns = _columns(headings)
    versions = next((at for at, each in enumerate(headings) if at and SEEN_HEADING.match(each)), 0)
    if not columns:
        raise TableError(TableFault.NO_CODES)
    rows = []
    for line, cells in lines[1:]:
        given = {code: cells[at] for at, code in columns.items() if at < len(cells) and cells[at]}
        said = cells[versions] if versions < len(cells) else ""
        seen = read_seen(said) if versions else None
        rows.append(TableRow(line, cells[0].upper(), given, seen))
    if not rows:
        raise TableError(TableFault.EMPTY)
    if len(rows) > MOST_ROWS:
        raise TableError(TableFault.TOO_LONG)
    return rows


def _lines(text: str) -> list[tuple[int, list[str]]]:
    """Each line that is not empty, with its number as an editor counts it."""
    first, _newline, rest = text.lstrip("\ufeff").partition("\n")
    begins = 1
    if first.lower().startswith("sep="):  # Excel's own first line, which names the delimiter
        text, begins = rest, 2
    delimiter = max(DELIMITERS, key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    found = []
    line = begins
    try:
        for row in reader:
            cells = [read_cell(" ".join(cell.split())) for cell in row]
            if any(cells):
                found.append((line, cells))
            line = begins + reader.line_num
    except csv.Error as error:
        raise TableError(TableFault.NO_TEXT) from error
    return found


def _columns(headings: list[str]) -> dict[int, str]:
    columns: dict[int, str] = {}
    for at, heading in enumerate(headings[1:], start=1):
        found = HEADING.match(heading)
        if found:
            code = f"{found[1].upper()}{int(found[2])}"
            if code in columns.values():
                raise TableError(TableFault.TWICE)
            columns[at] = code
    return columns
