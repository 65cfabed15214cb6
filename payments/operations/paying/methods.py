"""The ways to pay as a buyer sees them before choosing,
each with what it costs besides the price (4.4, 4.5).
"""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise

from enrollment.rules.methods import OFFERED
from payments.models import PaymentMethod
from payments.models.method import TakenBy
from payments.rules.fees import commission_on


@dataclass(frozen=True)
class OfferedMethod:
    """One way to pay an amount: the commission that another takes of the buyer,
    and what he pays in all.
    """

    slug: str
    name: str
    note: str
    commission: Decimal
    total: Decimal
    taken_by: Promise | str


def offered_methods(amount: int) -> list[OfferedMethod]:
    """List the ways to pay this many tenge in staff's order, with their commissions,
    by one query (4.5).
    """
    return [_offered(method, amount) for method in _methods() if method.is_offered]


def offered_method(slug: str, amount: int) -> OfferedMethod:
    """Say what one way costs for this many tenge, whether it is offered now or not (4.5)."""
    return _offered(next(method for method in _methods() if method.slug == slug), amount)


def _offered(method: PaymentMethod, amount: int) -> OfferedMethod:
    commission = commission_on(amount, percent=method.percent, fixed=method.fixed)
    return OfferedMethod(
        slug=method.slug,
        name=method.name,
        note=method.note,
        commission=commission,
        total=amount + commission,
        taken_by=TakenBy(method.taken_by).label,
    )


def _methods() -> list[PaymentMethod]:
    """Read what staff said of each way; one that they said nothing of is as the offer names it."""
    said = list(PaymentMethod.objects.order_by("position", "pk"))
    known = {method.slug for method in said}
    return [*said, *(PaymentMethod(slug=slug) for slug in OFFERED if slug not in known)]
