"""For how long an unpaid order holds its place: shortly, until its mailbox shows life (4.6)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import BigIntegerField, Count, DateTimeField, OuterRef, Subquery

from enrollment.models import Cohort, Order, Party, Place
from enrollment.rules.bounds import ClaimedPlace, may_claim
from enrollment.rules.order_states import OrderState
from offer_site.attempts.operations import home_of
from offer_site.prepared import Given, Prepared

from .places import claim_places, extend_hold

PLACES = Place.objects.filter(cohort=OuterRef("pk")).order_by()
SEATS = PLACES.values("cohort").annotate(seats=Count("pk")).values("seats")
SEATS_LOCKED: Prepared[Any] = Prepared(
    Cohort.objects.select_for_update(no_key=True)
    .filter(pk=Given("cohort", BigIntegerField()))
    .values_list(Subquery(SEATS))
)
CLAIMED_PLACES: Prepared[Any] = Prepared(
    Place.objects.filter(
        cohort=Given("cohort", BigIntegerField()),
        held_until__gt=Given("at", DateTimeField()),
        order__state=OrderState.AWAITING_PAYMENT,
        order__kept_until=None,
    )
    .order_by()
    .values_list(
        "order",
        "order__party__email",
        "order__party__origin_browser",
        "order__party__origin_address",
        "order__party__email_seen_at",
    )
)


def end_of_claim(party: Party, *, at: datetime) -> datetime:
    """Until when an order of this party holds its place from now on."""
    minutes = (
        settings.PLACE_HOLD_MINUTES if party.email_seen_at else settings.PLACE_HOLD_UNSEEN_MINUTES
    )
    return at + timedelta(minutes=minutes)


def may_claim_places(
    *, party: Party, cohort_id: int, wanted: int, at: datetime, of: Sequence[Order] = ()
) -> bool:
    """Whether new orders of this party may hold places; those of the orders `of` do not count.

    Orders of one cohort wait for each other by its lock, so that forty at once are counted one by
    one. The lock is a statement of its own: the one after it reads fresh rows. Only staff change
    how many seats there are, so these may be counted with the lock.
    """
    [(seats,)] = SEATS_LOCKED.rows(cohort=cohort_id)
    own = {order.pk for order in of}
    claimed = CLAIMED_PLACES.rows(cohort=cohort_id, at=at)
    return may_claim(
        wanted=wanted,
        by=_claimed_by(
            party.email, party.origin_browser, party.origin_address, party.email_seen_at
        ),
        held=[_claimed_by(*theirs) for order, *theirs in claimed if order not in own],
        seats=seats or 0,
    )


def note_mailbox_seen(*, orders: Sequence[Order], at: datetime) -> None:
    """Note that a link of a letter was opened: somebody reads the mailbox of these orders.

    Their places are held for longer from now on, once; orders that hold none take places, all of
    them or none. Opening the link again changes nothing.
    """
    if any(order.party.email_seen_at is None for order in orders):
        _note_mailbox_seen([order.pk for order in orders], at=at)


@transaction.atomic
def _note_mailbox_seen(keys: Sequence[int], *, at: datetime) -> None:
    found = Order.objects.people_locked().filter(pk__in=keys).order_by("pk")
    fresh = [order for order in found if order.party.email_seen_at is None]
    for order in fresh:
        order.party.email_seen_at = at
        order.party.save(update_fields=["email_seen_at"])
    unpaid = [
        order
        for order in fresh
        if order.state == OrderState.AWAITING_PAYMENT
        and at < order.pay_before
        and not order.is_kept(at)
    ]
    if not unpaid:
        return
    party = unpaid[0].party
    until = end_of_claim(party, at=at)
    without = [order for order in unpaid if not extend_hold(order=order, until=until)]
    if without and may_claim_places(
        party=party, cohort_id=without[0].cohort_id, wanted=len(without), at=at, of=unpaid
    ):
        claim_places(orders=without, at=at, until=until)


def _claimed_by(
    email: str, browser: str, address: str | None, seen_at: datetime | None
) -> ClaimedPlace:
    return ClaimedPlace(email, browser, home_of(address), seen_at is not None)
