"""Kaspi's question before it takes money."""

from datetime import timedelta

import pytest

from enrollment.models import Withdrawal
from enrollment.operations.ordering.orders import cancel_order, lapse_order
from enrollment.rules.order_states import OrderState
from payments.models import LedgerEntry, Outcome, ProviderMessage
from tests.given import NOON, a_cohort, a_paid_order, a_placed_order, an_owner
from tests.payments.kaspi import TXN, a_payment, a_question, answer, result


@pytest.fixture(autouse=True)
def noon(time_machine):
    """Ask at noon of the day of the order."""
    time_machine.move_to(NOON, tick=False)


@pytest.mark.clause("4.4")
def test_what_is_due_and_for_what_is_told_in_tenge(db):
    order = a_placed_order()
    assert answer(a_question(order)) == {
        "txn_id": TXN,
        "result": 0,
        "sum": f"{order.prepayment}.00",
        "comment": "",
        "fields": {"field1": {"@name": "Курс", "#text": f"{order.cohort.course.name}, БІРГЕ"}},
    }
    assert ProviderMessage.objects.get().outcome == Outcome.ALLOWED
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize("sum_told", ["1.00", "0", "999999999.00", "a lot", None])
def test_the_sum_of_a_question_is_nominal(db, sum_told):
    question = a_question(a_placed_order(), sum=sum_told)
    assert result({name: value for name, value in question.items() if value is not None}) == 0


def test_a_question_moves_nothing_but_holds_the_place_longer(db, settings, time_machine):
    order = a_placed_order()
    late = NOON + timedelta(minutes=settings.PLACE_HOLD_MINUTES - 1)
    time_machine.move_to(late, tick=False)
    assert [result(a_question(order)) for _ in range(3)] == [0, 0, 0]
    order.place.refresh_from_db()
    assert order.place.held_until == late + timedelta(
        minutes=settings.PLACE_HOLD_AFTER_CHECK_MINUTES
    )
    order.refresh_from_db()
    assert order.state == OrderState.AWAITING_PAYMENT
    assert ProviderMessage.objects.count() == 1


def test_a_code_is_understood_as_people_type_it(db):
    order = a_placed_order()
    spaced = f" {order.code[:2].lower()}-{order.code[2:5]} {order.code[5:].lower()} "
    assert result(a_question(order, account=spaced)) == 0
    assert result(a_question(order, account=order.code.replace("M", "М"))) == 0, "a Cyrillic М"


@pytest.mark.parametrize("account", ["SM000000", "SMXXXXXX", "1", "үй", "x" * 200])
def test_an_unknown_code_is_answered_1_in_words_of_both_languages(db, account):
    said = answer(a_question(a_placed_order(), account=account))
    assert said == {
        "txn_id": TXN,
        "result": 1,
        "comment": "Мұндай тапсырыс жоқ / Такого заказа нет",
    }


@pytest.mark.clause("4.3")
def test_the_day_of_the_order_ends_at_midnight(db, time_machine):
    order = a_placed_order()
    time_machine.move_to(order.pay_before - timedelta(seconds=1), tick=False)
    assert result(a_question(order)) == 0
    time_machine.move_to(order.pay_before, tick=False)
    assert result(a_question(order, txn_id="2")) == 2
    assert lapse_order(order=order, at=order.pay_before)
    assert result(a_question(order, txn_id="3")) == 2


def test_a_cancelled_order_is_2_a_paid_one_3_a_withdrawn_offer_5(db):
    cohort = a_cohort()
    cancelled = a_placed_order(cohort=cohort)
    paid = a_paid_order(cohort=cohort)
    other = a_placed_order(cohort=cohort)
    cancel_order(order=cancelled, by="visitor", at=NOON)
    assert result(a_question(cancelled, txn_id="1")) == 2
    assert result(a_question(paid, txn_id="2")) == 3
    Withdrawal.objects.create(
        edition=other.edition, reason="a new one comes", at=NOON, by=an_owner()
    )
    assert result(a_question(other, txn_id="3")) == 5


@pytest.mark.clause("4.6")
def test_without_a_free_place_no_money_is_taken(db, settings, time_machine):
    cohort = a_cohort(seats=1)
    first = a_placed_order(cohort=cohort)
    later = NOON + timedelta(minutes=settings.PLACE_HOLD_MINUTES)
    a_placed_order(cohort=cohort, at=later)
    time_machine.move_to(later, tick=False)
    assert result(a_question(first)) == 5


def test_the_same_question_after_the_payment_has_another_answer(db):
    order = a_placed_order()
    assert result(a_question(order)) == 0
    assert result(a_payment(order)) == 0
    assert result(a_question(order)) == 3


def test_a_payer_who_mends_the_code_asks_again_under_the_same_number(db):
    order = a_placed_order()
    assert result(a_question(order, account="SM000000")) == 1
    assert result(a_question(order)) == 0


@pytest.mark.parametrize(
    "wrong", [{"txn_id": ""}, {"txn_id": "9" * 81}, {"account": ""}, {"account": "x" * 201}]
)
def test_what_cannot_be_read_is_5_and_kept(db, wrong):
    assert result(a_question(a_placed_order()) | wrong) == 5
    assert ProviderMessage.objects.get().outcome == Outcome.UNREADABLE


@pytest.mark.parametrize("command", ["", "status", "PAY"])
def test_an_unknown_command_is_5_and_leaves_nothing(db, command):
    assert result(a_question(a_placed_order(), command=command)) == 5
    assert not ProviderMessage.objects.exists()
