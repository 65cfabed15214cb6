"""What the bank's messages say of holds, in any order of arrival.

A hold is money on a card that is not taken yet.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from enrollment.operations.places.places import extend_hold
from enrollment.rules.order_states import OrderState
from offer_site.journal.operations import SYSTEM, record
from payments.models import Hold, Payment
from payments.providers.base import Notification


def note_hold(
    notification: Notification,
    *,
    provider: str,
    payment: Payment | None,
    disagreement: str,
    at: datetime,
) -> Hold:
    """Record that money is held; it is no receipt (M1).

    The caller holds the order's lock. The order keeps its place while the hold is settled.
    """
    hold = _find_or_make(notification, provider=provider, payment=payment, at=at)
    if hold.held_at:
        return hold
    hold.payment = payment
    hold.invoice_id = notification.invoice_id
    hold.disagreement = disagreement[:40]
    hold.amount = notification.amount
    hold.currency = notification.currency
    hold.method = notification.method
    hold.held_at = notification.happened_at
    hold.save()
    order = payment.order if payment else None
    if order and order.state == OrderState.AWAITING_PAYMENT:
        extend_hold(
            order=order, until=at + timedelta(minutes=settings.PLACE_HOLD_AFTER_CHECK_MINUTES)
        )
    _record(
        "hold.recorded", hold, at=at, facts={"amount": str(hold.amount), "currency": hold.currency}
    )
    return hold


def note_confirmed(
    notification: Notification, *, provider: str, payment: Payment | None, at: datetime
) -> tuple[Hold, bool]:
    """Record that held money was taken; True when an earlier message said that it was released."""
    hold = _find_or_make(notification, provider=provider, payment=payment, at=at)
    contradicts = hold.released_at is not None
    if hold.confirmed_at is None:
        hold.confirmed_at = at  # money taken is a fact, whatever came before (M1)
        hold.released_at = None
        hold.save(update_fields=["confirmed_at", "released_at"])
    return hold, contradicts


def note_released(
    notification: Notification, *, provider: str, payment: Payment | None, at: datetime
) -> None:
    """Record that held money was released; nothing was taken."""
    hold = _find_or_make(notification, provider=provider, payment=payment, at=at)
    release(hold, at=at)


def release(hold: Hold, *, at: datetime) -> None:
    """Mark a locked hold as released, once; a hold whose money was taken does not change."""
    if hold.is_open:
        hold.released_at = at
        hold.save(update_fields=["released_at"])
        _record("hold.released", hold, at=at)


def about(hold: Hold) -> tuple[str, str]:
    """The name of a hold in the journal."""
    return "hold", hold.name[:64]


def _find_or_make(
    notification: Notification, *, provider: str, payment: Payment | None, at: datetime
) -> Hold:
    """The hold's row, locked; created when missing, since the message of its end may come first."""
    first: dict[str, Any] = {
        "payment": payment,
        "invoice_id": notification.invoice_id,
        "amount": notification.amount,
        "currency": notification.currency,
        "method": notification.method,
        "recorded_at": at,
    }
    known = {"provider": provider, "reference": notification.reference}
    hold, _is_new = Hold.objects.select_for_update().get_or_create(**known, defaults=first)
    return hold


def _record(verb: str, hold: Hold, *, at: datetime, facts: dict[str, Any] | None = None) -> None:
    order = hold.payment.order.code if hold.payment else ""
    record(verb, about=about(hold), order=order, facts=facts, by=SYSTEM, at=at, clause="4.4")
