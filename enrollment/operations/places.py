"""Places are claimed by one conditional UPDATE, so that a cohort is never oversold (4.6, O1)."""

from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, DateTimeField, Q, Subquery

from enrollment.models import Order, Place
from offer_site.prepared import Given, PreparedUpdate

AT: Any = Given("at", DateTimeField())
COHORT: Any = Given("cohort", BigIntegerField())
FREE = Place.objects.filter(Q(order=None) | Q(held_until__lte=AT), cohort=COHORT).order_by("number")
CLAIM = PreparedUpdate(
    Place.objects.filter(pk=Subquery(FREE.select_for_update().values("pk")[:1])),
    order=Given("order", BigIntegerField()),
    held_until=Given("until", DateTimeField()),
)


def claim_place(*, order: Order, at: datetime, until: datetime | None) -> bool:
    """Take the first free place of the order's cohort: until an instant, or for good. False when none is free.

    The inner SELECT locks the place it finds; a buyer who waited there and found it taken goes on to the next.
    """
    return CLAIM.make(order=order.pk, cohort=order.cohort_id, at=at, until=until) == 1


def keep_place(*, order: Order) -> bool:
    """Make the place that an order holds its own for good. False when it holds none."""
    return Place.objects.filter(order=order).update(held_until=None) == 1


def sell_place(*, order: Order, at: datetime) -> bool:
    """Make the order's place its own for good, or claim another if its hold was over and the place is taken."""
    return keep_place(order=order) or claim_place(order=order, at=at, until=None)


def take_over_place(*, order: Order, of: Order, until: datetime | None) -> bool:
    """Give an order the place that another order of the same learner holds: until an instant, or for good."""
    return Place.objects.filter(order=of).update(order=order, held_until=until) == 1


def extend_hold(*, order: Order, until: datetime) -> bool:
    """Hold an unpaid order's place longer, after a provider's positive pre-check; never shorter."""
    return Place.objects.filter(order=order, held_until__lt=until).update(held_until=until) == 1


def release_place(*, order: Order) -> None:
    """Give a lapsed order's place back."""
    Place.objects.filter(order=order).update(order=None, held_until=None)
