"""Whether what a provider tells agrees with what was asked for (M6). Providers have codes for the answers."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from enrollment.rules.order_states import OrderState

CURRENCY = "KZT"
PAID_IN_FULL = (OrderState.PAID, OrderState.COMPLETED)


class Refusal(StrEnum):
    """Why money does not agree with an attempt to pay, or may not be taken for it."""

    UNKNOWN_INVOICE = "unknown invoice number"
    ANOTHER_ACCOUNT = "another order's account"
    WRONG_AMOUNT = "another amount than was asked for"
    WRONG_CURRENCY = "another currency than tenge"
    TEST_MONEY = "test money"
    CLOSED = "the order takes no money"
    PAID = "the order is paid"
    ENDED = "the order is cancelled"
    NO_PLACE = "no place is free"
    EXPIRED = "the day of the order is over"


@dataclass(frozen=True)
class Asked:
    """What one attempt to pay asked for."""

    account: str
    amount: int


def disagreement(
    *, asked: Asked | None, account: str, amount: Decimal, currency: str, is_test: bool, test_is_allowed: bool
) -> Refusal | None:
    """Compare what is told with what was asked for; None when they agree. An account may be left out."""
    if asked is None:
        return Refusal.UNKNOWN_INVOICE
    if account and account != asked.account:
        return Refusal.ANOTHER_ACCOUNT
    if currency != CURRENCY:
        return Refusal.WRONG_CURRENCY
    if amount != asked.amount:
        return Refusal.WRONG_AMOUNT
    return Refusal.TEST_MONEY if is_test and not test_is_allowed else None


def amount_due(*, state: OrderState, price: int, prepayment: int) -> int:
    """Tell what is due now: the prepayment before the acceptance, the rest after it, nothing once paid (4.3, 4.3.1)."""
    if state == OrderState.AWAITING_PAYMENT:
        return prepayment
    return price - prepayment if state == OrderState.PREPAID else 0


def may_not_be_paid(*, state: OrderState, amount: int, due: int, pay_before: datetime, at: datetime) -> Refusal | None:
    """Say why money for this order may not be taken at this moment; None when it may (4.3)."""
    if state in (OrderState.AWAITING_PAYMENT, OrderState.LAPSED) and at >= pay_before:
        return Refusal.EXPIRED
    if not due:
        return Refusal.PAID if state in PAID_IN_FULL else Refusal.ENDED
    return Refusal.WRONG_AMOUNT if amount != due else None
