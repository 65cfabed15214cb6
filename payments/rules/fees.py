"""The cost of a method to the buyer besides the price, to the tiyn (4.5)."""

from decimal import ROUND_HALF_UP, Decimal

from offer_site.money import TIYN


def monthly_sum(amount: int, *, months: int) -> int:
    """Whole tenge a month when an amount is parted evenly, rounded up: what a bank adds is more."""
    return -(-amount // months)


def commission_on(amount: int | Decimal, *, percent: Decimal, fixed: int) -> Decimal:
    """The commission on an amount in tenge: `percent`, rounded half up to the tiyn, and `fixed`."""
    return (Decimal(amount) * percent / 100).quantize(TIYN, ROUND_HALF_UP) + fixed
