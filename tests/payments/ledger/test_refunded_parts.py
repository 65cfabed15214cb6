"""A part that an unpaid order has goes back by a case: it is gone,
and no second order takes it (4.6, M8).
"""

from datetime import timedelta

import pytest

from enrollment.operations.ordering.orders import lapse_unpaid_orders
from payments.models import Allocation, LedgerEntry, PayoutState
from payments.operations.books.accounts import Grouping, books_of
from payments.operations.ledger.receipts import received_by
from payments.operations.ledger.refunds import record_refund
from payments.operations.refunds.cases import open_case_for_refund
from payments.operations.refunds.payouts import settle_payout
from payments.providers.base import RefundMade
from tests.given import NOON, a_placed_order, refusal
from tests.payments.refunds.scenes import a_person, an_approved_case, the_payout
from tests.payments.waiting import give, left, money_that_waits

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.6")]
PART = 100_000
NEXT_DAY = NOON + timedelta(days=1)


@pytest.fixture
def order():
    """An order that staff gave a part, and that lapsed without the rest."""
    order = a_placed_order()
    give(money_that_waits(order, amount=PART), order)
    lapse_unpaid_orders(at=NEXT_DAY)
    order.refresh_from_db()
    return order


def is_gone(order):
    """Assert that nothing of the money waits, and no order can have it."""
    entry = LedgerEntry.objects.receipts().get()
    other = a_placed_order(package="ozim", at=NEXT_DAY)
    assert (left(entry), LedgerEntry.objects.waiting().exists()) == (0, False)
    with refusal():
        give(entry, other, at=NEXT_DAY)
    return True


def test_a_part_that_went_back_by_its_case_waits_no_more(order):
    case = an_approved_case(order, PART, at=NEXT_DAY)
    settle_payout(
        payout_id=the_payout(case).pk, made=RefundMade("r-1", PART, NEXT_DAY), by=None, at=NEXT_DAY
    )
    assert the_payout(case).state == PayoutState.DONE
    assert received_by(order) == 0
    assert is_gone(order)


def test_a_part_that_is_promised_makes_up_no_price_and_is_given_to_nobody(order):
    an_approved_case(order, PART, at=NEXT_DAY)
    assert (received_by(order), Allocation.objects.standing().exists()) == (0, False)
    assert is_gone(order)


def test_of_a_part_that_goes_back_in_part_the_rest_waits(order):
    case = an_approved_case(order, 30_000, at=NEXT_DAY)
    entry = LedgerEntry.objects.receipts().get()
    assert (received_by(order), left(entry)) == (0, PART - 30_000)
    settle_payout(
        payout_id=the_payout(case).pk,
        made=RefundMade("r-1", 30_000, NEXT_DAY),
        by=None,
        at=NEXT_DAY,
    )
    assert left(entry) == PART - 30_000


def test_a_part_of_which_the_bank_tells_before_us_waits_no_more(order):
    case = an_approved_case(order, PART, at=NEXT_DAY)
    payout = the_payout(case)
    record_refund(
        provider="card",
        reference="r-1",
        refunds_reference=payout.receipt.reference,
        amount=payout.amount,
        happened_at=NEXT_DAY,
        at=NEXT_DAY,
    )
    settle_payout(payout_id=payout.pk, made=RefundMade("r-1", PART, NEXT_DAY), by=None, at=NEXT_DAY)
    assert is_gone(order)


def test_a_part_that_went_back_elsewhere_waits_no_more_when_its_ground_is_given(order):
    entry = LedgerEntry.objects.receipts().get()
    record_refund(
        provider=entry.provider,
        reference="r-1",
        refunds_reference=entry.reference,
        amount=entry.amount,
        happened_at=NEXT_DAY,
        at=NEXT_DAY,
    )
    assert left(entry) == 0
    open_case_for_refund(
        entry=LedgerEntry.objects.refunds().get(),
        ground="law",
        asked_by="customer",
        asked_on=NEXT_DAY.date(),
        demand="Ақшамды қайтарыңыз",
        document="хат",
        by=a_person("opener"),
        at=NEXT_DAY,
    )
    assert is_gone(order)


def test_the_books_and_the_list_of_staff_count_the_same_money_as_waiting():
    order = a_placed_order(at=NEXT_DAY)
    entry = money_that_waits(order, amount=order.price + 10, at=NEXT_DAY)
    give(entry, order, at=NEXT_DAY)
    case = an_approved_case(order, PART, at=NEXT_DAY)
    settle_payout(
        payout_id=the_payout(case).pk, made=RefundMade("r-1", PART, NEXT_DAY), by=None, at=NEXT_DAY
    )
    books = books_of(since=NEXT_DAY.date(), until=NEXT_DAY.date(), by=Grouping.DAY)
    assert (books.waiting_count, books.waiting) == (1, left(entry)) == (1, 10)
