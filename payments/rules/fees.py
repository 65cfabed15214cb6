"""What a way of paying costs the buyer besides the price, to the tiyn (4.5)."""

from decimal import ROUND_HALF_UP, Decimal

from offer_site.money import TIYN


def commission_on(amount: int | Decimal, *, percent: Decimal, fixed: int) -> Decimal:
    """Compute the commission on an amount in tenge: the percentage,
    rounded half up to the tiyn, and the fixed sum.
    """
    return (Decimal(amount) * percent / 100).quantize(TIYN, ROUND_HALF_UP) + fixed
