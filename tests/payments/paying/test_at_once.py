"""The same word of the bank many times in one moment, on PostgreSQL with real transactions."""

from functools import partial

import pytest

from enrollment.models import Acceptance, Enrollment, Place
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from payments.models import Allocation, LedgerEntry, Outcome, ProviderMessage
from payments.operations.paying.handlers import _attempts
from tests.at_once import at_once
from tests.given import a_cohort, a_placed_order
from tests.payments.notifications import a_notification, a_refund, an_attempt, tell
from tests.payments.unprotected import take_the_protection_away


def told_at_once(kind: str, bodies: list[bytes]) -> list[int]:
    """Post them all in one moment; return the statuses of the answers."""
    answers = at_once([partial(tell, kind, body) for body in bodies], errors=Exception)
    return [500 if isinstance(each, Exception) else each.status_code for each in answers]


def test_the_same_payment_a_hundred_times_at_once(transactional_db):
    order = a_placed_order()
    an_attempt(order)
    assert told_at_once("pay", [a_notification(order)] * 100) == [200] * 100
    assert ProviderMessage.objects.get().outcome == Outcome.APPLIED
    assert LedgerEntry.objects.count() == 1
    assert Allocation.objects.count() == 1
    assert Acceptance.objects.count() == 1
    assert Enrollment.objects.count() == 1
    assert Notice.objects.filter(kind=NoticeKind.CONTRACT_CONCLUDED).count() == 1
    assert Entry.objects.filter(verb="offer.accepted").count() == 1
    numbers = list(Entry.objects.of_order(order.code).values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.faults
def test_without_lock_and_constraints_the_same_goes_wrong(transactional_db, monkeypatch):
    """The control: the test above can fail."""
    a_cohort()
    take_the_protection_away(monkeypatch)
    _attempts.cache_clear()
    rounds = 0
    while (
        LedgerEntry.objects.count() == rounds < 5
    ):  # threads that happened to come one by one prove nothing
        rounds += 1
        order = a_placed_order()
        an_attempt(order)
        told_at_once("pay", [a_notification(order, transaction=rounds)] * 20)
    _attempts.cache_clear()
    assert LedgerEntry.objects.count() > rounds


def test_two_payments_of_one_order_at_once_apply_one_and_keep_the_other_for_staff(transactional_db):
    order = a_placed_order()
    for number in (1, 2):
        an_attempt(order, number=number)
    bodies = [
        a_notification(order, transaction=number, InvoiceId=f"{order.code}-{number}")
        for number in (1, 2)
    ]
    assert told_at_once("pay", bodies * 10) == [200] * 20
    assert LedgerEntry.objects.count() == 2
    assert LedgerEntry.objects.waiting().count() == 1
    assert Acceptance.objects.count() == Enrollment.objects.count() == 1
    assert Place.objects.filter(order=order, held_until=None).count() == 1


def test_unmatched_money_and_a_refund_at_once_are_recorded_once(transactional_db):
    order = a_placed_order()
    an_attempt(order)
    assert told_at_once("pay", [a_notification(order, InvoiceId="SMXXXXXX-1")] * 20) == [200] * 20
    assert told_at_once("refund", [a_refund(order)] * 20) == [200] * 20
    assert LedgerEntry.objects.receipts().count() == LedgerEntry.objects.refunds().count() == 1
    assert Entry.objects.filter(verb="receipt.unmatched").count() == 1
    assert Entry.objects.filter(verb="refund.recorded").count() == 1


@pytest.mark.parametrize("kinds", [("pay", "refund"), ("refund", "pay")])
def test_a_payment_and_its_refund_at_once(transactional_db, kinds):
    order = a_placed_order()
    an_attempt(order)
    bodies = {"pay": a_notification(order), "refund": a_refund(order)}
    answers = at_once([partial(tell, kind, bodies[kind]) for kind in kinds * 10])
    assert {each.status_code for each in answers} == {200}
    assert LedgerEntry.objects.receipts().count() == LedgerEntry.objects.refunds().count() == 1
    # A refund that was known before its money leaves nothing to conclude a contract with.
    assert Acceptance.objects.count() == Allocation.objects.count() <= 1
    assert not LedgerEntry.objects.waiting().exists()
