"""All orders in which news of one order's money can arrive, with repetitions and gaps, at the real
doors.

A word is what arrived, letter by letter. Every word of an alphabet up to three letters is tried,
and those in which everything arrives; of the card's, whose messages know no order, also those in
which one of the four comes again. `Expected` says from the protocols alone what must be answered,
and what the books must hold at the end.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from enrollment.models import Acceptance, Enrollment, Order, Place
from enrollment.operations.ordering.orders import lapse_order
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from payments.models import Allocation, LedgerEntry, Outcome, Payment, ProviderMessage
from tests.given import NOON, a_cohort, a_placed_order
from tests.payments import kaspi
from tests.payments.notifications import a_notification, a_refund, an_attempt, answer
from tests.sequences import each, sampled

CARD = ("check", "pay", "fail", "refund")
KASPI = ("kaspi check", "kaspi pay", "kaspi second", "kaspi short")
BOTH = ("pay", "second", "kaspi pay", "midnight")
LATE = ("check", "pay", "kaspi check", "midnight")
PAYS_THE_ORDER = {"pay", "second", "kaspi pay", "kaspi second"}
MONEY = {*PAYS_THE_ORDER, "kaspi short"}


def words(alphabet: Sequence[str], *, longest: int) -> Iterator[tuple[str, ...]]:
    """Every word of up to three letters, and every longer one in which all letters stand."""
    for length in range(1, 4):
        yield from product(alphabet, repeat=length)
    for length in range(len(alphabet), longest + 1):
        yield from (word for word in product(alphabet, repeat=length) if set(word) == set(alphabet))


@dataclass
class Expected:
    """What the protocols demand, whatever the order of arrival."""

    state: str = "awaiting_payment"
    is_over: bool = False  # the day of the order
    conclusive: str = ""  # the money that made the contract
    heard: dict[str, int] = field(default_factory=dict)  # the first answer to each
    receipts: set[str] = field(default_factory=set)

    def answer_to(self, letter: str) -> int:
        if letter in ("check", "kaspi check"):
            return self._answer_to_a_question(of_kaspi=letter == "kaspi check")
        if letter not in self.heard:
            self.heard[letter] = self._first_answer_to(letter)
        return self.heard[letter]

    def _answer_to_a_question(self, *, of_kaspi: bool) -> int:
        """A question is about now: it may be paid on its day, until it is paid."""
        if self.state == "paid":
            return 3 if of_kaspi else 13
        if self.is_over:
            return 2 if of_kaspi else 20
        return 0

    def _first_answer_to(self, letter: str) -> int:
        """A card's news are always taken; Kaspi's money for an
        order that is paid goes back to the payer.
        """
        if letter in MONEY:
            if letter.startswith("kaspi") and self.state == "paid":
                return 3
            self.receipts.add(letter)
        is_gone = (
            letter == "pay" and "refund" in self.heard
        )  # known to have gone back before it was known to come
        if letter in PAYS_THE_ORDER and self.state != "paid" and not is_gone:
            self.state = "paid"
            self.conclusive = letter
        return 0

    def midnight(self) -> None:
        self.is_over = True
        self.state = "lapsed" if self.state == "awaiting_payment" else self.state


class Doors:
    """The order's banks: each letter told as they tell it."""

    def __init__(self, order: Order, *, first: int, clock: Any) -> None:
        self.order = order
        self.clock = clock
        self.reference = {
            letter: str(first + number)
            for number, letter in enumerate(sorted({*CARD, *KASPI, *BOTH}))
        }

    def tell(self, letter: str) -> int:
        order = self.order
        number = int(self.reference[letter])
        if letter == "fail":
            return answer(
                "fail", a_notification(order, transaction=number, Status=None, ReasonCode="5051")
            )
        if letter == "refund":
            return answer(
                "refund", a_refund(order, transaction=number, of=int(self.reference["pay"]))
            )
        if letter in ("check", "pay", "second"):
            return answer(
                "check" if letter == "check" else "pay", a_notification(order, transaction=number)
            )
        if letter == "kaspi check":
            return kaspi.result(kaspi.a_question(order, txn_id=str(number)))
        short = {"sum": f"{order.prepayment - 1}.00"} if letter == "kaspi short" else {}
        return kaspi.result(kaspi.a_payment(order, txn_id=str(number), **short))

    def midnight(self) -> None:
        self.clock.move_to(self.order.pay_before + timedelta(minutes=10), tick=False)
        lapse_order(order=self.order, at=self.order.pay_before + timedelta(minutes=5))


@pytest.mark.clause("4.3", "4.4", "4.6")
@sampled(every=13)
@pytest.mark.parametrize(
    ("alphabet", "longest", "count"),
    [(CARD, 5, 348), (KASPI, 4, 108), (BOTH, 4, 108), (LATE, 4, 108)],
    ids=["card", "kaspi", "both", "late"],
)
def test_every_order_of_arrival_ends_as_the_protocols_demand(
    db, time_machine, alphabet, longest, count, step
):
    chosen = list(words(alphabet, longest=longest))
    assert len(chosen) == count
    for number, word in enumerate(each(chosen, step=step)):
        time_machine.move_to(NOON, tick=False)
        if number % 50 == 0:
            cohort = a_cohort(seats=50)
        order = a_placed_order(cohort=cohort)
        attempt = an_attempt(order)
        expected = arrive(Doors(order, first=20 * number + 1, clock=time_machine), word)
        require_the_books(order, attempt, word, expected)
    assert not ProviderMessage.objects.filter(
        outcome__in=[Outcome.CONFLICT, Outcome.UNREADABLE]
    ).exists()


def arrive(doors: Doors, word: tuple[str, ...]) -> Expected:
    expected = Expected()
    for place, letter in enumerate(word):
        if letter == "midnight":
            doors.midnight()
            expected.midnight()
        else:
            assert doors.tell(letter) == expected.answer_to(letter), f"{word}, letter {place}"
    return expected


def require_the_books(
    order: Order, attempt: Payment, word: tuple[str, ...], expected: Expected
) -> None:
    """Compare the ledger, the allocations, the order and its evidence with what is expected."""
    order.refresh_from_db()
    attempt.refresh_from_db()
    mine = LedgerEntry.objects.filter(invoice_id__startswith=order.code)
    assert order.state == expected.state, word
    assert mine.receipts().count() == len(expected.receipts), word
    assert mine.refunds().count() == ("refund" in word), word
    assert (attempt.declined_at is not None) == ("fail" in word), word
    is_paid = expected.state == "paid"
    given = list(Allocation.objects.filter(order=order).select_related("entry"))
    assert [allocation.amount for allocation in given] == [order.price] * is_paid, word
    is_gone = "refund" in word and "pay" in expected.receipts and expected.conclusive != "pay"
    assert mine.waiting().count() == len(expected.receipts) - is_paid - is_gone, word
    assert Acceptance.objects.filter(order=order).count() == is_paid, word
    assert Enrollment.objects.filter(order=order).count() == is_paid, word
    assert Place.objects.filter(order=order, held_until=None).count() == is_paid, word
    assert (
        Notice.objects.filter(kind=NoticeKind.CONTRACT_CONCLUDED, order_code=order.code).count()
        == is_paid
    ), word
    if is_paid:
        provider = "kaspi" if expected.conclusive.startswith("kaspi") else "card"
        assert given[0].entry.provider == order.acceptance.provider == provider, word
        assert order.acceptance.reference == given[0].entry.reference, word
