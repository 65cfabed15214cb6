"""The ways to pay on the page of an order: Kaspi first and open, costs, copies, a sum a month."""

import re
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from enrollment.operations.links import order_link
from offer_site.days import end_of_day
from payments.models import InstallmentBank, LedgerEntry, PaymentMethod
from payments.rules.fees import monthly_sum
from tests.enrollment.halves.scenes import REST_ON, a_half_paid_order, pay_the_rest
from tests.given import NOON, a_paid_order, a_placed_order
from tests.payments.books.scenes import a_fiscal_receipt
from tests.payments.statements.scenes import bank_details

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def page_of(order) -> str:
    client = Client()
    return client.get(order_link(order), follow=True).text


def ways_of(page: str) -> list[tuple[str, bool]]:
    """The ways as they stand, each with whether it is open."""
    found = re.findall(r'<details class="way" name="way" id="([\w-]+)"( open)?>', page)
    return [(slug, bool(is_open)) for slug, is_open in found]


@pytest.mark.clause("4.4")
def test_kaspi_is_first_and_open_then_card_transfer_and_instalments():
    order = a_placed_order()
    bank_details()
    InstallmentBank.objects.create(name="Үлгі Банк")
    assert ways_of(page_of(order)) == [
        ("kaspi", True),
        ("card", False),
        ("transfer", False),
        ("installment", False),
    ]


def test_without_kaspi_the_card_is_first_and_open(settings):
    settings.KASPI_SERVICE = settings.KASPI_STATIC_LINK = ""
    assert ways_of(page_of(a_placed_order())) == [("card", True)]


def test_staff_can_put_another_way_first():
    PaymentMethod.objects.create(slug="kaspi", position=5)
    assert ways_of(page_of(a_placed_order())) == [("card", True), ("kaspi", False)]


@pytest.mark.clause("4.5")
def test_kaspi_red_is_a_way_of_its_own_where_it_costs_something():
    free = page_of(a_placed_order())
    assert "Kaspi Red-ті сол жерде таңдай аласыз." in free
    assert "Қайсысын таңдасаңыз да, комиссиясыз." in free
    PaymentMethod.objects.create(slug="kaspi-red", percent=Decimal(1))
    costly = page_of(a_placed_order())
    assert [slug for slug, _is_open in ways_of(costly)] == ["kaspi", "kaspi-red", "card"]
    assert "Қайсысын таңдасаңыз да, комиссиясыз." not in costly
    assert "комиссия 1 499,90" in costly.replace("\xa0", " ")


@pytest.mark.clause("4.4")
def test_instalments_name_their_sum_a_month_where_a_bank_says_for_how_many():
    InstallmentBank.objects.create(name="Сынақ Банк")
    assert "Айына" not in page_of(a_placed_order())
    InstallmentBank.objects.create(name="Үлгі Банк", months=12)
    page = page_of(a_placed_order())
    assert 'Айына кемінде <data class="amount" value="12500">' in page
    assert "12 айға" in page


@pytest.mark.parametrize(
    ("amount", "months", "sum_a_month"),
    [(149_990, 12, 12_500), (120_000, 12, 10_000), (1, 60, 1), (99_990, 1, 99_990)],
)
def test_a_sum_a_month_is_rounded_up(amount, months, sum_a_month):
    assert monthly_sum(amount, months=months) == sum_a_month


@pytest.mark.parametrize("months", [0, 61])
def test_no_bank_gives_instalments_for_no_month_or_for_ever(months):
    with pytest.raises(ValidationError):
        InstallmentBank(name="Үлгі Банк", months=months).full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        InstallmentBank.objects.create(name="Үлгі Банк", months=months)


def test_what_is_carried_to_the_bank_has_copy_buttons():
    order = a_placed_order()
    academy = bank_details()
    page = page_of(order)
    for value in (order.code, str(order.price), academy.iban, academy.bic, academy.iin):
        assert f'data-copy="{value}"' in page
    assert re.search(rf'data-copy="{order.code} SMMARKETING [^"]+"', page)
    assert 'src="/static/js/site.js"' in page or "js/site" in page


def test_the_code_on_a_wide_screen_is_a_picture_that_a_phone_does_not_fetch():
    order = a_placed_order()
    page = page_of(order)
    (picture,) = re.findall(r"<img[^>]+qr\.svg[^>]+>", page, re.DOTALL)
    assert 'loading="lazy"' in picture
    assert f"/pay/{order.code}/qr.svg?key=" in picture


@pytest.mark.clause("4.3.1")
def test_an_overdue_order_says_the_debt_first_with_its_button(time_machine):
    order = a_half_paid_order(language="kk")
    time_machine.move_to(end_of_day(REST_ON), tick=False)
    page = page_of(order)
    heading = re.search(r"<h1>(.+?)</h1>", page, re.DOTALL)[1]
    assert 'value="74995"' in heading
    assert "сабақ бірден ашылады" in heading
    main = page[page.index('<main id="main">') :]
    assert main.index("</h1>") < main.index('value="kaspi"') < main.index('class="ways-list"')
    assert "Ақша түсті. Орын сіздікі" not in page
    assert 'value="74995">' in main[: main.index('class="ways-list"')]


@pytest.mark.clause("4.3.1")
def test_when_the_rest_is_paid_the_page_names_both_days(time_machine):
    order = a_half_paid_order(language="kk")
    late = end_of_day(REST_ON)
    pay_the_rest(order, at=late)
    time_machine.move_to(late, tick=False)
    page = page_of(order)
    for day in ("23.11.2026", "22.12.2026"):
        assert re.search(rf'<time datetime="[\d-]+">{day}</time>\s*күні төленді', page)
        assert re.search(rf"<small>\s*<time[^>]+>{day}</time>, <time", page)
    assert "Ақша түсті. Орын сіздікі" in page


@pytest.mark.clause("4.4")
def test_the_payment_and_its_receipt_stand_among_the_documents():
    order = a_paid_order(language="kk")
    a_fiscal_receipt(LedgerEntry.objects.get(), number="4711")
    page = page_of(order)
    documents = re.search(r'<ul class="documents">.+?</ul>', page, re.DOTALL)[0]
    assert 'Төлем түсті: <data class="amount" value="149990' in documents
    assert LedgerEntry.objects.get().reference in documents
    assert "Төлем чегі" in documents
    assert "4711" in documents
