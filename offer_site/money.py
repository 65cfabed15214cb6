"""Money of Kazakhstan: prices in whole tenge, reported money to the tiyn, never a float (M9)."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import models

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
TIYN = Decimal("0.01")


class TengeField(models.PositiveIntegerField):
    """A price or a demand in whole tenge."""

    description = "Whole tenge"


class ReportedMoneyField(models.DecimalField):
    """An amount as a provider or a bank reported it, to the tiyn, never rounded."""

    description = "Reported money"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"] = 14
        kwargs["decimal_places"] = 2
        super().__init__(*args, **kwargs)


def parse_reported_amount(text: str) -> Decimal:
    """An amount such as `99990.00` or `99990`; ValueError if it is not money to the tiyn."""
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"not an amount: {text[:40]!r}") from error
    if (
        not amount.is_finite()
        or abs(amount) >= Decimal(10) ** 12
        or amount != amount.quantize(TIYN)
    ):
        raise ValueError(f"not an amount to the tiyn: {text[:40]!r}")
    return amount.quantize(TIYN)


def halves(price: int) -> tuple[int, int]:
    """The prepayment of 4.3.1 and the rest, in whole tenge; they always sum to the price."""
    first = price - price // 2
    return first, price - first


def tenge_text(amount: int | Decimal) -> str:
    """An amount for people: `199 990 ₸`, with tiyn only where there are any."""
    whole, _, tiyn = f"{Decimal(amount):.2f}".partition(".")
    sign, digits = ("−", whole[1:]) if whole.startswith("-") else ("", whole)
    grouped = f"{int(digits):,}".replace(",", NO_BREAK_SPACE)
    return f"{sign}{grouped}{'' if tiyn == '00' else ',' + tiyn}{NO_BREAK_SPACE}₸"


def amount_text(amount: Decimal, currency: str) -> str:
    """A reported amount: tenge as above, other money with its currency."""
    return tenge_text(amount) if currency in ("KZT", "") else f"{amount} {currency}"
