"""The invoice for a bank transfer and what the order's page tells of it."""

import subprocess

import pytest
import time_machine
from django.test import Client

from enrollment.operations.links import order_link
from offer_site.days import end_of_day
from payments.operations.paying.checks import payable_by_transfer
from payments.providers.bank_transfer.details import transfer_details
from payments.providers.bank_transfer.invoice import invoice_pdf
from payments.rules.amounts import amount_in_words
from tests.given import NOON, a_paid_order, a_placed_order, an_application
from tests.payments.statements.scenes import DAY, IBAN, bank_details

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.4")]


def text_of(pdf: bytes) -> str:
    done = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return " ".join(done.stdout.decode().split())


def visitor(order) -> Client:
    client = Client()
    client.get(order_link(order).replace("http://localhost:8000", ""))
    return client


@pytest.mark.parametrize("kind", ["person", "company"])
@pytest.mark.parametrize(
    ("language", "purpose"),
    [
        ("kk", "{} SMMARKETING курсы үшін жария оферта бойынша төлем"),
        ("ru", "{} оплата курса SMMARKETING по публичной оферте"),
    ],
)
def test_the_invoice_states_all_that_a_bank_asks_in_both_languages(language, purpose, kind):
    order = a_placed_order(language=language, application=an_application(kind=kind))
    bank_details()
    order.refresh_from_db()
    pdf = invoice_pdf(order, transfer_details(order, amount=order.price), issued_on=DAY)
    text = text_of(pdf)
    said = [
        purpose.format(order.code),
        IBAN,
        "CASPKZKA",
        "900101300823",
        "«Kaspi Bank» АҚ",
        "859",
        "19",
        "149 990,00",
        "Төлемге арналған шот",
        "Счёт на оплату",
        "23.11.2026",
        str(order.party),
        "Жүз қырық тоғыз мың тоғыз жүз тоқсан теңге, 00 тиын",
        "Сто сорок девять тысяч девятьсот девяносто тенге, 00 тиынов",
        "Без НДС",
        "ҚҚС-сыз",
    ]
    assert [words for words in said if words not in text] == []
    assert invoice_pdf(order, transfer_details(order, amount=order.price), issued_on=DAY) == pdf


@pytest.mark.parametrize("amount", [93990, 99990, 149990, 199990, 1, 1001])
def test_amounts_are_said_in_tenge_and_never_in_tiyn(amount):
    assert amount_in_words(amount, "ru").endswith(" тенге, 00 тиынов")
    assert amount_in_words(amount, "kk").endswith(" теңге, 00 тиын")


def test_ninety_nine_thousand_in_words():
    assert (
        amount_in_words(99990, "ru")
        == "Девяносто девять тысяч девятьсот девяносто тенге, 00 тиынов"
    )
    assert amount_in_words(99990, "kk") == "Тоқсан тоғыз мың тоғыз жүз тоқсан теңге, 00 тиын"


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_page_tells_what_to_write_only_once_the_bank_is_known(language):
    order = a_placed_order(language=language)
    client = visitor(order)
    page = f"/{language}/orders/{order.code}/"
    assert 'id="transfer"' not in client.get(page).text
    assert client.get(f"{page}invoice.pdf").status_code != 200
    bank_details()
    text = client.get(page).text
    assert IBAN in text
    assert f"{page}invoice.pdf" in text
    answer = client.get(f"{page}invoice.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert order.code in text_of(answer.content)
    assert Client().get(f"{page}invoice.pdf").status_code == 404


@pytest.mark.clause("4.3")
def test_an_order_that_takes_no_money_has_no_invoice():
    order = a_placed_order()
    paid = a_paid_order()
    bank_details()
    for each in (order, paid):
        each.refresh_from_db()
    assert payable_by_transfer(order, at=NOON) is not None
    assert payable_by_transfer(order, at=end_of_day(DAY)) is None
    assert payable_by_transfer(paid, at=NOON) is None
