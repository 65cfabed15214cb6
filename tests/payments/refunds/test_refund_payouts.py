"""Money on its way back through a bank over real HTTP: asked for once,
whatever breaks in between.
"""

from datetime import timedelta
from decimal import Decimal

import pytest

from offer_site.clock.schedule import job, run_jobs
from offer_site.journal.models import Entry
from offer_site.notices.models import Notice
from payments.models import EntryKind, LedgerEntry, Outcome, PayoutState, RefundGround, RefundPayout
from payments.operations.ledger.refunds import record_refund
from payments.operations.refunds import payouts as refund_payouts
from payments.operations.refunds.payouts import (
    record_payout_by_hand,
    send_due_payouts,
    send_payout,
    send_payout_again,
    settle_payout,
)
from payments.providers import PROVIDERS
from payments.providers.base import RefundMade
from payments.tasks import send_payout_task
from tests.given import NOON, a_paid_order, a_placed_order, receive, refusal
from tests.payments.refunds.scenes import (
    Speaking,
    a_bank,
    a_person,
    an_approved_case,
    by_kaspi,
    of_the_ledger,
    the_payout,
)

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.6")]
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def bank(monkeypatch):
    with a_bank() as bank:
        monkeypatch.setitem(PROVIDERS, "card", Speaking(bank.url))
        yield bank


@pytest.fixture
def case(bank):
    return an_approved_case(a_paid_order(), 100000)


def sent(case, *, at=NOON):
    outcome = send_payout(payout_id=the_payout(case).pk, at=at)
    return outcome.result if outcome else None


def told_by_the_bank(payout, reference="r-1", *, amount=None):
    """The bank's own message about the refund, in the words of the app."""
    return record_refund(
        provider="card",
        reference=reference,
        refunds_reference=payout.receipt.reference,
        amount=amount or payout.amount,
        happened_at=NOON,
        at=NOON,
        currency="KZT",
    )


def assert_paid_once(case, bank, amount=100000):
    refunds = of_the_ledger(EntryKind.REFUND)
    assert [(entry.amount, entry.ground.case_id) for entry in refunds] == [(amount, case.pk)]
    assert bank.paid == amount
    payout = the_payout(case)
    assert (payout.state, payout.refund, payout.reference) == (
        PayoutState.DONE,
        refunds[0],
        refunds[0].reference,
    )
    assert not RefundPayout.objects.not_done().exists()
    assert Notice.objects.filter(kind="refund-sent").count() == 1
    assert Entry.objects.filter(verb="refund.made").count() == 1


def test_an_approved_refund_is_asked_for_and_recorded_with_its_ground(case, bank):
    assert sent(case) == "paid"
    assert_paid_once(case, bank)
    payout = the_payout(case)
    assert bank.asked == [payout.request_id]
    assert Notice.objects.get(kind="refund-sent").facts["reference"] == "r-1"
    assert sent(case) is None
    send_payout_task(payout.pk)
    assert bank.asked == [payout.request_id]


def test_the_number_of_the_request_is_saved_before_it_is_sent(case, bank, monkeypatch):
    seen = []
    ask = Speaking.refund

    def watched(self, *args, request_id):
        seen.append((the_payout(case).request_id, the_payout(case).state, request_id))
        return ask(self, *args, request_id=request_id)

    monkeypatch.setattr(Speaking, "refund", watched)
    sent(case)
    assert seen[0][0] == seen[0][2]
    assert seen[0][1] == PayoutState.ASKED


def test_the_clock_sends_what_the_bell_lost(case, bank):
    lines = []
    assert not run_jobs([job("send_refunds")], at=NOON, say=lines.append)
    assert lines == [f"refund {case.number} paid: r-1"]
    assert not run_jobs([job("send_refunds")], at=NOON, say=lines.append)
    assert len(lines) == 1
    assert_paid_once(case, bank)


def test_a_busy_bank_is_asked_later_and_first_what_it_did(case, bank):
    bank.moods = ["busy"]
    assert sent(case) == "postponed"
    assert sent(case, at=NOON + MINUTE / 2) is None
    assert sent(case, at=NOON + 2 * MINUTE) == "paid"
    assert bank.looked == 1
    assert len(set(bank.asked)) == 1
    assert_paid_once(case, bank)


def test_a_refund_whose_answer_was_lost_is_not_asked_for_again(case, bank):
    bank.moods = ["silent"]
    assert sent(case) == "postponed"
    assert bank.paid == 100000
    assert sent(case, at=NOON + 3 * HOUR) == "paid"
    assert len(bank.asked) == 1
    assert_paid_once(case, bank)


def test_a_crash_between_sending_and_recording_pays_once(case, bank, monkeypatch):
    def killed(**_wish):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(refund_payouts, "settle_payout", killed)
        with pytest.raises(KeyboardInterrupt):
            sent(case)
    assert the_payout(case).state == PayoutState.ASKED
    assert sent(case, at=NOON + MINUTE) is None  # the lease of the dead one stands
    assert [outcome.result for outcome in send_due_payouts(at=NOON + 2 * HOUR)] == ["paid"]
    assert len(bank.asked) == 1
    assert_paid_once(case, bank)


def test_a_crash_before_sending_asks_under_the_same_number_within_the_hour(case, bank, monkeypatch):
    def killed(*_wish, **_more):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Speaking, "refund", killed)
        with pytest.raises(KeyboardInterrupt):
            sent(case)
    number = the_payout(case).request_id
    assert sent(case, at=NOON + 15 * MINUTE) == "paid"
    assert bank.asked == [number]
    assert_paid_once(case, bank)


def test_after_an_hour_a_new_number_is_saved_and_only_if_nothing_was_paid(case, bank):
    bank.moods = ["busy"]
    sent(case)
    first = the_payout(case).request_id
    assert sent(case, at=NOON + 2 * HOUR) == "paid"
    assert bank.asked == [first, the_payout(case).request_id]
    assert len(set(bank.asked)) == 2
    assert_paid_once(case, bank)


def test_without_the_look_at_what_was_made_the_same_would_pay_twice(case, bank, monkeypatch):
    """The control: a repetition after an hour under a forgotten number pays again."""
    monkeypatch.setattr(refund_payouts, "_already_made", lambda payout, provider: None)
    bank.moods = ["silent"]
    bank.forgets = True
    sent(case)
    sent(case, at=NOON + 3 * HOUR)
    assert bank.paid == 200000


def test_a_refused_refund_waits_for_a_person_who_may_send_it_again(case, bank):
    bank.moods = ["refused"]
    assert sent(case) == "failed"
    payout = the_payout(case)
    assert (payout.state, payout.last_error) == (PayoutState.FAILED, "refused: no money")
    assert RefundPayout.objects.troubled().get() == payout
    assert sent(case, at=NOON + HOUR) is None
    send_payout_again(payout=payout, by=a_person("first"), at=NOON + HOUR)
    assert sent(case, at=NOON + HOUR) == "paid"
    assert bank.looked == 1
    assert_paid_once(case, bank)
    with refusal():
        send_payout_again(payout=payout, by=a_person("first"), at=NOON + HOUR)


def test_a_bank_that_is_silent_for_long_is_told_of(case, bank):
    bank.moods = ["busy"] * 5
    for hours in range(5):
        sent(case, at=NOON + hours * HOUR)
    assert RefundPayout.objects.troubled().count() == 1
    assert not LedgerEntry.objects.refunds().exists()


def test_the_banks_own_message_after_the_answer_is_known_already(case, bank):
    sent(case)
    assert told_by_the_bank(the_payout(case)) == Outcome.REPEATED
    assert_paid_once(case, bank)


def test_the_banks_own_message_before_the_answer_gets_its_ground(case, bank):
    assert told_by_the_bank(the_payout(case)) == Outcome.REFUNDED
    assert LedgerEntry.objects.without_ground().count() == 1
    made = RefundMade("r-1", Decimal(100000), NOON)
    assert (
        settle_payout(payout_id=the_payout(case).pk, made=made, by=None, at=NOON).result == "paid"
    )
    assert not LedgerEntry.objects.without_ground().exists()
    assert RefundGround.objects.get().case == case


def test_money_that_went_back_another_way_meanwhile_is_not_sent(case, bank):
    told_by_the_bank(the_payout(case), "cabinet-1", amount=Decimal(60000))
    assert sent(case) is None
    assert the_payout(case).state == PayoutState.FAILED
    assert bank.asked == []


def test_a_refund_of_the_same_amount_that_nobody_explained_is_not_made_a_second_time(bank):
    case = an_approved_case(a_paid_order(), 20000)
    told_by_the_bank(the_payout(case), "cabinet-1")
    assert sent(case) is None
    assert (the_payout(case).state, bank.asked) == (PayoutState.FAILED, [])


def test_what_a_person_paid_in_the_cabinet_is_recorded_as_the_payout(case, bank):
    told_by_the_bank(the_payout(case), "cabinet-1")
    assert sent(case) is None
    record_payout_by_hand(
        payout=the_payout(case),
        reference="cabinet-1",
        paid_on=NOON.date(),
        document="кабинет",
        by=a_person("first"),
        at=NOON,
    )
    assert the_payout(case).state == PayoutState.DONE
    assert RefundGround.objects.get().case == case
    assert LedgerEntry.objects.refunds().count() == 1


def test_a_reference_that_the_ledger_knows_otherwise_needs_a_person(case, bank):
    told_by_the_bank(the_payout(case), amount=Decimal(1))
    assert sent(case) == "failed"
    assert the_payout(case).reference == "r-1"
    assert [
        outcome for outcome in send_due_payouts(at=NOON + HOUR) if outcome.result == "paid"
    ] == []


def test_two_payouts_of_one_receipt_are_asked_for_one_after_the_other(bank):
    order = a_paid_order()
    first = an_approved_case(order, 10000)
    second = an_approved_case(order, 10000)
    bank.moods = ["silent"]
    assert sent(first) == "postponed"
    assert sent(second) is None  # whose refund the bank shows could not be told
    assert sent(first, at=NOON + 2 * MINUTE) == "paid"
    assert sent(second, at=NOON + 2 * MINUTE) == "paid"
    assert bank.paid == 20000
    assert [entry.ground.case for entry in of_the_ledger(EntryKind.REFUND)] == [first, second]


def test_a_payout_by_hand_is_recorded_with_number_day_and_document():
    order = a_placed_order()
    receive(by_kaspi(order), order)
    case = an_approved_case(order, 149990)
    values = {
        "paid_on": NOON.date(),
        "document": "Kaspi, чек 77",
        "by": a_person("first"),
        "at": NOON,
    }
    record_payout_by_hand(payout=the_payout(case), reference="K-77", **values)
    payout = the_payout(case)
    entry = LedgerEntry.objects.refunds().get()
    assert (payout.state, payout.document, payout.done_by) == (
        PayoutState.DONE,
        "Kaspi, чек 77",
        a_person("first"),
    )
    assert (entry.reference, entry.refunds_reference, entry.amount) == ("K-77", "k-1", 149990)
    assert RefundGround.objects.get().by == f"staff:{a_person('first').pk}"
    assert Notice.objects.get(kind="refund-sent").facts["sent_on"] == "2026-11-23"
    with refusal():
        record_payout_by_hand(payout=payout, reference="K-78", **values)
    assert LedgerEntry.objects.refunds().count() == 1


def test_a_payout_by_hand_takes_no_number_of_another_refund_and_no_day_ahead():
    orders = [a_placed_order(), a_placed_order()]
    for number, order in enumerate(orders):
        receive(by_kaspi(order, reference=f"k-{number}"), order)
    cases = [an_approved_case(order, 149990) for order in orders]
    values = {"document": "чек", "by": a_person("first"), "at": NOON}
    record_payout_by_hand(
        payout=the_payout(cases[0]), reference="K-77", paid_on=NOON.date(), **values
    )
    for reference, ahead in (("K-77", 0), ("K-78", 1)):
        with refusal():
            record_payout_by_hand(
                payout=the_payout(cases[1]),
                reference=reference,
                paid_on=NOON.date() + timedelta(days=ahead),
                **values,
            )
    assert the_payout(cases[1]).state == PayoutState.BY_HAND


def test_a_payout_that_is_being_asked_for_is_not_recorded_by_hand(case, bank):
    bank.moods = ["silent"]
    sent(case)
    with refusal():
        record_payout_by_hand(
            payout=the_payout(case),
            reference="x",
            paid_on=NOON.date(),
            document="d",
            by=a_person("first"),
            at=NOON,
        )
