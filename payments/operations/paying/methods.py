"""The ways to pay as a buyer sees them, with what each costs besides the price (4.4, 4.5)."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise

from enrollment.rules.methods import OFFERED
from payments.models import PaymentMethod
from payments.models.method import TakenBy
from payments.rules.fees import commission_on


@dataclass(frozen=True)
class OfferedMethod:
    """One method for an amount, with the buyer's commission and the total that the buyer pays."""

    slug: str
    name: str
    note: str
    commission: Decimal
    total: Decimal
    taken_by: Promise | str
    position: int = 0  # of staff's settings


def offered_methods(amount: int) -> list[OfferedMethod]:
    """The methods for this many tenge with their commissions, in staff's order; one query (4.5)."""
    return [_offered(method, amount) for method in _methods() if method.is_offered]


def offered_method(slug: str, amount: int) -> OfferedMethod:
    """One method for this many tenge, whether it is offered now or not (4.5)."""
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
        position=method.position,
    )


def _methods() -> list[PaymentMethod]:
    """The methods in staff's settings; a method without settings is as the offer names it."""
    stored = list(PaymentMethod.objects.order_by("position", "pk"))
    known = {method.slug for method in stored}
    return [*stored, *(PaymentMethod(slug=slug) for slug in OFFERED if slug not in known)]
