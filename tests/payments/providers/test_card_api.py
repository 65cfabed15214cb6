"""The card provider's API in our words: money given back, operations listed,
each with its request's id.
"""

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from payments.providers import CARD
from payments.providers.base import (
    CanCancelLink,
    CanHold,
    CanList,
    CanRefund,
    OperationState,
    ProviderError,
)
from payments.providers.card import client
from tests.given import NOON
from tests.payments.bank import bank

__all__ = ["bank"]


def test_the_card_provider_can_do_all_that_a_provider_may_be_able_to():
    assert all(isinstance(CARD, kind) for kind in (CanRefund, CanHold, CanList, CanCancelLink))


@pytest.mark.clause("4.6")
@pytest.mark.parametrize(
    ("amount", "sent"),
    [
        ("199990", b"199990.00"),
        ("0.01", b"0.01"),
        ("100.10", b"100.10"),
        ("999999999999.99", b"999999999999.99"),
    ],
)
def test_a_refund_is_asked_for_to_the_tiyn_with_its_request(bank, amount, sent):
    bank.has(504, amount=Decimal(10) ** 12)
    number = CARD.refund("504", Decimal(amount), request_id="r-1")
    assert bank.rows[int(number)]["OriginalTransactionId"] == 504
    assert bank.raw == [b'{"TransactionId": 504, "Amount": ' + sent + b"}"]
    assert bank.asked[0][2] == "r-1"


def test_the_same_request_is_the_same_refund(bank):
    bank.has(504)
    first = CARD.refund("504", Decimal(1000), request_id="r-1")
    assert CARD.refund("504", Decimal(1000), request_id="r-1") == first
    assert CARD.refund("504", Decimal(1000), request_id="r-2") != first


@pytest.mark.clause("4.6")
def test_parts_can_be_given_back_and_never_more_than_was_paid(bank):
    bank.has(504)
    made = [CARD.refund("504", Decimal(90000), request_id=f"r-{number}") for number in (1, 2)]
    with pytest.raises(ProviderError) as refused:
        CARD.refund("504", Decimal(20000), request_id="r-3")
    assert refused.value.retry is False
    bank.has(600)
    bank.has_refund(601, of=600)
    assert [(each.reference, each.amount) for each in CARD.refunds_of("504")] == [
        (number, Decimal("90000.00")) for number in made
    ]
    assert [each.reference for each in CARD.refunds_of("600")] == ["601"]


def test_a_lost_answer_may_be_asked_for_again_and_the_state_is_seen(bank):
    bank.has(504)
    bank.fails["/payments/refund"] = ["answer lost"]
    with pytest.raises(ProviderError) as lost:
        CARD.refund("504", Decimal(199990), request_id="r-1")
    assert lost.value.retry is True
    (made,) = CARD.refunds_of("504")
    assert made.amount == Decimal("199990.00")
    assert CARD.refund("504", Decimal(199990), request_id="r-1") == made.reference


def test_a_refund_is_waited_for_longer_than_anything_else(bank, monkeypatch):
    bank.has(504)
    monkeypatch.setattr("payments.providers.asking.SECONDS", 0.2)
    bank.on_request = lambda path: time.sleep(0.6)
    with pytest.raises(ProviderError):
        CARD.operation("504")
    assert CARD.refund("504", Decimal(1), request_id="r-1")
    assert 240 <= client.REFUND_SECONDS < 300


@pytest.mark.parametrize("reference", ["", "pay-1", "50 4", "٥٠٤", "-504"])
def test_what_is_no_number_of_an_operation_is_not_asked_about(bank, reference):
    with pytest.raises(ProviderError):
        CARD.refund(reference, Decimal(1), request_id="r-1")
    assert not bank.asked


def test_the_list_is_read_to_its_end_and_asked_for_in_utc(bank):
    since = datetime(2026, 11, 22, 19, tzinfo=UTC)
    until = datetime(2026, 11, 23, 19, tzinfo=UTC)
    for number in range(250):
        bank.has(1000 + number, at=since + timedelta(minutes=number))
    bank.has(10, at=since - timedelta(seconds=1))
    bank.has(11, at=until)
    bank.has(12, Type=2)
    listed = list(CARD.operations_between(since, until))
    assert [int(each.reference) for each in listed] == list(range(1000, 1250))
    assert [data["PageNumber"] for data in bank.requests("/v2/payments/list")] == [1, 2, 3]
    assert {data["TimeZone"] for data in bank.requests("/v2/payments/list")} == {"UTC"}
    assert listed[0].happened_at == since


def test_an_operation_is_read_in_our_words(bank):
    bank.has(
        504,
        status="Authorized",
        amount=Decimal("199990.10"),
        InvoiceId="SM1-1",
        AccountId="SM1",
        TestMode=True,
    )
    told = CARD.operation("504")
    assert (told.state, told.amount, told.currency) == (
        OperationState.HELD,
        Decimal("199990.10"),
        "KZT",
    )
    assert (told.invoice_id, told.account, told.is_test, told.happened_at) == (
        "SM1-1",
        "SM1",
        True,
        NOON,
    )


@pytest.mark.parametrize(
    "wrong", [{"Amount": None}, {"Status": "New"}, {"CreatedDateIso": "today"}, {"Amount": 0.001}]
)
def test_an_operation_that_cannot_be_read_is_named(bank, wrong):
    bank.has(504, **wrong)
    with pytest.raises(ProviderError, match="504"):
        CARD.operation("504")


def test_a_list_that_is_none_is_an_error(bank):
    bank.do = lambda path, asked: {"rows": []}
    with pytest.raises(ProviderError):
        list(CARD.operations_between(NOON, NOON + timedelta(days=1)))
