"""The cost of a method to the buyer besides the price, to the tiyn (4.5)."""

from decimal import ROUND_HALF_UP, Decimal

from offer_site.money import TIYN


def commission_on(amount: int | Decimal, *, percent: Decimal, fixed: int) -> Decimal:
    """The commission on an amount in tenge: `percent`, rounded half up to the tiyn, and `fixed`."""
    return (Decimal(amount) * percent / 100).quantize(TIYN, ROUND_HALF_UP) + fixed
