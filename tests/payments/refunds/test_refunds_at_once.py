"""Refunds in one moment, on PostgreSQL with real transactions; each race has its control."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.db.utils import IntegrityError, OperationalError

from enrollment.models import Order
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.notices.models import Notice
from payments.models import (
    LedgerEntry,
    Outcome,
    PayoutState,
    RefundCase,
    RefundDecision,
    RefundGround,
    RefundPayout,
)
from payments.operations.ledger.refunds import record_refund
from payments.operations.refunds import payouts as refund_payouts
from payments.operations.refunds.decisions import approve_decision
from payments.operations.refunds.payouts import send_payout, settle_payout
from payments.providers import PROVIDERS
from payments.providers.base import RefundMade
from tests.at_once import at_once
from tests.given import NOON, a_paid_order
from tests.payments.refunds.scenes import (
    Speaking,
    a_bank,
    a_case,
    a_person,
    a_proposal,
    an_approved_case,
    the_payout,
)

pytestmark = pytest.mark.clause("4.6")
TABLES = (
    "payments_refunddecision",
    "payments_refundpayout",
    "payments_refundground",
    "payments_ledgerentry",
    "journal_entry",
    "notices_notice",
)


@pytest.fixture
def bank(transactional_db, monkeypatch):
    with a_bank() as bank:
        monkeypatch.setitem(PROVIDERS, "card", Speaking(bank.url))
        yield bank


def all_at_once(deeds: Sequence[Callable[[], Any]]) -> list[Any]:
    """Do them all in one moment; that somebody was faster is a result like any other."""
    return at_once(deeds, errors=(RuleViolation, IntegrityError, OperationalError))


def take_the_protection_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drop the constraints and the locks of rows;
    the test's own copy of the database goes away with it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass, conname FROM pg_constraint"
            " WHERE contype = 'u' AND conrelid::regclass::text = ANY(%s)",
            [list(TABLES)],
        )
        for table, name in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        cursor.execute("DROP INDEX of_a_receipt_one_payout_is_asked_at_a_time")
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)


def approvals(cases: Sequence[RefundCase], people: int) -> list[Callable[[], Any]]:
    return [
        partial(approve_decision, case=case, by=a_person(f"second{number}"), at=NOON)
        for case in cases
        for number in range(people)
    ]


def two_proposals_of_too_much() -> list[RefundCase]:
    order = a_paid_order()
    cases = [a_case(order), a_case(order)]
    for case in cases:
        a_proposal(case, 100000)
    return cases


def test_two_people_approve_at_once_and_one_does(bank):
    case = a_case(a_paid_order())
    a_proposal(case, 100000)
    results = all_at_once(approvals([case], people=6))
    assert sum(isinstance(result, RefundDecision) for result in results) == 1
    assert RefundPayout.objects.count() == 1
    assert Notice.objects.filter(kind="refund-decided").count() == 1
    assert Entry.objects.filter(verb="refund_case.approved").count() == 1


def test_two_cases_of_one_receipt_are_approved_at_once_and_one_is(bank):
    results = all_at_once(approvals(two_proposals_of_too_much(), people=3))
    assert sum(isinstance(result, RefundDecision) for result in results) == 1
    assert [payout.amount for payout in RefundPayout.objects.all()] == [100000]


@pytest.mark.faults
def test_without_locks_and_numbers_more_than_came_would_be_promised(bank, monkeypatch):
    """The control: both tests above can fail."""
    take_the_protection_away(monkeypatch)
    for _round in range(5):  # threads that happened to come one by one prove nothing
        all_at_once(approvals(two_proposals_of_too_much(), people=3))
        if RefundPayout.objects.count() > _round + 1:
            break
    assert RefundPayout.objects.count() > _round + 1


def test_ten_workers_at_once_pay_once(bank):
    case = an_approved_case(a_paid_order(), 100000)
    key = the_payout(case).pk
    results = all_at_once([partial(send_payout, payout_id=key, at=NOON)] * 10)
    assert sum(result is not None for result in results) == 1
    assert (len(bank.asked), bank.paid) == (1, 100000)
    assert LedgerEntry.objects.refunds().count() == RefundGround.objects.count() == 1
    assert Notice.objects.filter(kind="refund-sent").count() == 1


@pytest.mark.faults
def test_without_the_lease_ten_workers_would_pay_more(bank, monkeypatch):
    """The control: who reads first and writes later pays again, under a number of his own."""

    def claim_by_hope(payout_id: int, *, at: datetime) -> tuple[RefundPayout, bool] | None:
        payout = RefundPayout.objects.select_related("receipt", "case").get(pk=payout_id)
        if payout.state != PayoutState.WAITING:
            return None
        payout.request_id = f"hope-{id(payout)}"
        return payout, False

    take_the_protection_away(monkeypatch)
    monkeypatch.setattr(refund_payouts, "_claim", claim_by_hope)
    for _round in range(5):
        key = the_payout(an_approved_case(a_paid_order(), 100000)).pk
        all_at_once([partial(send_payout, payout_id=key, at=NOON)] * 10)
        if len(bank.made) > _round + 1:
            break
    assert len(bank.made) > _round + 1


def test_the_banks_own_message_at_once_with_its_answer_is_one_refund(bank):
    for number in range(5):
        case = an_approved_case(a_paid_order(), 100000)
        payout = the_payout(case)
        made = RefundMade(f"r-{number}", payout.amount, NOON)
        told = {
            "provider": "card",
            "reference": made.reference,
            "refunds_reference": payout.receipt.reference,
            "amount": made.amount,
            "happened_at": NOON,
            "at": NOON,
            "currency": "KZT",
        }
        results = all_at_once(
            [partial(record_refund_as_a_message, told)] * 4
            + [partial(settle_payout, payout_id=payout.pk, made=made, by=None, at=NOON)] * 3
        )
        assert results[:4].count(Outcome.REFUNDED) <= 1
        assert {result.result for result in results[4:]} == {"paid"}
        refund = LedgerEntry.objects.refunds().get(reference=made.reference)
        assert (refund.ground.case, refund.payout) == (case, payout)
    assert LedgerEntry.objects.refunds().count() == 5
    assert Notice.objects.filter(kind="refund-sent").count() == 5
    assert not LedgerEntry.objects.without_ground().exists()


def record_refund_as_a_message(told: dict[str, Any]) -> Outcome:
    """Record it as a message is handled: who loses the race looks again."""
    try:
        return record_refund(**told)
    except IntegrityError:
        return record_refund(**told)


def test_a_refund_and_the_end_of_the_order_leave_one_unbroken_journal(bank):
    order = a_paid_order()
    case = a_case(order)
    a_proposal(case, order.price)
    all_at_once(approvals([case], people=4))
    send_payout(payout_id=the_payout(case).pk, at=NOON)
    numbers = list(Entry.objects.of_order(order.code).values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert Order.objects.get(pk=order.pk).state == "terminated"


def test_approving_while_a_worker_already_sends_blocks_nobody(bank):
    """A bank that answers slowly holds no lock:
    meanwhile staff open another case of the same order.
    """
    order = a_paid_order()
    first = an_approved_case(order, 10000)
    key = the_payout(first).pk
    sender = Thread(target=lambda: (send_payout(payout_id=key, at=NOON), connection.close()))
    with bank.lock:  # the bank does not answer yet
        sender.start()
        while not RefundPayout.objects.filter(pk=key, state=PayoutState.ASKED).exists():
            pass
        assert an_approved_case(order, 10000).payouts.count() == 1
    sender.join()
    assert RefundPayout.objects.filter(state=PayoutState.DONE).count() == 1
