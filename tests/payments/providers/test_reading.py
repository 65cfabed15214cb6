"""What a notification says, from its bytes alone."""

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.models import FeeSource, MessageKind
from payments.providers.base import Fee, UnreadableError
from payments.providers.card.notifications import parse, what_is_kept
from tests.payments.providers.test_signature import BODY


def test_the_worked_example_is_read():
    told = parse(MessageKind.PAY, BODY)
    assert (told.reference, told.invoice_id, told.account) == ("504", "LZ-2026-000123", "u-17")
    assert (told.amount, told.currency) == (Decimal("99990.00"), "KZT")
    assert told.happened_at == datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
    assert (told.method, told.is_test, told.is_final) == ("card Visa", True, True)


def test_unknown_fields_are_normal():
    assert parse(MessageKind.PAY, BODY + b"&Novelty=1").reference == "504"


def test_a_hold_is_not_final():
    assert not parse(MessageKind.PAY, BODY.replace(b"Completed", b"Authorized")).is_final


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"TransactionId=504&", b""),
        (b"Amount=99990.00&", b""),
        (b"99990.00", b"99990.001"),
        (b"99990.00", b"NaN"),
        (b"99990.00", b"1e999"),
        (b"99990.00", b"abc"),
        (b"2026-03-02", b"yesterday"),
        (b"Completed", b"Declined"),
        (b"OperationType=Payment", b"OperationType=CardPayout"),
        (b"%D0%9A", b"%FF"),
        (b"%D0%9A", b"%00"),
    ],
)
def test_what_lacks_what_its_kind_must_have_is_unreadable(old, new):
    with pytest.raises(UnreadableError):
        parse(MessageKind.PAY, BODY.replace(old, new, 1))


@pytest.mark.parametrize(
    ("told", "fee"),
    [
        (b"", None),
        (b"&TotalFee=5799.71", "5799.71"),
        (b"&TotalFee=0.00", "0.00"),
        (b"&TotalFee=-12.5", "12.50"),
        (b"&TotalFee=much", None),
        (b"&TotalFee=0.001", None),
    ],
)
def test_the_commission_is_read_and_one_that_cannot_be_spoils_nothing(told, fee):
    assert parse(MessageKind.PAY, BODY + told).fee == (fee and Fee(Decimal(fee), FeeSource.CARD))


def test_a_refund_names_its_payment():
    with pytest.raises(UnreadableError):
        parse(MessageKind.REFUND, BODY)
    assert parse(MessageKind.REFUND, BODY + b"&PaymentTransactionId=500").refunds_reference == "500"


def test_the_token_and_the_expiry_of_a_card_are_not_kept():
    kept = what_is_kept(BODY + b"&Token=secret")
    assert "secret" not in kept
    assert "CardExpDate" not in kept
    assert kept.startswith("TransactionId=504&Amount=99990.00")
    assert parse(MessageKind.PAY, kept.encode()) == parse(MessageKind.PAY, BODY)


@given(st.binary(max_size=300), st.sampled_from(list(MessageKind)))
def test_any_bytes_are_read_or_unreadable_and_can_be_kept(body, kind):
    assert "\0" not in what_is_kept(body)
    with suppress(UnreadableError):
        parse(kind, body)
