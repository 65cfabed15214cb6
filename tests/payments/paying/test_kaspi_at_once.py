"""The same word of Kaspi many times in one moment, on PostgreSQL with real transactions."""

from functools import partial

import pytest

from enrollment.models import Acceptance, Enrollment
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from payments.models import Allocation, LedgerEntry, Outcome, ProviderMessage
from payments.operations.paying.handlers import _orders
from tests.at_once import at_once
from tests.given import NOON, a_placed_order
from tests.payments.kaspi import a_payment, a_question, send
from tests.payments.unprotected import take_the_protection_away


def asked_at_once(requests):
    """Send them all in one moment; return the answers, None for one that failed."""
    answers = at_once([partial(send, params) for params in requests], errors=Exception)
    return [each.json() if getattr(each, "status_code", 0) == 200 else None for each in answers]


def test_the_same_payment_a_hundred_times_at_once(transactional_db, time_machine):
    time_machine.move_to(NOON)
    order = a_placed_order()
    answers = asked_at_once([a_payment(order)] * 100)
    assert answers == [answers[0]] * 100
    assert answers[0]["result"] == 0
    assert ProviderMessage.objects.get().outcome == Outcome.APPLIED
    assert LedgerEntry.objects.count() == Allocation.objects.count() == 1
    assert Acceptance.objects.count() == Enrollment.objects.count() == 1
    assert Notice.objects.filter(kind=NoticeKind.CONTRACT_CONCLUDED).count() == 1
    numbers = list(Entry.objects.of_order(order.code).values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.faults
def test_without_lock_and_constraints_the_same_goes_wrong(
    transactional_db, monkeypatch, time_machine
):
    """The control: the test above can fail."""
    time_machine.move_to(NOON)
    take_the_protection_away(monkeypatch)
    _orders.cache_clear()
    rounds = 0
    while (
        LedgerEntry.objects.count() == rounds < 5
    ):  # threads that happened to come one by one prove nothing
        rounds += 1
        asked_at_once([a_payment(a_placed_order(), txn_id=str(rounds))] * 20)
    _orders.cache_clear()
    assert LedgerEntry.objects.count() > rounds


def test_two_numbers_for_one_order_at_once_pay_it_once(transactional_db, time_machine):
    time_machine.move_to(NOON)
    order = a_placed_order()
    answers = asked_at_once([a_payment(order, txn_id=str(number)) for number in (1, 2)] * 10)
    results = {said["txn_id"]: said["result"] for said in answers}
    assert sorted(results.values()) == [0, 3]
    assert all(said["result"] == results[said["txn_id"]] for said in answers)
    assert LedgerEntry.objects.count() == Acceptance.objects.count() == 1
    assert Entry.objects.of_order(order.code).filter(verb="receipt.refused").count() == 1


def test_one_number_for_two_orders_at_once_pays_one(transactional_db, time_machine):
    time_machine.move_to(NOON)
    first = a_placed_order()
    second = a_placed_order()
    answers = asked_at_once([a_payment(first), a_payment(second)] * 10)
    assert sorted(said["result"] for said in answers) == [0] * 10 + [5] * 10
    assert LedgerEntry.objects.count() == Acceptance.objects.count() == 1


def test_questions_and_a_payment_at_once(transactional_db, time_machine):
    time_machine.move_to(NOON)
    order = a_placed_order()
    answers = asked_at_once([a_question(order), a_payment(order)] * 10)
    assert None not in answers
    assert {said["result"] for said in answers[1::2]} == {0}
    assert {said["result"] for said in answers[::2]} <= {0, 3}


def test_money_for_no_order_many_times_at_once_is_refused_once(transactional_db, time_machine):
    time_machine.move_to(NOON)
    answers = asked_at_once([a_payment(a_placed_order(), account="SM000000")] * 20)
    assert answers == [answers[0]] * 20
    assert answers[0]["result"] == 1
    assert Entry.objects.filter(verb="receipt.refused").count() == 1
