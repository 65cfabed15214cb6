"""A spreadsheet of an office in Kazakhstan: it opens a CSV file, changes what it takes for numbers
and days, and saves it in Windows-1251.
"""

import csv
import io
import re
from collections.abc import Sequence
from io import StringIO

from openpyxl import Workbook

NUMBER = re.compile(r"[+-]?\d+(?:,\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
DAY_AND_MONTH = re.compile(r"(\d{1,2})[-/.](\d{1,2})", re.ASCII)
MONTHS = "янв фев мар апр май июн июл авг сен окт ноя дек".split()


def opened_and_saved(content: bytes) -> bytes:
    """The file as it is after somebody opened it and pressed “Save”."""
    rows = csv.reader(StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")
    saved = StringIO(newline="")
    csv.writer(saved, delimiter=";").writerows([shown(cell) for cell in row] for row in rows)
    return saved.getvalue().encode("kz1048", errors="replace")


def shown(cell: str) -> str:
    """What a cell shows, and is saved as."""
    text = cell.strip()
    if text.startswith('="') and text.endswith('"'):
        return text[2:-1]
    if NUMBER.fullmatch(text):
        return _number(float(text.replace(",", ".")))
    day = DAY_AND_MONTH.fullmatch(text)
    if day and 1 <= int(day[2]) <= len(MONTHS):
        return f"{int(day[1]):02}.{MONTHS[int(day[2]) - 1]}"
    return cell


def _number(value: float) -> str:
    if abs(value) >= 1e11:
        return f"{value:.5E}".replace(".", ",")
    return f"{value:.15g}".replace(".", ",")


def a_workbook(
    *rows: Sequence[object], before: Sequence[str] = (), hidden: Sequence[Sequence[object]] = ()
) -> bytes:
    """A file as Excel saves it: an empty sheet `before`, a hidden one, and the rows."""
    book = Workbook()
    sheet = book.active
    for title in before:
        sheet.title = title
        sheet = book.create_sheet("Парақ")
    for row in rows:
        sheet.append(row)
    if hidden:
        other = book.create_sheet("жасырын", 0)
        other.sheet_state = "hidden"
        for row in hidden:
            other.append(row)
        book.active = sheet
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
