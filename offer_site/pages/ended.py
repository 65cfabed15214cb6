"""An order or invoice that ended unpaid: how, what leads on, and whether it can be taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from enrollment.models import Order
from enrollment.operations.ordering.cancelling import CANCELLED
from enrollment.operations.ordering.restoring import (
    Visitor,
    cancelled_together,
    require_restorable,
    restorable_until,
)
from enrollment.operations.places.lapses import ending_of
from enrollment.rules.order_states import OrderState
from enrollment.views.access import opened_orders
from enrollment.views.home import webinar_code
from enrollment.views.restoring import wishing_visitor
from enrollment.views.shop import open_shop
from offer_site.errors import RuleViolation

from .states import LAPSED, Look

WITHDRAWAL = "2.4"
LOOKS = {
    "cancelled": Look(_("Cancelled"), "off", "close"),
    "replaced": Look(_("Replaced by another order"), "off", "again"),
}


@dataclass(frozen=True)
class Again:
    """What the same package costs whoever orders it now."""

    url: str
    price: int
    ends_at: datetime | None


@dataclass(frozen=True)
class Ended:
    """`how`: lapsed, cancelled, replaced, withdrawn; or gone, where no more may be told."""

    how: str
    at: datetime | None
    again: Again | None
    successor: str = ""  # the code of what replaced it, where this visitor may see that
    successor_url: str = ""
    restorable_until: datetime | None = None
    refusal: str = ""  # why it cannot be taken back now, though its day is not over
    orders: int = 1  # how many come back

    @property
    def look(self) -> Look:
        return LOOKS.get(self.how, LAPSED)

    @property
    def can_be_restored(self) -> bool:
        return self.restorable_until is not None and not self.refusal


def ended_order(request: HttpRequest, order: Order, *, at: datetime) -> Ended:
    """How an unpaid order ended, as this visitor may read it."""
    again = _again(request, order, at=at)
    ending = ending_of(order) if order.state == OrderState.LAPSED else None
    if ending is None:
        return Ended("lapsed", order.pay_before, again)
    if ending.verb == "order.replaced":
        code = str(ending.facts.get("by", ""))
        url = _address_of(code, opened_orders(request))
        return Ended("replaced" if url else "gone", ending.at, again, code if url else "", url)
    if ending.verb != CANCELLED:
        return Ended("withdrawn" if ending.clause == WITHDRAWAL else "lapsed", ending.at, again)
    visitor = wishing_visitor(request, [order])
    until, refusal = _offered_back([order], visitor, at=at)
    return Ended("cancelled", ending.at, again, restorable_until=until, refusal=refusal)


def ended_invoice(request: HttpRequest, orders: Sequence[Order], *, at: datetime) -> Ended:
    """How the orders of an invoice ended: as its last one did; all those it cancelled come back."""
    unpaid = [order for order in orders if order.state == OrderState.LAPSED]
    alone = ended_order(request, (unpaid or list(orders))[-1], at=at)
    together = cancelled_together(unpaid, at=at)
    if not together:
        return alone
    ending = ending_of(together[0])
    visitor = wishing_visitor(request, orders)
    until, refusal = _offered_back(together, visitor, at=at)
    return Ended(
        "cancelled",
        ending.at if ending else None,
        alone.again,
        restorable_until=until,
        refusal=refusal,
        orders=len(together),
    )


def _offered_back(
    orders: Sequence[Order], visitor: Visitor, *, at: datetime
) -> tuple[datetime | None, str]:
    until = restorable_until(orders[0], at=at)
    if until is None:
        return None, ""
    try:
        require_restorable(orders, visitor=visitor, at=at)
    except RuleViolation as refused:
        return until, str(refused)
    return until, ""


def _address_of(code: str, opened: Sequence[str]) -> str:
    """Where an order or an invoice stands that this visitor may see; otherwise empty."""
    if code in opened:
        return reverse("order", args=[code])
    if code and Order.objects.filter(invoice__code=code, code__in=opened).exists():
        return reverse("invoice", args=[code])
    return ""


def _again(request: HttpRequest, order: Order, *, at: datetime) -> Again | None:
    slug = order.tariff.package.slug
    shop = open_shop(at=at, webinar_code=webinar_code(request), package=slug)
    offered = shop.package(slug)
    if not shop.open or shop.sold_out or offered is None:
        return None
    return Again(reverse("checkout", args=[slug]), offered.price, shop.level_ends_at)
