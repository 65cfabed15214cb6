"""An order in place of another one of the same learner: the VIP package."""

from datetime import datetime
from typing import Any

from enrollment.models import Order, PriceLevel, Tariff
from enrollment.operations.ordering.orders import place_order


def a_replacement(application: Any, order: Order, *, at: datetime) -> Order:
    """Order the VIP package for the learner of an unpaid order, as its browser may."""
    vip = Tariff.objects.get(
        package__slug="vip", level=PriceLevel.STANDARD, edition=order.edition_id
    )
    successor, _is_new = place_order(
        tariff=vip,
        cohort=order.cohort,
        application=application,
        language="kk",
        at=at,
        by="visitor",
        opened=[order.code],
        replace=True,
    )
    return successor
