"""Who saw personal data, and what for, is journalled (5.4)."""

from datetime import datetime
from typing import TypeVar

from django.db import transaction

from enrollment.models import Order
from offer_site.documents import Documented, SeenAs
from offer_site.journal.operations import record

Row = TypeVar("Row", bound=Documented)


@transaction.atomic(savepoint=False)
def show_personal_data(*, order: Order, reason: str, by: str, at: datetime) -> Order:
    """Return the order with its people's protected values; journal who saw them and why (5.4)."""
    seen = SeenAs(about=("order", order.code), order=order.code, verb="personal_data.seen")
    record_sight(seen, reason=reason, by=by, at=at)
    return Order.objects.with_people().get(pk=order.pk)


@transaction.atomic(savepoint=False)
def show_document(*, row: Row, reason: str, by: str, at: datetime) -> Row:
    """Journal who saw a row's document and why (5.4); only after it may the caller show it."""
    record_sight(row.seen_as, reason=reason, by=by, at=at)
    return row


@transaction.atomic(savepoint=False)
def record_sight(seen: SeenAs, *, by: str, at: datetime, reason: str = "") -> None:
    """Journal that a person saw personal data (5.4); locks the order in whose chain the row is.

    A paper of our own is read without a reason.
    """
    if seen.order:
        Order.objects.locked().get(code=seen.order)
    record(
        seen.verb,
        about=seen.about,
        order=seen.order,
        facts=({"reason": reason} if reason else {}) | seen.facts,
        by=by,
        at=at,
        clause="5.4",
    )
