"""Kaspi's daily registry: its columns are named by a setting or guessed by headings (facts, 1a)."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from offer_site.days import ALMATY
from offer_site.errors import RuleViolation
from offer_site.money import parse_reported_amount
from offer_site.spreadsheets import are_shortened, is_shortened, read_cell, text_of

DELIMITERS = "\t;,"
TITLES = 30  # lines in which the headings must be; above them banks write whose registry it is
TOTALS = ("итого", "всего", "барлығы", "жиыны", "total")
MOMENTS = (
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y%m%d%H%M%S",
    "%d.%m.%Y",
    "%Y-%m-%d",
)
NUMBER = re.compile(r"[0-9A-Za-z-]{4,80}")
NEEDED = ("txn_id", "time", "account", "sum")
HEADINGS: dict[str, tuple[str, ...]] = {
    "txn_id": ("txnid", "номертранзакции", "idтранзакции", "транзакция", "номероперации",
               "idоперации",
               "номерплатежа", "idплатежа", "идентификаторплатежа"),
    "time": ("txndate", "датаивремя", "датавремя", "датаивремяоперации", "датаивремяплатежа",
             "датаоперации",
             "датаплатежа", "дататранзакции", "дата"),
    "clock": ("время", "времяоперации", "времяплатежа"),
    "account": ("account", "лицевойсчет", "номерзаказа", "заказ", "номерсчета", "счет", "реквизит",
                "параметр"),
    "sum": ("sum", "amount", "сумма", "суммаплатежа", "суммаоперации", "суммавтенге", "суммаkzt"),
    "commission": ("commission", "комиссия", "суммакомиссии", "комиссиябанка", "комиссияkaspi"),
}  # fmt: skip


class RegistryError(RuleViolation):
    """A registry is refused as a whole because of this line."""

    def __init__(self, line: int, reason: object) -> None:
        super().__init__(
            _("Line %(line)s: %(reason)s") % {"line": line, "reason": reason}, field="file"
        )
        self.line = line


@dataclass(frozen=True)
class RegistryRow:
    """One payment of the registry, in UTC; the commission is None where it is not given."""

    line: int
    txn_id: str
    paid_at: datetime
    account: str
    amount: Decimal
    commission: Decimal | None


def read_registry(content: bytes, *, columns: Mapping[str, str]) -> list[RegistryRow]:
    """Read every payment of a registry; raise RegistryError where it cannot be trusted.

    A pure function. `columns` are the bank's headings of `txn_id`, `time`, `account`, `sum` and
    `commission`; those that are not named are guessed.
    """
    rows = _rows(_text(content))
    places: dict[str, int] = {}
    found: list[RegistryRow] = []
    for line, cells in rows:
        if not places:
            places = _places(cells, columns)
            if not places and line >= TITLES:
                break
        elif any(cells) and not any(cell.casefold().startswith(TOTALS) for cell in cells if cell):
            found.append(_paid(line, cells, places))
    if not places:
        raise RegistryError(
            1, gettext_lazy("no line heads the columns: number, time, order and sum of a payment")
        )
    if are_shortened([row.txn_id for row in found]):
        raise RegistryError(found[0].line, _shortened(found[0].txn_id))
    return found


def _text(content: bytes) -> str:
    text = text_of(content)
    if text is None:
        raise RegistryError(
            1, gettext_lazy("the file's letters cannot be read: its encoding is unknown")
        )
    return text


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Split the table at the delimiter that its first lines have most of."""
    head = "\n".join(text.split("\n", TITLES)[:TITLES])
    reader = csv.reader(StringIO(text, newline=""), delimiter=max(DELIMITERS, key=head.count))
    try:
        for cells in reader:
            yield reader.line_num, [" ".join(read_cell(cell.strip()).split()) for cell in cells]
    except csv.Error as error:
        raise RegistryError(
            reader.line_num, gettext_lazy("the line cannot be split into columns")
        ) from error


def _places(cells: Sequence[str], columns: Mapping[str, str]) -> dict[str, int]:
    """Find the columns in a line of headings; empty where a needed one is missing."""
    headings = {_plain(cell): place for place, cell in reversed(list(enumerate(cells))) if cell}
    places = {}
    for name, guesses in HEADINGS.items():
        known = (_plain(columns[name]),) if name in columns else guesses
        place = next((headings[heading] for heading in known if heading in headings), None)
        if place is not None:
            places[name] = place
    return places if all(name in places for name in NEEDED) else {}


def _plain(heading: str) -> str:
    return "".join(char for char in heading.casefold().replace("ё", "е") if char.isalnum())


def _paid(line: int, cells: Sequence[str], places: Mapping[str, int]) -> RegistryRow:
    values = {name: cells[place] if place < len(cells) else "" for name, place in places.items()}
    for name in ("txn_id", "sum", "commission"):
        if is_shortened(values.get(name, "")):
            raise RegistryError(line, _shortened(values[name]))
    if not NUMBER.fullmatch(values["txn_id"]):
        raise RegistryError(
            line, _("not a number of an operation: %(text)s") % {"text": values["txn_id"][:40]}
        )
    commission = values.get("commission", "")
    amount = _amount(values["sum"], line)
    if not amount:
        raise RegistryError(line, _("not an amount: %(text)s") % {"text": values["sum"][:40]})
    return RegistryRow(
        line=line,
        txn_id=values["txn_id"],
        paid_at=_moment(f"{values['time']} {values.get('clock', '')}".strip(), line),
        account=values["account"][:200],
        amount=amount,
        commission=abs(_amount(commission, line)) if commission else None,
    )


def _shortened(text: str) -> str:
    return _("a spreadsheet has shortened this number: %(text)s") % {"text": text[:40]}


def _amount(text: str, line: int) -> Decimal:
    plain = "".join(text.split()).replace(",", ".").replace("−", "-")
    try:
        return parse_reported_amount(re.sub(r"(?:₸|тг\.?|KZT)$", "", plain))
    except ValueError as error:
        raise RegistryError(line, _("not an amount: %(text)s") % {"text": text[:40]}) from error


def _moment(text: str, line: int) -> datetime:
    """Read the bank's time; it has no zone and is Almaty's. A day alone counts as its noon."""
    plain = text.replace("T", " ").partition("+")[0].strip()
    for form in MOMENTS:
        try:
            read = datetime.strptime(plain, form)  # noqa: DTZ007
        except ValueError:
            continue
        if not 1991 <= read.year < 2200:
            break
        noon = read.replace(hour=12) if "%H" not in form else read
        return noon.replace(tzinfo=ALMATY).astimezone(UTC)
    raise RegistryError(line, _("not a date: %(text)s") % {"text": text[:40]})
