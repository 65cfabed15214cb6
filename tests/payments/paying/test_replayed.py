"""Genuine bytes told at another address, twice, or with values that no payment has (M1, M6)."""

from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlencode

import pytest

from enrollment.models import Acceptance
from enrollment.rules.order_states import OrderState
from payments.models import Hold, LedgerEntry, Outcome, Payment, ProviderMessage
from payments.operations.paying.messages import handle_unhandled_messages
from tests.given import NOON, a_placed_order
from tests.payments.bank import bank
from tests.payments.kaspi import a_payment, send
from tests.payments.notifications import (
    a_notification,
    a_refund,
    an_attempt,
    answer,
    tell,
    tell_alone,
)

__all__ = ["bank"]

TELL_AGAIN = 13
LATER = timedelta(minutes=6)


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def order(db):
    order = a_placed_order()
    an_attempt(order)
    return order


def a_check(order, **fields):
    return a_notification(order, Token=None, **fields)


def bank_has(bank, order, **fields):
    """The bank's own entry of the payment that the notifications speak of."""
    agreed = {"amount": order.prepayment, "InvoiceId": f"{order.code}-1"}
    bank.has(504, **(agreed | fields))


def code(response):
    assert response.status_code == 200, response.content
    return response.json()["code"]


def paid(order):
    order.refresh_from_db()
    return order.state == OrderState.PAID


def nothing_is_paid(order):
    assert not paid(order)
    assert not LedgerEntry.objects.exists()
    assert not Acceptance.objects.exists()
    return True


def handle_late(at):
    (done,) = handle_unhandled_messages(at=at)
    return done[1].outcome


# --- A Check is not a Pay


def test_a_checks_bytes_at_the_address_of_pay_pay_nothing(order, bank):
    bank_has(bank, order, status="AwaitingAuthentication")
    body = a_check(order)
    assert code(tell_alone("check", body)) == 0
    assert code(tell_alone("pay", body)) == TELL_AGAIN
    assert nothing_is_paid(order)


@pytest.mark.parametrize("kind", ["confirm", "cancel", "fail", "refund"])
def test_nor_do_they_say_anything_at_another_address(order, bank, kind):
    bank_has(bank, order, status="AwaitingAuthentication")
    body = a_check(order)
    assert code(tell_alone("check", body)) == 0
    code(tell_alone(kind, body))
    assert nothing_is_paid(order)
    assert not Hold.objects.exists()
    assert Payment.objects.get().declined_at is None


def test_a_replayed_check_does_not_stand_in_the_way_of_the_money(order, bank):
    bank_has(bank, order, status="AwaitingAuthentication")
    body = a_check(order)
    code(tell_alone("check", body))
    code(tell_alone("pay", body))
    bank_has(bank, order)
    assert code(tell_alone("pay", a_notification(order, GatewayName="Test"))) == 0
    assert paid(order)
    assert LedgerEntry.objects.count() == Acceptance.objects.count() == 1
    assert handle_late(NOON + LATER) == Outcome.REPEATED
    assert LedgerEntry.objects.count() == 1


def test_the_same_bytes_are_money_once_the_bank_says_so(order, bank):
    body = a_check(order)
    bank_has(bank, order, status="AwaitingAuthentication")
    assert code(tell_alone("pay", body)) == TELL_AGAIN
    bank_has(bank, order)
    assert code(tell_alone("pay", body)) == 0
    assert paid(order)


def test_a_pay_that_was_checked_and_says_so_itself_is_taken_at_its_word(order, settings):
    settings.CARD_API_URL = "http://127.0.0.1:9"  # nobody answers there
    assert code(tell_alone("check", a_check(order))) == 0
    assert code(tell_alone("pay", a_notification(order, GatewayName="Test"))) == 0
    assert paid(order)


@pytest.mark.parametrize(
    ("checked", "of_pay"),
    [
        (None, {"GatewayName": "Test"}),  # never checked
        ({}, {}),  # could be the Check
        ({}, {"GatewayName": " "}),
        ({}, {"GatewayName": "Test", "ReasonCode": "5051"}),  # could be a Fail
        ({"Amount": "1.00"}, {"GatewayName": "Test"}),  # the Check was refused
        ({"InvoiceId": "SMXXXXXX-1"}, {"GatewayName": "Test"}),
    ],
)
def test_any_other_pay_is_confirmed_by_asking(order, bank, checked, of_pay):
    if checked is not None:
        code(tell_alone("check", a_check(order, **checked)))
    body = a_notification(order, **of_pay)
    assert code(tell_alone("pay", body)) == TELL_AGAIN  # the bank knows of no such operation
    assert nothing_is_paid(order)
    assert len(bank.requests("/payments/get")) == 1
    bank_has(bank, order)
    assert code(tell_alone("pay", body)) == 0
    assert paid(order)


def test_while_the_bank_cannot_be_asked_the_clock_asks_again(order, settings, bank):
    settings.CARD_API_URL, there = "http://127.0.0.1:9", settings.CARD_API_URL
    assert code(tell_alone("pay", a_notification(order))) == TELL_AGAIN
    assert not ProviderMessage.objects.conflicts().exists()
    bank_has(bank, order)
    settings.CARD_API_URL = there
    assert handle_late(NOON + LATER) == Outcome.APPLIED
    assert paid(order)
    assert handle_unhandled_messages(at=NOON + 2 * LATER) == []


def test_what_the_bank_does_not_confirm_for_a_day_is_told_to_a_person_and_not_asked_again(
    order, bank
):
    assert code(tell_alone("pay", a_notification(order))) == TELL_AGAIN
    assert handle_late(NOON + LATER) == Outcome.UNCONFIRMED
    assert handle_late(NOON + timedelta(days=1)) == Outcome.UNCONFIRMED
    assert handle_unhandled_messages(at=NOON + timedelta(days=2)) == []
    assert ProviderMessage.objects.conflicts().get().outcome == Outcome.UNCONFIRMED
    assert nothing_is_paid(order)


@pytest.mark.parametrize(
    "bank_says",
    [
        {"status": "Declined"},
        {"status": "Cancelled"},
        {"amount": 1},
        {"Currency": "RUB"},
        {"Type": 1},
    ],
)
def test_what_the_bank_says_otherwise_is_told_to_a_person_at_once(order, bank, bank_says):
    bank_has(bank, order, **bank_says)
    assert code(tell_alone("pay", a_notification(order))) == 0
    assert ProviderMessage.objects.conflicts().get().outcome == Outcome.UNCONFIRMED
    assert nothing_is_paid(order)


def test_a_held_payment_told_as_money_is_a_hold(order, bank):
    bank_has(bank, order, status="Authorized")
    assert code(tell_alone("pay", a_notification(order, Status="Completed"))) == 0
    assert nothing_is_paid(order)
    assert Hold.objects.get().held_at == NOON


@pytest.mark.parametrize("kind", ["confirm", "cancel"])
def test_a_hold_ends_only_as_the_bank_says(order, bank, kind):
    held = a_notification(order, Status="Authorized")
    bank_has(bank, order, status="Authorized")
    assert code(tell_alone("pay", held)) == 0
    assert code(tell_alone(kind, held)) == TELL_AGAIN
    assert Hold.objects.get().is_open
    assert nothing_is_paid(order)
    bank.rows[504]["Status"] = "Completed" if kind == "confirm" else "Cancelled"
    assert code(tell_alone(kind, held)) == 0
    assert not Hold.objects.get().is_open
    assert paid(order) == (kind == "confirm")


# --- What the bank says twice or wrong

TWICE = ["Amount=1.00", "Amount=199990.00", "TransactionId=7", "InvoiceId=SMXXXXXX-1", "DateTime="]
ABSURD = [
    {"Amount": "0"},
    {"Amount": "0.00"},
    {"Amount": "-199990.00"},
    {"Amount": "1e13"},
    {"Amount": "Infinity"},
    {"DateTime": "9999-12-31 23:59:59"},
    {"DateTime": "0001-01-01 00:00:00"},
    {"DateTime": "1970-01-01 00:00:00"},
    {"DateTime": f"{NOON + timedelta(days=3):%Y-%m-%d %H:%M:%S}"},
    {"Currency": "KZTX"},
    {"TransactionId": "0504"},
    {"TransactionId": "9" * 79},
    {"TransactionId": "five"},
]


@pytest.mark.parametrize("kind", ["pay", "confirm", "cancel", "refund"])
@pytest.mark.parametrize("absurd", ABSURD, ids=lambda fields: "-".join(*fields.items()))
def test_absurd_values_are_stored_answered_and_shown(order, kind, absurd):
    made = a_refund(order) if kind == "refund" else a_notification(order, GatewayName="Test")
    fields = dict(pair.split("=", 1) for pair in made.decode().split("&"))
    body = "&".join(f"{name}={value}" for name, value in fields.items() if name not in absurd)
    body = f"{body}&{urlencode(absurd)}".encode()
    assert [code(tell(kind, body)) for _ in range(2)] == [0, 0]
    message = ProviderMessage.objects.conflicts().get()
    assert (message.outcome, message.handled_at) == (Outcome.UNREADABLE, NOON)
    assert nothing_is_paid(order)
    assert handle_unhandled_messages(at=NOON + timedelta(days=1)) == []


@pytest.mark.parametrize("absurd", ABSURD, ids=lambda fields: "-".join(*fields.items()))
def test_an_absurd_question_is_refused_by_the_protocol(order, absurd):
    assert code(tell("check", a_check(order, **absurd))) in (12, 13)


@pytest.mark.parametrize("kind", ["check", "pay", "confirm", "cancel", "fail", "refund"])
@pytest.mark.parametrize("twice", TWICE)
def test_a_field_that_stands_twice_makes_a_message_unreadable(order, kind, twice):
    made = a_refund(order) if kind == "refund" else a_notification(order, GatewayName="Test")
    for body in (made + f"&{twice}".encode(), f"{twice}&".encode() + made):
        assert code(tell(kind, body)) == (13 if kind == "check" else 0)
    messages = ProviderMessage.objects.conflicts()
    assert {message.outcome for message in messages} == {Outcome.UNREADABLE}
    assert messages.count() == 2
    assert nothing_is_paid(order)
    assert handle_unhandled_messages(at=NOON + timedelta(days=1)) == []


def test_an_unreadable_message_is_found_by_its_number_where_it_names_one(order):
    tell("pay", a_notification(order) + b"&Amount=1")
    assert ProviderMessage.objects.get().reference == "504"


def test_money_told_rightly_after_it_was_told_wrongly_counts(order):
    tell("pay", a_notification(order) + b"&Amount=1")
    assert answer("pay", a_notification(order)) == 0
    assert paid(order)


@pytest.mark.parametrize(
    "wrong",
    [
        {"sum": "0"},
        {"sum": "-1.00"},
        {"sum": "1e13"},
        {"txn_date": "99991231235959"},
        {"txn_date": "00010101000000"},
        {"txn_date": "19700101000000"},
        {"txn_date": f"{NOON + timedelta(days=3):%Y%m%d%H%M%S}"},
        {"txn_id": "1" * 81},
        {"account": "S" * 201},
    ],
)
def test_kaspi_hears_five_for_what_no_payment_has(order, wrong):
    params = a_payment(order) | wrong
    assert [send(params).json()["result"] for _ in range(2)] == [5, 5]
    assert ProviderMessage.objects.conflicts().get().outcome == Outcome.UNREADABLE
    assert nothing_is_paid(order)


@pytest.mark.parametrize(
    "twice",
    ["sum=1.00", "account=SMXXXXXX", "txn_id=2", "command=check", "txn_date=20261123120000"],
)
def test_kaspi_hears_five_for_a_field_that_stands_twice(order, client, twice):
    query = f"{urlencode(a_payment(order))}&{twice}"
    assert client.get(f"/callbacks/kaspi/?{query}").json()["result"] == 5
    assert ProviderMessage.objects.conflicts().get().outcome == Outcome.UNREADABLE
    assert nothing_is_paid(order)


def test_kaspis_bytes_that_are_no_text_are_stored_too(order, client):
    query = f"{urlencode(a_payment(order))}&data1=%FF"
    assert client.get(f"/callbacks/kaspi/?{query}").json()["result"] == 5
    assert ProviderMessage.objects.conflicts().get().outcome == Outcome.UNREADABLE


def test_what_is_no_command_is_answered_and_leaves_nothing(order, client):
    for query in ("", "command=", "command=steal&txn_id=1", "%FF", "=&&="):
        assert client.get(f"/callbacks/kaspi/?{query}").json()["result"] == 5
    assert not ProviderMessage.objects.exists()


def test_the_amounts_of_a_hold_and_of_a_refund_are_kept_to_the_tiyn(order):
    assert answer("pay", a_notification(order)) == 0
    assert answer("refund", a_refund(order, Amount="0.01")) == 0
    assert LedgerEntry.objects.refunds().get().amount == Decimal("0.01")
