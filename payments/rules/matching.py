"""Whether a provider's report agrees with what was asked for (M6).

Providers translate the refusals into codes of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from enrollment.rules.order_states import OrderState
from enrollment.rules.settlement import is_of_its_day
from payments.rules.likeness import same_number, same_text

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
    GUARDIAN = "the guardian has not consented"
    REFUNDED = "refunded already"  # the refund was reported before the money itself
    UNCONFIRMED = "not confirmed by the provider yet"  # it is asked to tell it again
    KNOWN_BY_HAND = "entered by hand already"
    KNOWN_BY_REGISTRY = "known from the registry already"


@dataclass(frozen=True)
class PaymentAsked:
    """What one attempt to pay asked for."""

    account: str
    amount: int


def disagreement(
    *,
    asked: PaymentAsked | None,
    account: str,
    amount: Decimal,
    currency: str,
    is_test: bool,
    test_is_allowed: bool,
) -> Refusal | None:
    """How a report differs from what was asked for; None when they agree.

    The account may be empty.
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
    """The amount due now: the prepayment before the acceptance, the rest after it (4.3, 4.3.1).

    Zero once paid. Without `received` it is taken as nothing before the acceptance, and as the
    prepayment after.
    """
    if state == OrderState.AWAITING_PAYMENT:
        return prepayment - int(received or 0)
    return price - int(received or prepayment) if state == OrderState.PREPAID else 0


def may_not_be_paid(
    *, state: OrderState, amount: int, due: int, pay_before: datetime, at: datetime
) -> Refusal | None:
    """Why money for this order may not be taken at this moment; None when it may (4.3)."""
    if state in (OrderState.AWAITING_PAYMENT, OrderState.LAPSED) and at >= pay_before:
        return Refusal.EXPIRED
    if not due:
        return Refusal.PAID if state in PAID_IN_FULL else Refusal.ENDED
    return Refusal.WRONG_AMOUNT if amount != due else None


class Doubt(StrEnum):
    """Why a line of a bank statement is not given to an order by itself, the gravest first."""

    AGGREGATE = "aggregate"  # one sum for the payments of many, from a bank that takes them for us
    UNAPPROVED = "unapproved"  # typed in by one person (M12)
    # A person typed the same money in before it came in the bank's file.
    TYPED_ALREADY = "typed-already"
    # The bank's file tells two things of one operation.
    CONTRADICTION = "contradiction"
    TAKEN_BACK = "taken-back"  # the bank took the receipt back (storno)
    # The sums at the head of the file are not those of its lines.
    FILE_DISAGREES = "file-disagrees"
    # A person, or a later file of the same days, does not find it at the bank.
    NOT_AT_BANK = "not-at-bank"
    # A bank that takes payments of many for us names an order or an invoice.
    NAMED_BY_MANY = "named-by-many"
    # The same money is known already, told in other words.
    KNOWN_ALREADY = "known-already"
    WRONG_CURRENCY = "wrong-currency"
    NO_CODE = "no-code"
    UNKNOWN_CODE = "unknown-code"
    SEVERAL_ORDERS = "several-orders"
    NOTHING_DUE = "nothing-due"
    WRONG_AMOUNT = "wrong-amount"
    ANOTHER_DAY = "another-day"
    # No place is free, the learner is enrolled already, or the offer is withdrawn.
    NOT_TAKEN = "not-taken"
    # One person brought its file, and no other has compared it with the bank (M13).
    UNSEEN_FILE = "unseen-file"
    ANOTHER_PAYER = "another-payer"  # a friend may pay: it is shown and is no obstacle


# A line with one of these is not judged before a person has looked at it.
BY_A_PERSON = (
    Doubt.UNAPPROVED,
    Doubt.TYPED_ALREADY,
    Doubt.CONTRADICTION,
    Doubt.TAKEN_BACK,
    Doubt.FILE_DISAGREES,
    Doubt.NOT_AT_BANK,
    Doubt.NAMED_BY_MANY,
    Doubt.KNOWN_ALREADY,
)


@dataclass(frozen=True)
class Transfer:
    """Money in a bank statement; `paid_on` is the day of the payment order."""

    amount: Decimal
    currency: str
    payer_id: str
    paid_on: date


@dataclass(frozen=True)
class Candidate:
    """An order that a transfer may be for; `payer_ids` are known IINs and BINs of its people.

    `whole` is what it lacks of its price: an order by halves may be paid at once (4.3.1).
    """

    code: str
    state: OrderState
    due: int
    placed_on: date
    payer_ids: frozenset[str]
    since: date | None = None
    whole: int = 0


def amount_due_by_transfer(
    *, state: OrderState, price: int, prepayment: int, received: Decimal | None = None
) -> int:
    """The amount that a transfer may settle (4.3, O3).

    The bank reports a transfer days later, so a lapsed order counts as on its day.
    """
    state_on_its_day = OrderState.AWAITING_PAYMENT if state == OrderState.LAPSED else state
    return amount_due(state=state_on_its_day, price=price, prepayment=prepayment, received=received)


def doubts_about(candidate: Candidate, transfer: Transfer) -> list[Doubt]:
    """The doubts about an order; empty when amount, day and payer all agree."""
    doubts = []
    if transfer.currency != CURRENCY:
        doubts.append(Doubt.WRONG_CURRENCY)
    if not candidate.due:
        doubts.append(Doubt.NOTHING_DUE)
    elif transfer.amount not in (candidate.due, candidate.whole):
        doubts.append(Doubt.WRONG_AMOUNT)
    has_its_day = candidate.state in (OrderState.AWAITING_PAYMENT, OrderState.LAPSED)
    paid_on_its_day = is_of_its_day(
        paid_on=transfer.paid_on, placed_on=candidate.placed_on, since=candidate.since
    )
    if has_its_day and not paid_on_its_day:
        doubts.append(Doubt.ANOTHER_DAY)
    if transfer.payer_id and candidate.payer_ids and transfer.payer_id not in candidate.payer_ids:
        doubts.append(Doubt.ANOTHER_PAYER)
    return doubts


def match_line(transfer: Transfer, candidates: Sequence[Candidate]) -> Candidate | Doubt:
    """The one order that a transfer is for, or the doubt that keeps it waiting (M6).

    The purpose names exactly this order, and the amount due came on its day. Another payer is no
    obstacle.
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
    """The orders of an invoice that a transfer settles, or the doubt that keeps it waiting (M6).

    The transfer is exactly what all of them lack together, and of the day of each. An order that
    was paid alone lacks nothing; one that its buyer cancelled is not among the candidates.
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
    """True when two transfers of one day and amount have the same number or the same payer.

    One equal pair is enough, since people type in what they see. Also True when nothing can be
    compared.
    """
    number = same_number(one[0], other[0])
    payer = same_text(one[1], other[1])
    return bool(number) or bool(payer) or (number is None and payer is None)
