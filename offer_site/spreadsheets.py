"""CSV for spreadsheets in Kazakhstan: UTF-8 with a BOM, semicolons, decimal commas.

A spreadsheet changes what it opens: it runs formulas, shortens long numbers, drops leading zeros
and makes days of 1-2. So a text that it would run begins with an apostrophe, and one that it would
change is written as ="…", which it shows as that text and saves as that text. `read_cell` gives
back what `cell` was given, also when a spreadsheet has opened and saved the file in between.
"""

import csv
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

from .days import ALMATY, short_day

DELIMITER = ";"
BEGINS_A_FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # full-width signs count as the usual ones
# A text of figures that a spreadsheet would change, and those that it leaves as they are.
LIKE_A_NUMBER = re.compile(r"\d[\d ., \u00a0:/%-]*(?:[eE][+-]?\d+)?", re.ASCII)
LEFT_AS_IT_IS = re.compile(r"0|[1-9]\d{0,10}|\d\d\.\d\d\.\d{4}", re.ASCII)
LARGEST_LEFT = 10**11  # a whole number from here on is shown as 1E+11
AS_TEXT = re.compile(r'="(.*)"', re.DOTALL)
# What a spreadsheet leaves of a long number: 1,23457E+17.
SHORTENED = re.compile(r"[+-]?\d(?:[.,]\d+)?[eE]\+\d+", re.ASCII)
DIGITS_KEPT = 15
LOST_FOR_SURE = 3  # digits; by chance, a thousandth of all numbers ends in so many zeros
# KZ-1048 is Windows-1251 with Kazakh letters in the places of other peoples' letters.
ENCODINGS = ("utf-8-sig", "kz1048")
UTF16_MARKS = (BOM_UTF16_LE, BOM_UTF16_BE)  # what Excel calls "Unicode text"


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
            return str(value) if abs(value) < LARGEST_LEFT else f'="{value}"'
        case datetime():
            return f"{value.astimezone(ALMATY):%d.%m.%Y %H:%M:%S}"
        case date():
            return short_day(value)
    text = str(value)
    if text.lstrip("'").startswith(BEGINS_A_FORMULA):
        return f"'{text}"
    is_changed = LIKE_A_NUMBER.fullmatch(text.strip()) and not LEFT_AS_IT_IS.fullmatch(text)
    return f'="{text}"' if is_changed else text


def read_cell(text: str) -> str:
    """The text that `cell` wrote, or that a spreadsheet wrote to keep it as it is."""
    as_text = AS_TEXT.fullmatch(text)
    if as_text:
        return as_text[1]
    is_marked = text.startswith("'") and text.lstrip("'").startswith(BEGINS_A_FORMULA)
    return text[1:] if is_marked else text


def is_shortened(text: str) -> bool:
    """True for what a spreadsheet left of a long number."""
    return bool(SHORTENED.fullmatch(text))


def are_shortened(numbers: Sequence[str]) -> bool:
    """True when all long numbers of a table end in zeros, from the sixteenth digit on.

    A spreadsheet keeps fifteen digits and writes zeros for the rest.
    """
    lost = [each[DIGITS_KEPT:] for each in numbers if each.isdigit() and len(each) > DIGITS_KEPT]
    return not any(each.strip("0") for each in lost) and sum(map(len, lost)) >= LOST_FOR_SURE


def text_of(content: bytes) -> str | None:
    """The text of a table, in whichever encoding an office saved it; None where it is no text."""
    encodings = ("utf-16",) if content.startswith(UTF16_MARKS) else ENCODINGS
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None


def csv_lines(rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    writer = csv.writer(_Line(), delimiter=DELIMITER)
    yield BOM_UTF8
    for row in rows:
        yield writer.writerow([cell(value) for value in row])
