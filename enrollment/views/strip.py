"""The line under the header: an order of this browser waits (4.3)."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _

from enrollment.models import Order
from enrollment.rules.order_states import OrderState
from offer_site.days import almaty_day
from offer_site.money import tenge_text

from .access import orders_placed_here


@dataclass(frozen=True)
class Strip:
    words: str
    url: str
    tone: str


def strip_of(request: HttpRequest, *, at: datetime) -> Strip | None:
    """What waits of the orders that this browser's cookie opens, the last one.

    One statement for a browser with the cookie, and none for a stranger. A page that shows it is
    personal: it must not be kept by a cache.
    """
    waiting = [
        order
        for order in orders_placed_here(request)
        if order.state == OrderState.AWAITING_PAYMENT and at < order.lapses_at
    ]
    if not waiting:
        return None
    order = max(waiting, key=lambda each: (each.placed_at, each.pk))
    if order.is_kept(at):
        words = _("Your order %(code)s: we look for the payment that you told us of")
        return Strip(words % {"code": order.code}, order.get_absolute_url(), "plain")
    return Strip(_waits(order, at=at), order.get_absolute_url(), "care")


def _waits(order: Order, *, at: datetime) -> str:
    facts = {
        "code": order.code,
        "package": order.tariff.package.name,
        "amount": tenge_text(order.prepayment),
        "day": f"{order.placed_on:%d.%m.%Y}",
    }
    if order.placed_on == almaty_day(at):
        return _("Your order %(code)s waits until 24:00 today: %(package)s, %(amount)s") % facts
    return _("Your order %(code)s waits until 24:00 of %(day)s: %(package)s, %(amount)s") % facts
