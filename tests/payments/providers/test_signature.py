"""Only the provider's own word is heard."""

import logging

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from payments.models import ProviderMessage
from payments.providers.card.signature import is_genuine, sign
from tests.payments.notifications import FORM, tell

SECRET = "test_api_secret"
BODY = (
    b"TransactionId=504&Amount=99990.00&Currency=KZT&PaymentAmount=99990.00&PaymentCurrency=KZT"
    b"&DateTime=2026-03-02+08%3A15%3A00&CardFirstSix=424242&CardLastFour=4242&CardType=Visa&CardExpDate=12%2F27"
    b"&TestMode=1&Status=Completed&OperationType=Payment&InvoiceId=LZ-2026-000123&AccountId=u-17&Email=a%40b.kz"
    b"&Description=%D0%9A%D1%83%D1%80%D1%81+%D3%A8%D0%97%D0%86%D0%9C"
)
CONTENT_HMAC = "yLg/dC3CQhMDuycmvEyrEO+sdADWWIb4FX28+2ltUmA="
X_CONTENT_HMAC = "yxX7gZmLxOnpi95gZnuXnteKdzvN3K3mePjeEjO5kkU="


def test_the_worked_example_of_the_protocol_is_genuine():
    assert sign(BODY, secret=SECRET) == CONTENT_HMAC
    assert is_genuine(BODY, signature=CONTENT_HMAC, secret=SECRET)


@pytest.mark.parametrize(
    "signature", ["", "x", X_CONTENT_HMAC, CONTENT_HMAC[:-1], CONTENT_HMAC.lower(), "қ"]
)
def test_another_signature_is_not(signature):
    assert not is_genuine(BODY, signature=signature, secret=SECRET)


def test_without_a_secret_nothing_is_genuine():
    assert not is_genuine(BODY, signature=sign(BODY, secret=""), secret="")


@given(place=st.integers(0, len(BODY) - 1), bit=st.integers(0, 7))
def test_no_bit_of_the_body_can_be_changed(place, bit):
    changed = BODY[:place] + bytes([BODY[place] ^ (1 << bit)]) + BODY[place + 1 :]
    assert not is_genuine(changed, signature=CONTENT_HMAC, secret=SECRET)


def test_a_wrong_signature_is_refused_with_one_line_in_the_log_and_no_question_to_the_database(
    db, django_assert_num_queries, caplog, settings
):
    settings.CARD_API_SECRET = SECRET
    with caplog.at_level(logging.INFO), django_assert_num_queries(0):
        response = tell("pay", BODY, signature=X_CONTENT_HMAC)
    assert (response.status_code, response.content) == (403, b"")
    assert len(caplog.records) == 1
    assert "99990" not in caplog.text
    assert not response.cookies
    assert not ProviderMessage.objects.exists()


def test_a_missing_signature_is_refused(db):
    response = Client().post("/callbacks/card/pay/", BODY, content_type=FORM)
    assert response.status_code == 403
    assert not ProviderMessage.objects.exists()


def test_only_posts_of_known_kinds_and_sizes_are_read(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert Client().get("/callbacks/card/pay/").status_code == 405
        assert tell("recurrent", BODY).status_code == 404
        assert tell("pay", BODY + b"&Data=" + b"x" * 32_000).status_code == 413
