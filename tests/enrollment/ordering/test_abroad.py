"""Phones from abroad, and what a pasted number brings along (3.1, 5.2)."""

import pytest
import time_machine

from enrollment.models import Order
from tests.given import NOON, a_cohort

from .test_checkout import COMPANY, GUARDIAN, PERSON, address, send, shown


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.mark.clause("3.1")
@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("+998 90 123 45 67", "+998901234567"),
        ("+7 912 345-67-89", "+79123456789"),
        ("\u202a+44 20 7946 0000\u202c", "+442079460000"),
    ],
)
def test_a_buyer_orders_with_a_phone_from_abroad(db, client, typed, phone):
    a_cohort()
    assert send(client, PERSON, phone=typed).status_code == 302
    assert Order.objects.get().party.phone == phone


@pytest.mark.parametrize(
    ("typed", "kk", "ru"),
    [
        ("+998 90 12", "+998 кодынан кейін тағы 5 цифр керек", "После +998 не хватает 5 цифр"),
        ("+996 700 12345", "тағы 1 цифр керек", "После +996 не хватает 1 цифры"),
        ("+998 90 123 45 678", "артық цифр бар", "слишком много цифр"),
        ("8 912 345 67 89", "Шетел нөмірінің", "Номер другой страны"),
    ],
)
def test_a_wrong_phone_from_abroad_says_what_it_lacks(db, client, typed, kk, ru):
    a_cohort()
    for language, words in (("kk", kk), ("ru", ru)):
        answer = client.post(address("birge", language), shown() | PERSON | {"phone": typed})
        assert answer.status_code == 200
        assert words in answer.content.decode()
    assert not Order.objects.exists()


@pytest.mark.clause("5.2")
def test_whatever_number_was_pasted_is_cleaned_like_a_phone(db, client):
    a_cohort()
    pasted = {
        "iin": "\u200e900101\u00a0300\u2011811\u200f",
        "learner_iin": "\ufeff121122 500003",
        "birth_date": "\u200e22.11.2012",
        "email": "\u202agulnur@example.kz\u202c",
    }
    assert send(client, GUARDIAN, **pasted).status_code == 302
    order = Order.objects.get()
    assert (order.party.iin, order.learner.iin) == ("900101300811", "121122500003")
    assert order.party.email == "gulnur@example.kz"
    assert order.learner.birth_date.isoformat() == "2012-11-22"
    assert send(client, COMPANY, bin="\u202a971240-001315\u202c").status_code == 302
    assert Order.objects.get(party__kind="company").party.bin == "971240001315"
