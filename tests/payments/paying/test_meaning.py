"""A card's notification is known by what it means, not by its bytes (M7)."""

from urllib.parse import parse_qsl, urlencode

import pytest

from enrollment.rules.order_states import OrderState
from payments.models import LedgerEntry, Outcome, ProviderMessage
from tests.given import NOON, a_placed_order
from tests.payments.notifications import a_notification, an_attempt, answer
from tests.payments.statements.test_told_again import an_order_by_halves

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.4")]


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def in_another_order(body: bytes) -> bytes:
    return urlencode(list(reversed(parse_qsl(body.decode(), keep_blank_values=True)))).encode()


def with_more(body: bytes) -> bytes:
    return body + b"&IpCountry=KZ&Issuer=Bank"


def with_a_fee(body: bytes) -> bytes:
    return body + b"&TotalFee=100.00"


def written_otherwise(body: bytes) -> bytes:
    return body.replace(b".00&Currency", b"&Currency").replace(b"%20", b"+")


def without_what_is_never_kept(body: bytes) -> bytes:
    return body.replace(b"&Token=tk_secret", b"").replace(b"12%2F30", b"01%2F31")


SAME = [
    in_another_order,
    with_more,
    with_a_fee,
    written_otherwise,
    without_what_is_never_kept,
]


@pytest.mark.parametrize("again", SAME, ids=lambda change: change.__name__)
def test_the_same_payment_in_other_bytes_is_a_repetition(again):
    order = an_order_by_halves()
    an_attempt(order)
    body = a_notification(order)
    assert again(body) != body
    assert answer("pay", body) == answer("pay", again(body)) == 0
    assert ProviderMessage.objects.get().outcome == Outcome.APPLIED
    assert LedgerEntry.objects.count() == 1
    order.refresh_from_db()
    assert order.state == OrderState.PREPAID


@pytest.mark.parametrize(
    "fields",
    [
        {"Amount": "1.00"},
        {"Currency": "USD"},
        {"InvoiceId": "SM000000-9"},
        {"DateTime": "2026-11-23 07:00:01"},
        {"TestMode": 1},
        {"AccountId": "SM000000"},
    ],
)
def test_another_meaning_under_a_known_reference_is_a_conflict(fields):
    order = a_placed_order()
    an_attempt(order)
    assert answer("pay", a_notification(order)) == 0
    assert answer("pay", a_notification(order, **fields)) == 0
    outcomes = ProviderMessage.objects.order_by("pk").values_list("outcome", flat=True)
    assert list(outcomes) == [Outcome.APPLIED, Outcome.CONFLICT]
    # The first told again is the first, and the contradiction told again is the contradiction.
    assert answer("pay", with_more(a_notification(order))) == 0
    assert answer("pay", with_more(a_notification(order, **fields))) == 0
    assert ProviderMessage.objects.count() == 2


def test_a_check_in_other_bytes_is_asked_anew_and_stored_once():
    order = a_placed_order()
    an_attempt(order)
    body = a_notification(order, Status=None)
    assert answer("check", body) == answer("check", in_another_order(body)) == 0
    assert ProviderMessage.objects.count() == 1
