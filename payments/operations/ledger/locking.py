"""An order locked for money, and what the lock's own query told of it."""

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
    """Read an order that `orders_locked` found."""
    return LockedOrder(row, read_obstacles(row), row.received)


def read_obstacles(row: Any) -> Obstacles:
    """Read what a locking query found of an order's learner and edition."""
    return Obstacles(
        learner_is_enrolled=row.learner_is_enrolled,
        edition_is_withdrawn=row.edition_is_withdrawn,
    )


def lock_order(**lookup: Any) -> LockedOrder | None:
    """Lock the order that these fields name, and its people."""
    row = orders_locked().filter(**lookup).first()
    return read_order(row) if row else None
