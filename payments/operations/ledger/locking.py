"""An order locked for money, with what the same query read of it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from enrollment.models import Order
from enrollment.operations.ordering.balances import Obstacles
from payments.models.payment import orders_locked


@dataclass(frozen=True)
class LockedOrder:
    """A locked order; `received` is None where the query did not sum it."""

    order: Order
    obstacles: Obstacles
    received: Decimal | None = None


def read_order(row: Any) -> LockedOrder:
    """A row of `orders_locked` as a LockedOrder."""
    return LockedOrder(row, read_obstacles(row), row.received)


def read_obstacles(row: Any) -> Obstacles:
    return Obstacles(
        learner_is_enrolled=row.learner_is_enrolled,
        edition_is_withdrawn=row.edition_is_withdrawn,
    )


def lock_order(**lookup: Any) -> LockedOrder | None:
    """Lock the order found by these fields, and its people; before, the others of its invoice.

    The money may conclude its contract, and a question about the company then stops terms of the
    others (9.5).
    """
    Order.objects.lock_beside(**lookup)
    row = orders_locked().filter(**lookup).first()
    return read_order(row) if row else None
