"""Money that comes through Kaspi: once, of its order, of its day,
and answered for ever as it was at first.
"""

from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.models import Acceptance, Enrollment
from enrollment.operations.ordering.orders import cancel_order, lapse_order
from enrollment.rules.order_states import OrderState
from offer_site.journal.models import Entry
from payments.models import Allocation, LedgerEntry, Outcome, ProviderMessage
from payments.operations.paying.messages import handle_unhandled_messages
from tests.given import NOON, a_cohort, a_paid_order, a_placed_order
from tests.payments.kaspi import TXN, a_payment, a_question, answer, result
from tests.payments.notifications import a_notification, an_attempt
from tests.payments.notifications import answer as card_answer
from tests.payments.paying.test_pay import nothing_applied


@pytest.fixture(autouse=True)
def noon(time_machine):
    """Be told at noon of the day of the order."""
    time_machine.move_to(NOON, tick=False)


@pytest.mark.clause("2.2.1", "4.4")
def test_a_payment_through_kaspi_is_the_acceptance(db):
    order = a_placed_order()
    said = answer(a_payment(order))
    number = str(ProviderMessage.objects.get().pk)
    assert said == {
        "txn_id": TXN,
        "prv_txn_id": number,
        "prv_txn": number,
        "result": 0,
        "sum": f"{order.price}.00",
        "comment": "OK",
    }
    order.refresh_from_db()
    assert order.state == OrderState.PAID
    entry = LedgerEntry.objects.get()
    assert (entry.provider, entry.reference, entry.amount, entry.currency) == (
        "kaspi",
        TXN,
        order.price,
        "KZT",
    )
    assert (entry.method, entry.happened_at, entry.invoice_id) == ("Kaspi Pay", NOON, order.code)
    assert (order.acceptance.provider, order.acceptance.method) == ("kaspi", "Kaspi Pay")
    assert order.acceptance.accepted_at == NOON
    assert Enrollment.objects.get().order == order


@pytest.mark.clause("4.4")
def test_kaspi_red_is_named_by_the_mark_that_was_agreed(db, settings):
    settings.KASPI_PAY_TYPES = {"7": "Kaspi Red"}
    cohort = a_cohort()
    for number, (mark, method) in enumerate(
        [("7", "Kaspi Red"), ("8", "Kaspi Pay"), (None, "Kaspi Pay")]
    ):
        order = a_placed_order(cohort=cohort)
        assert result(a_payment(order, txn_id=str(number), pay_type=mark)) == 0
        order.refresh_from_db()
        assert order.acceptance.method == LedgerEntry.objects.get(reference=number).method == method


def test_a_repetition_hears_the_first_answer_whatever_has_happened_since(db):
    order = a_placed_order()
    first = answer(a_payment(order))
    assert answer(a_payment(order)) == first
    assert answer(a_payment(order, at=NOON + timedelta(seconds=15))) == first, (
        "told with another time"
    )
    assert answer(a_payment(order, sum=str(order.price), account=order.code.lower())) == first, (
        "written otherwise"
    )
    assert (
        LedgerEntry.objects.count() == Allocation.objects.count() == Acceptance.objects.count() == 1
    )
    assert ProviderMessage.objects.count() == 1


def test_a_refused_payment_stays_refused_after_the_order_changed(db):
    order = a_placed_order()
    unknown = "SM000000"
    assert result(a_payment(order, txn_id="1", account=unknown)) == 1
    assert result(a_payment(order, txn_id="2")) == 0
    second = answer(a_payment(order, txn_id="3"))
    assert second["result"] == 3
    assert answer(a_payment(order, txn_id="3")) == second
    assert result(a_payment(order, txn_id="1", account=unknown)) == 1
    assert result(a_payment(order, txn_id="2")) == 0


def test_a_repetition_costs_one_question(transactional_db):
    order = a_placed_order()
    answer(a_payment(order))
    with CaptureQueriesContext(connection) as asked:
        answer(a_payment(order))
    assert len(asked) == 1


@pytest.mark.parametrize("wrong", [{"sum": "1.00"}, {"account": "SM000000"}, "another order"])
def test_a_known_number_told_otherwise_is_5_and_overwrites_nothing(db, wrong, caplog):
    order = a_placed_order()
    other = a_placed_order()
    assert result(a_payment(order)) == 0
    wrong = {"account": other.code} if wrong == "another order" else wrong
    assert result(a_payment(order, **wrong)) == 5
    assert result(a_payment(order, **wrong)) == 5
    assert "contradicts" in caplog.text
    assert ProviderMessage.objects.conflicts().get().outcome == Outcome.CONFLICT
    assert LedgerEntry.objects.get().amount == order.price
    other.refresh_from_db()
    assert other.state == OrderState.AWAITING_PAYMENT
    assert result(a_payment(order)) == 0


def test_another_amount_is_taken_and_waits(db):
    order = a_placed_order()
    wrong = ["1.00", f"{order.price - 1}.99", f"{order.price}.01", f"{order.price * 2}.00"]
    for number, sum_told in enumerate(wrong, start=1):
        said = answer(a_payment(order, txn_id=str(number), sum=sum_told))
        assert (said["result"], Decimal(said["sum"])) == (0, Decimal(sum_told))
        assert nothing_applied(order, waiting=number)


@pytest.mark.clause("4.3")
def test_the_bounds_of_the_day_are_those_of_the_banks_accounting_date(db, time_machine):
    cohort = a_cohort()
    last, midnight, before = (a_placed_order(cohort=cohort) for _ in range(3))
    time_machine.move_to(last.pay_before + timedelta(minutes=10), tick=False)
    for order in (last, midnight, before):
        assert lapse_order(order=order, at=order.pay_before)
    assert result(a_payment(last, txn_id="1", txn_date="20261123235959")) == 0
    assert result(a_payment(midnight, txn_id="2", txn_date="20261124000000")) == 0
    assert result(a_payment(before, txn_id="3", txn_date="20261122235959")) == 0
    states = []
    for order in (last, midnight, before):
        order.refresh_from_db()
        states.append(order.state)
    assert states == [OrderState.PAID, OrderState.LAPSED, OrderState.LAPSED]
    assert last.acceptance.accepted_at == last.pay_before - timedelta(seconds=1)
    assert set(LedgerEntry.objects.waiting().values_list("reference", flat=True)) == {"2", "3"}


def test_money_for_no_order_is_given_back_by_the_bank_and_remembered(db):
    order = a_placed_order()
    assert result(a_payment(order, account="SM000000")) == 1
    assert not LedgerEntry.objects.exists(), "what the bank gives back was never received"
    message = ProviderMessage.objects.conflicts().get()
    assert (message.outcome, message.answer_code, message.reference) == (Outcome.REFUSED, 1, TXN)
    assert Entry.objects.get(verb="receipt.refused").facts["reference"] == TXN


@pytest.mark.parametrize("by", ["card", "kaspi"])
def test_a_second_payment_of_a_paid_order_is_3_and_remembered(db, by):
    order = a_placed_order()
    if by == "card":
        an_attempt(order)
        assert card_answer("pay", a_notification(order)) == 0
    else:
        assert result(a_payment(order, txn_id="1")) == 0
    assert result(a_payment(order, txn_id="2")) == 3
    assert result(a_payment(order, txn_id="2")) == 3
    assert LedgerEntry.objects.count() == 1
    assert ProviderMessage.objects.conflicts().get().answer_code == 3
    assert Entry.objects.of_order(order.code).filter(verb="receipt.refused").count() == 1


def test_a_card_payment_after_kaspi_waits_for_staff(db):
    order = a_placed_order()
    an_attempt(order)
    assert result(a_payment(order)) == 0
    assert card_answer("pay", a_notification(order)) == 0
    assert LedgerEntry.objects.waiting().get().provider == "card"


def test_the_order_of_arrival_does_not_matter(db):
    cohort = a_cohort(seats=30)
    arrivals = sorted(set(permutations(["check", "pay", "pay", "check"])))
    for number, arrival in enumerate(arrivals):
        order = a_placed_order(cohort=cohort)
        txn = str(10**17 + number)
        paid = False
        for word in arrival:
            if word == "pay":
                assert result(a_payment(order, txn_id=txn)) == 0
                paid = True
            else:
                assert result(a_question(order, txn_id=txn)) == (3 if paid else 0)
        order.refresh_from_db()
        assert order.state == OrderState.PAID
    assert LedgerEntry.objects.count() == Acceptance.objects.count() == 6


def test_money_of_its_day_settles_an_order_that_was_cancelled(db):
    order = a_placed_order()
    cancel_order(order=order, by="visitor", at=NOON)
    assert result(a_question(order)) == 2
    assert result(a_payment(order)) == 0
    order.refresh_from_db()
    assert order.state == OrderState.PAID


@pytest.mark.parametrize(
    "wrong",
    [
        {"sum": "0"},
        {"sum": "-5.00"},
        {"sum": "1.001"},
        {"sum": "NaN"},
        {"sum": "all"},
        {"sum": None},
        {"txn_date": None},
        {"txn_date": "2026-11-23"},
        {"txn_date": "20261323000000"},
        {"txn_date": "2026112312000"},
    ],
)
def test_what_cannot_be_read_is_5_and_kept_for_staff(db, wrong):
    order = a_placed_order()
    assert result(a_payment(order, **wrong)) == 5
    assert ProviderMessage.objects.conflicts().get().outcome == Outcome.UNREADABLE
    assert not LedgerEntry.objects.exists()


def test_what_a_crash_left_is_handled_later_and_answered_so(db, time_machine):
    order = a_placed_order()
    first = answer(a_payment(order))
    ProviderMessage.objects.update(handled_at=None, outcome="", answer_code=None)
    time_machine.move_to(NOON + timedelta(minutes=10), tick=False)
    ((_message, done),) = handle_unhandled_messages(at=NOON + timedelta(minutes=10))
    assert (done.outcome, done.code) == (Outcome.REPEATED, 0)
    assert answer(a_payment(order)) == first


def test_the_bank_is_asked_for_no_statement_more_than_for_a_card(transactional_db):
    order = a_placed_order()
    with CaptureQueriesContext(connection) as asked:
        assert result(a_payment(order)) == 0
    # SQLite inserts the acceptance and the enrollment by a statement each.
    most = 15 if connection.vendor == "postgresql" else 16
    assert len(asked) <= most, "\n".join(query["sql"][:150] for query in asked)


def test_a_performed_order_takes_no_more(db):
    order = a_paid_order()
    assert result(a_payment(order)) == 3
