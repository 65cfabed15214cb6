"""Whether what a provider tells agrees with what was asked for (M6).
Providers have codes for the answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from enrollment.rules.order_states import OrderState
from enrollment.rules.settlement import is_of_its_day

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
    REFUNDED = "refunded already"  # told of before the money itself


@dataclass(frozen=True)
class Asked:
    """What one attempt to pay asked for."""

    account: str
    amount: int


def disagreement(
    *,
    asked: Asked | None,
    account: str,
    amount: Decimal,
    currency: str,
    is_test: bool,
    test_is_allowed: bool,
) -> Refusal | None:
    """Compare what is told with what was asked for; None when they agree.
    An account may be left out.
    """
    if asked is None:
        return Refusal.UNKNOWN_INVOICE
    if account and account != asked.account:
        return Refusal.ANOTHER_ACCOUNT
    if currency != CURRENCY:
        return Refusal.WRONG_CURRENCY
    if amount != asked.amount:
        return Refusal.WRONG_AMOUNT
    return Refusal.TEST_MONEY if is_test and not test_is_allowed else None


def amount_due(
    *, state: OrderState, price: int, prepayment: int, received: Decimal | None = None
) -> int:
    """Tell what is due now: the prepayment before the acceptance, the rest after it, nothing once
    paid (4.3, 4.3.1).

    `received` is what the order has; left out, it is taken for nothing before the acceptance and
    the prepayment after.
    """
    if state == OrderState.AWAITING_PAYMENT:
        return prepayment - int(received or 0)
    return price - int(received or prepayment) if state == OrderState.PREPAID else 0


def may_not_be_paid(
    *, state: OrderState, amount: int, due: int, pay_before: datetime, at: datetime
) -> Refusal | None:
    """Say why money for this order may not be taken at this moment; None when it may (4.3)."""
    if state in (OrderState.AWAITING_PAYMENT, OrderState.LAPSED) and at >= pay_before:
        return Refusal.EXPIRED
    if not due:
        return Refusal.PAID if state in PAID_IN_FULL else Refusal.ENDED
    return Refusal.WRONG_AMOUNT if amount != due else None


class Doubt(StrEnum):
    """Why a line of a bank statement is not given to an order by itself, the gravest first."""

    AGGREGATE = "aggregate"  # one sum for the payments of many, from a bank that takes them for us
    UNAPPROVED = "unapproved"  # typed in by one person (M12)
    TYPED_ALREADY = (
        "typed-already"  # a person typed the same money in before the bank's file told of it
    )
    WRONG_CURRENCY = "wrong-currency"
    NO_CODE = "no-code"
    UNKNOWN_CODE = "unknown-code"
    SEVERAL_ORDERS = "several-orders"
    NOTHING_DUE = "nothing-due"
    WRONG_AMOUNT = "wrong-amount"
    ANOTHER_DAY = "another-day"
    NOT_TAKEN = (
        "not-taken"  # no place is free, the learner is enrolled already, or the offer is withdrawn
    )
    ANOTHER_PAYER = "another-payer"  # a friend may pay: shown, and no obstacle


BY_A_PERSON = (
    Doubt.UNAPPROVED,
    Doubt.TYPED_ALREADY,
)  # a line is not judged before somebody looked at it


@dataclass(frozen=True)
class Transfer:
    """Money that a bank statement tells of; `paid_on` is the day of the payment order."""

    amount: Decimal
    currency: str
    payer_id: str
    paid_on: date


@dataclass(frozen=True)
class Candidate:
    """An order that a transfer may be meant for; `payer_ids` are the IIN or BIN of its people,
    where they are known.
    """

    code: str
    state: OrderState
    due: int
    placed_on: date
    payer_ids: frozenset[str]
    since: date | None = None


def amount_due_by_transfer(
    *, state: OrderState, price: int, prepayment: int, received: Decimal | None = None
) -> int:
    """Tell what a transfer may settle: it is told of days later,
    so a lapsed order counts as on its day (4.3, O3).
    """
    told_as = OrderState.AWAITING_PAYMENT if state == OrderState.LAPSED else state
    return amount_due(state=told_as, price=price, prepayment=prepayment, received=received)


def doubts_about(candidate: Candidate, transfer: Transfer) -> list[Doubt]:
    """List what speaks against an order; empty when code, amount, day and payer all agree."""
    doubts = []
    if transfer.currency != CURRENCY:
        doubts.append(Doubt.WRONG_CURRENCY)
    if not candidate.due:
        doubts.append(Doubt.NOTHING_DUE)
    elif transfer.amount != candidate.due:
        doubts.append(Doubt.WRONG_AMOUNT)
    of_its_day = candidate.state in (OrderState.AWAITING_PAYMENT, OrderState.LAPSED)
    told_of_it = is_of_its_day(
        paid_on=transfer.paid_on, placed_on=candidate.placed_on, since=candidate.since
    )
    if of_its_day and not told_of_it:
        doubts.append(Doubt.ANOTHER_DAY)
    if transfer.payer_id and candidate.payer_ids and transfer.payer_id not in candidate.payer_ids:
        doubts.append(Doubt.ANOTHER_PAYER)
    return doubts


def match_line(transfer: Transfer, candidates: Sequence[Candidate]) -> Candidate | Doubt:
    """Give the one order that the purpose names and whose due amount came on its day;
    otherwise why it waits (M6).
    """
    if not candidates:
        return Doubt.UNKNOWN_CODE
    if len(candidates) > 1:
        return Doubt.SEVERAL_ORDERS
    doubts = [
        doubt for doubt in doubts_about(candidates[0], transfer) if doubt != Doubt.ANOTHER_PAYER
    ]
    return doubts[0] if doubts else candidates[0]


def match_invoice(transfer: Transfer, candidates: Sequence[Candidate]) -> list[Candidate] | Doubt:
    """Give the orders of an invoice that a transfer settles at once; otherwise why it waits (M6).

    It settles them if it is exactly what they lack, all of it, and of the day of each. What was
    paid singly lacks nothing; what its buyer cancelled is not among the candidates.
    """
    lacking = [candidate for candidate in candidates if candidate.due]
    if transfer.currency != CURRENCY:
        return Doubt.WRONG_CURRENCY
    if not lacking:
        return Doubt.NOTHING_DUE
    if transfer.amount != sum(candidate.due for candidate in lacking):
        return Doubt.WRONG_AMOUNT
    if any(Doubt.ANOTHER_DAY in doubts_about(candidate, transfer) for candidate in lacking):
        return Doubt.ANOTHER_DAY
    return lacking


def is_probably_the_same(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Compare the number and the payer of two transfers of one day and amount, where both tell
    them.

    One equal pair is enough, since people type in what they see; so is having nothing to compare.
    """
    pairs = [
        (mine.lstrip("0"), theirs.lstrip("0"))
        for mine, theirs in zip(one, other, strict=True)
        if mine and theirs
    ]
    return not pairs or any(mine == theirs for mine, theirs in pairs)
