"""CSV for spreadsheets in Kazakhstan: UTF-8 with a BOM, semicolons, decimal commas.

A cell that a spreadsheet would run as a formula begins with an apostrophe.
"""

import csv
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

from .days import ALMATY, short_day

DELIMITER = ";"
BEGINS_A_FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # full-width signs count as the usual ones


class _Line:
    """A file for the csv module that returns each row."""

    def write(self, text: str) -> bytes:
        return text.encode()


def cell(value: object) -> str:
    """A value as a cell: numbers plain, moments in Almaty time, text never as a formula."""
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value:.2f}".replace(".", ",")
        case int():
            return str(value)
        case datetime():
            return f"{value.astimezone(ALMATY):%d.%m.%Y %H:%M:%S}"
        case date():
            return short_day(value)
    text = str(value)
    return f"'{text}" if text.startswith(BEGINS_A_FORMULA) else text


def csv_lines(rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    writer = csv.writer(_Line(), delimiter=DELIMITER)
    yield BOM_UTF8
    for row in rows:
        yield writer.writerow([cell(value) for value in row])
