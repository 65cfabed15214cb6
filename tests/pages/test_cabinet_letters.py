"""The letters of a contract in its cabinet: both ways, and a letter to write (12.1)."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from offer_site.correspondence.models import Letter
from offer_site.correspondence.receiving import keep_mail
from offer_site.notices.models import Notice
from tests.accounts.signing import signed_in
from tests.correspondence.mails import a_mail
from tests.correspondence.test_receiving import arrived
from tests.given import NOON, a_paid_order, a_placed_order

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _later():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def order():
    return a_paid_order(email="student@example.kz")


@pytest.fixture
def browser(order):
    return signed_in("student@example.kz")


def letters(order):
    return reverse("cabinet_letters", args=[order.code])


@pytest.mark.clause("12.1")
@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_student_sees_letters_both_ways_and_opens_each(browser, order, language):
    keep_mail(mail=arrived(a_mail("student@example.kz")), at=LATER)
    address = letters(order).replace("/kk/", f"/{language}/")
    page = browser.get(address)
    assert page.status_code == 200
    assert "Курс туралы сұрақ" in page.text
    assert len(page.context["thread"]) == Notice.objects.filter(order_code=order.code).count() + 1
    for item in page.context["thread"]:
        one = browser.get(f"{address}{item.key}/")
        assert one.status_code == 200
    written = next(each for each in page.context["thread"] if not each.is_ours)
    assert "Сабақ қашан басталады?" in browser.get(f"{address}{written.key}/").text


def test_a_student_writes_and_it_stands_with_its_time(browser, order):
    file = SimpleUploadedFile("a.pdf", b"%PDF-1.7 x %%EOF", "application/pdf")
    typed = {"subject": "Сұрақ", "text": "<b>Қашан?</b>", "document": file}
    answer = browser.post(letters(order), typed)
    assert answer.status_code == 302
    letter = Letter.objects.get()
    assert (letter.standing, letter.arrived_at) == ("cabinet", LATER)
    assert letter.document_type == "application/pdf"
    page = browser.get(letters(order))
    assert "Сұрақ" in page.text
    assert "13:00" in page.text
    one = browser.get(f"{letters(order)}l{letter.pk}/").text
    assert "&lt;b&gt;Қашан?&lt;/b&gt;" in one


@pytest.mark.parametrize("missing", ["subject", "text"])
def test_nothing_typed_is_lost(browser, order, missing):
    typed = {"subject": "Менің тақырыбым", "text": "Менің мәтінім"} | {missing: ""}
    page = browser.post(letters(order), typed)
    assert page.status_code == 200
    assert ("Менің тақырыбым" in page.text) == (missing != "subject")
    assert page.context["form"].errors.keys() == {missing}
    assert not Letter.objects.exists()


def test_a_file_of_another_kind_is_refused_at_its_field(browser, order):
    file = SimpleUploadedFile("a.exe", b"MZ", "application/pdf")
    page = browser.post(letters(order), {"subject": "x", "text": "x", "document": file})
    assert page.context["form"].errors.keys() == {"document"}


def test_anothers_letters_are_not_found(browser, order):
    other = a_paid_order()
    notice = Notice.objects.filter(order_code=other.code).first()
    assert browser.get(letters(other)).status_code == 404
    assert browser.get(f"{letters(order)}n{notice.pk}/").status_code == 404
    assert browser.post(letters(other), {"subject": "x", "text": "x"}).status_code == 404


def test_an_order_without_a_contract_has_no_letters_here(browser):
    unpaid = a_placed_order(email="student@example.kz")
    assert browser.get(letters(unpaid)).status_code == 404


def test_letters_need_a_sign_in(client, order):
    assert client.get(letters(order)).status_code == 302


def test_the_cabinet_leads_to_the_letters(browser, order):
    assert letters(order) in browser.get(reverse("cabinet")).text
