"""Whether money counts for an order; the money itself is always recorded."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from .order_states import OrderState


class Waiting(StrEnum):
    """Why money does not count by itself and waits for a person (4.3, M6, M7)."""

    ANOTHER_DAY = "another day"  # the provider's time is outside the order's day
    NOTHING_DUE = "nothing is due"  # already paid, performed or terminated: double or excess money
    SHORT = "less than is due"
    EXCESS = "more than is due"
    NO_PLACE = "no place is free"
    LEARNER_ENROLLED = "the learner is enrolled by another order"
    OFFER_WITHDRAWN = "the offer is withdrawn"
    UNCONFIRMED = "the buyer has not confirmed the order"  # taken on the phone (2.6)
    GUARDIAN = "the guardian has not consented"


def state_for_balance(*, price: int, prepayment: int, received: Decimal) -> OrderState | None:
    """The state that a balance earns: paid, prepaid, or None."""
    if received >= price:
        return OrderState.PAID
    return OrderState.PREPAID if received >= prepayment else None


def is_of_its_day(*, paid_on: date, placed_on: date, since: date | None = None) -> bool:
    """True for money of the order's day (4.3).

    A reopened order takes money from `since`, the day of its reopening, to its new day.
    """
    return (since or placed_on) <= paid_on <= placed_on


def judge_money(
    *,
    state: OrderState,
    price: int,
    prepayment: int,
    received: Decimal,
    placed_on: date,
    paid_on: date,
    since: date | None = None,
) -> OrderState | Waiting:
    """What the whole sum received makes of an order: its new state, or why the money waits.

    `received` includes the new money, in tenge; `paid_on` is the provider's own time of payment as
    a day in Almaty. Before the acceptance only money of the order's own day counts (4.3); the rest
    of 4.3.1 counts whenever it comes.
    """
    if state in (OrderState.PAID, OrderState.COMPLETED, OrderState.TERMINATED):
        return Waiting.NOTHING_DUE
    unpaid = state in (OrderState.AWAITING_PAYMENT, OrderState.LAPSED)
    if unpaid and not is_of_its_day(paid_on=paid_on, placed_on=placed_on, since=since):
        return Waiting.ANOTHER_DAY
    if received > price:
        return Waiting.EXCESS
    earned = state_for_balance(price=price, prepayment=prepayment, received=received)
    return Waiting.SHORT if earned is None or earned == state else earned
