"""Reading a table of fiscal receipts, as cash registers and fiscal data operators export it."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import StringIO

from django.utils.translation import gettext as _

from offer_site.days import ALMATY
from offer_site.errors import RuleViolation
from offer_site.money import parse_reported_amount
from offer_site.spreadsheets import are_shortened, is_shortened, read_cell, text_of

# The headings of each column, the usual one first; a setting may name another. Case is ignored.
NAMES: dict[str, tuple[str, ...]] = {
    "number": ("номер чека", "чек нөмірі", "№ чека", "number"),
    "sign": ("фискальный признак", "фискалдық белгі", "фп", "sign"),
    "issued_at": ("дата и время", "күні мен уақыты", "дата", "time"),
    "amount": ("сумма", "сома", "amount"),
    "kind": ("тип операции", "операция", "операция түрі", "тип", "kind"),
    "reference": ("номер операции", "операция нөмірі", "id операции", "reference"),
    "order": ("номер заказа", "заказ", "тапсырыс", "order"),
    "link": ("ссылка", "ссылка на чек", "сілтеме", "link"),
    "register": ("рнм", "касса", "мтн", "register"),
}
DELIMITERS = ";,\t"
NUMBERS = ("number", "sign", "reference", "register")  # long ones, which are names and no amounts
REQUIRED = ("number", "sign", "issued_at", "amount")
REFUNDS = ("возврат", "қайтар", "refund")
TIMES = (
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M:%S",
)


class TableError(RuleViolation):
    """A file is refused as a whole because of this line."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(
            _("Line %(line)s: %(reason)s") % {"line": line, "reason": reason}, field="file"
        )


@dataclass(frozen=True)
class FiscalRow:
    """One receipt of a file, and what it says of its money."""

    line: int
    number: str
    sign: str
    issued_at: datetime
    amount: Decimal
    is_refund: bool
    reference: str
    order: str
    link: str
    register: str


def read_fiscal_rows(content: bytes, names: Mapping[str, str]) -> list[FiscalRow]:
    """Read every row of a file; raise TableError where it cannot be trusted.

    `names` are the headings of this cash register, by our name of the column.
    """
    text = text_of(content)
    if text is None:
        raise TableError(1, _("the file's letters cannot be read: its encoding is unknown"))
    heading = text.partition("\n")[0]
    table = csv.reader(StringIO(text, newline=""), delimiter=max(DELIMITERS, key=heading.count))
    try:
        places = _places(next(table, []), names)
        rows = [
            _row(row, places, table.line_num) for row in table if any(each.strip() for each in row)
        ]
    except csv.Error as error:
        raise TableError(table.line_num, _("the line cannot be split into columns")) from error
    for column in NUMBERS:
        if are_shortened([getattr(row, column) for row in rows]):
            raise TableError(rows[0].line, _shortened(getattr(rows[0], column)))
    return rows


def _places(heading: Sequence[str], names: Mapping[str, str]) -> dict[str, int]:
    """The place of each column by its name."""
    headings = [each.strip().casefold() for each in heading]
    places = {}
    for column, usual in NAMES.items():
        wanted = [names[column].strip().casefold()] if column in names else usual
        found = next((headings.index(name) for name in wanted if name in headings), None)
        if found is not None:
            places[column] = found
    missing = [names.get(column, NAMES[column][0]) for column in REQUIRED if column not in places]
    if "reference" not in places and "order" not in places:
        missing.append(names.get("reference", NAMES["reference"][0]))
    if missing:
        raise TableError(1, _("there is no column %(names)s") % {"names": ", ".join(missing)})
    return places


def _row(row: Sequence[str], places: Mapping[str, int], line: int) -> FiscalRow:
    values = {
        column: read_cell(row[place].strip()).strip().lstrip("'") if place < len(row) else ""
        for column, place in places.items()
    }
    empty = [NAMES[column][0] for column in REQUIRED if not values[column]]
    if empty:
        raise TableError(line, _("nothing stands in %(names)s") % {"names": ", ".join(empty)})
    too_long = [
        column for column, text in values.items() if len(text) > (300 if column == "link" else 80)
    ]
    if too_long or (values.get("link") and not values["link"].startswith(("https://", "http://"))):
        raise TableError(line, _("what stands there is no receipt"))
    for column in (*NUMBERS, "amount"):
        if is_shortened(values.get(column, "")):
            raise TableError(line, _shortened(values[column]))
    try:
        amount = parse_reported_amount("".join(values["amount"].split()).replace(",", "."))
    except ValueError as error:
        raise TableError(
            line, _("not an amount: %(text)s") % {"text": values["amount"][:40]}
        ) from error
    kind = values.get("kind", "").casefold()
    return FiscalRow(
        line=line,
        number=values["number"][:40],
        sign=values["sign"][:40],
        issued_at=_moment(values["issued_at"], line),
        amount=abs(amount),
        is_refund=amount < 0 or any(word in kind for word in REFUNDS),
        reference=values.get("reference", ""),
        order=values.get("order", ""),
        link=values.get("link", ""),
        register=values.get("register", "")[:40],
    )


def _shortened(text: str) -> str:
    return _("a spreadsheet has shortened this number: %(text)s") % {"text": text[:40]}


def _moment(text: str, line: int) -> datetime:
    for form in TIMES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=ALMATY)
        except ValueError:
            continue
    raise TableError(line, _("not a time: %(text)s") % {"text": text[:40]})
