"""Who wants a cancelled order back, as their browser shows it."""

from collections.abc import Iterable

from django.http import HttpRequest

from enrollment.models import Order
from enrollment.operations.ordering.restoring import Visitor

from .access import opened_orders
from .home import webinar_code


def wishing_visitor(request: HttpRequest, orders: Iterable[Order]) -> Visitor:
    """What this visitor may see, with the orders that are asked back, and their webinar's code."""
    opened = {*opened_orders(request), *(order.code for order in orders)}
    return Visitor(opened=opened, webinar_code=webinar_code(request))
