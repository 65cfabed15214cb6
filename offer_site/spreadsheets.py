"""Tables for a spreadsheet as offices of Kazakhstan have them: UTF-8 with a mark, semicolons,
commas in numbers.

A cell that a spreadsheet would run as a formula is told by an apostrophe that it is text.
"""

import csv
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

from .days import ALMATY, short_day

DELIMITER = ";"
BEGINS_A_FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # the wide signs are read as the narrow ones


class _Line:
    """What the csv module writes a row into."""

    def write(self, text: str) -> bytes:
        return text.encode()


def cell(value: object) -> str:
    """Write a value as a cell: money and numbers plain, days and moments of Almaty,
    text never as a formula.
    """
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
    """Write a table line by line."""
    writer = csv.writer(_Line(), delimiter=DELIMITER)
    yield BOM_UTF8
    for row in rows:
        yield writer.writerow([cell(value) for value in row])
