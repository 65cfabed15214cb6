"""The purpose text of the one daily sum of a bank that takes payments for us (facts, 1a)."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

DATE = re.compile(r"(?<!\d)(\d\d)\.(\d\d)\.(\d{4})(?!\d)")
AMOUNT = re.compile(r"(?<![\d.,])(\d{1,3}(?:[ \u00a0]\d{3})+|\d+)[.,](\d\d)(?!\d)")
DAYS_BACK = timedelta(days=10)  # the purpose also has the date of a contract, which is older


@dataclass(frozen=True)
class Aggregate:
    """The day of one sum and its amounts before the commission; None where the purpose has none."""

    day: date | None
    gross: Decimal | None
    commission: Decimal | None


def aggregate_of(purpose: str, *, net: Decimal, came_on: date) -> Aggregate:
    """Read a purpose such as «за 23.11.2026, сумма 7 820.00, комиссия 74.30».

    The net sum of this example is 7 745.70.
    """
    days = [
        day
        for found in DATE.finditer(purpose)
        if (day := _day(found)) and came_on - DAYS_BACK <= day <= came_on
    ]
    amounts = [_amount(found) for found in AMOUNT.finditer(DATE.sub(" ; ", purpose))]
    for gross in amounts:
        for commission in amounts:
            if gross - commission == net and commission < gross:
                return Aggregate(days[0] if days else None, gross, commission)
    return Aggregate(days[0] if days else None, None, None)


def _day(found: re.Match[str]) -> date | None:
    try:
        return date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        return None


def _amount(found: re.Match[str]) -> Decimal:
    whole = "".join(char for char in found[1] if char.isdigit())
    return Decimal(f"{whole}.{found[2]}")
