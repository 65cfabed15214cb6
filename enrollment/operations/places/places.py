"""Places are claimed by one conditional UPDATE, so that a cohort is never oversold (4.6, O1)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, Case, DateTimeField, Q, Subquery, When

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
    """Take the first free place of the order's cohort; False when none is free.

    `until` None takes it for good. The inner SELECT locks the place it finds; a buyer who waited
    there and found it taken goes on to the next.
    """
    return CLAIM.make(order=order.pk, cohort=order.cohort_id, at=at, until=until) == 1


def claim_places(
    *, orders: Sequence[Order], at: datetime, until: datetime, of: Sequence[Order] = ()
) -> int:
    """Take a place of the cohort for each order, or none at all; return how many were free.

    Places that the orders `of` hold count as free. All are locked by one statement in the order of
    their numbers: of two companies at once, one waits for the other at the first place that both
    want, and there is no deadlock. What is locked is still free: the condition was read again after
    the wait.
    """
    free = Q(order=None) | Q(held_until__lte=at) | Q(order__in=[order.pk for order in of])
    places = Place.objects.filter(free, cohort=orders[0].cohort_id).order_by("number")
    keys = list(places.select_for_update(of=("self",)).values_list("pk", flat=True)[: len(orders)])
    if len(keys) == len(orders):
        taken = zip(keys, orders, strict=True)
        whose = Case(
            *(When(pk=key, then=order.pk) for key, order in taken), output_field=BigIntegerField()
        )
        still_free = Place.objects.filter(free, pk__in=keys)
        return still_free.update(order=whose, held_until=until)
    return len(keys)


def count_free(*, cohort_id: int, at: datetime, of: Sequence[Order] = ()) -> int:
    """How many places of a cohort an order could take; those that the orders `of` hold count."""
    free = Q(order=None) | Q(held_until__lte=at) | Q(order__in=[order.pk for order in of])
    return Place.objects.filter(free, cohort=cohort_id).count()


def keep_place(*, order: Order) -> bool:
    """Make the place that an order holds its own for good; False when it holds none."""
    return Place.objects.filter(order=order).update(held_until=None) == 1


def sell_place(*, order: Order, at: datetime) -> bool:
    """Keep the order's place for good; if the hold ended and it is taken, claim another."""
    return keep_place(order=order) or claim_place(order=order, at=at, until=None)


def take_over_place(*, order: Order, of: Order, until: datetime | None) -> bool:
    """Give an order the place of another order of the learner; for good if `until` is None."""
    return Place.objects.filter(order=of).update(order=order, held_until=until) == 1


def extend_hold(*, order: Order, until: datetime) -> bool:
    """Hold an unpaid order's place longer, after a provider's positive pre-check; never shorter."""
    return Place.objects.filter(order=order, held_until__lt=until).update(held_until=until) == 1


def release_place(*, order: Order) -> None:
    release_places(orders=[order])


def release_places(*, orders: Sequence[Order]) -> None:
    Place.objects.filter(order__in=orders).update(order=None, held_until=None)
