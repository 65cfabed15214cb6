"""The page on which a question about the recipient is answered without signing in,
and the ways to it (9.5).
"""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from certificates.operations import issue_due_certificates
from enrollment.models import Party
from enrollment.operations.clarification.questions import withdraw_question
from enrollment.operations.links import clarification_link
from enrollment.operations.training.enrollments import complete_enrollment
from offer_site.days import start_of_day
from offer_site.journal.models import Entry
from tests.accounts.signing import signed_in
from tests.enrollment.clarifications import NO_HOUSE, WHOLE, a_sent_question, answered, question_of
from tests.given import NOON, a_paid_order, an_owner

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(LATER, tick=False):
        yield


def from_the_letter(order) -> tuple[Client, str]:
    """A browser that followed the letter's link, and the page it was led to."""
    browser = Client()
    answer = browser.get(clarification_link(order).partition("8000")[2])
    assert answer.status_code == 302
    assert "key" not in answer["Location"]
    return browser, answer["Location"]


@pytest.mark.clause("9.5", "7.2.2")
@pytest.mark.parametrize(
    ("language", "why"), [("kk", "үй нөмірі көрсетілмеген"), ("ru", "нет номера дома")]
)
def test_the_letter_leads_to_what_is_asked_why_and_until_when(language, why):
    order = a_sent_question(language=language).order
    browser, url = from_the_letter(order)
    page = browser.get(url).content.decode()
    assert why in page
    assert "26.11.2026" in page
    assert "24:00" in page
    assert NO_HOUSE in page
    assert 'name="email"' not in page


def test_a_stranger_finds_no_question():
    order = a_sent_question().order
    assert Client().get(f"/kk/orders/{order.code}/clarification/").status_code == 404
    assert Client().get(f"/kk/orders/{order.code}/clarification/?key=x").status_code == 404


def test_an_order_about_which_nothing_is_asked_has_no_such_page():
    order = a_paid_order()
    assert (
        Client().get(clarification_link(order).partition("8000")[2], follow=True).status_code == 404
    )


@pytest.mark.clause("9.5")
def test_the_answer_is_taken_and_thanked_for_and_again_changes_nothing():
    order = a_sent_question().order
    browser, url = from_the_letter(order)
    assert browser.post(url, {"about": "1", "address": WHOLE})["Location"] == url
    assert "Рақмет" in browser.get(url).content.decode()
    assert Party.objects.get(order=order).address == WHOLE
    assert (
        "ештеңе өзгертілген жоқ"
        in browser.post(url, {"about": "1", "address": "Басқа, 1"}, follow=True).content.decode()
    )
    assert Party.objects.get(order=order).address == WHOLE
    assert Entry.objects.get(verb="clarification.answered").by == "visitor"


@pytest.mark.parametrize("typed", ["", "Шымкент қаласы", "\ud800", "-"])
def test_a_bad_answer_is_refused_at_its_field_and_nothing_is_lost(transactional_db, typed):
    order = a_sent_question().order
    browser, url = from_the_letter(order)
    sent = {"about": "1", "address": typed.encode("utf-8", "surrogatepass")}
    answer = browser.post(url, sent)
    assert answer.status_code == 200
    assert answer.context["form"].errors["address"]
    assert Party.objects.get(order=order).address == NO_HOUSE
    assert question_of(order).is_open


@pytest.mark.parametrize("typed", [NO_HOUSE, ""])
def test_it_is_right_as_it_is(typed):
    order = a_sent_question().order
    browser, url = from_the_letter(order)
    browser.post(url, {"about": "1", "address": typed, "confirmed_address": "on"})
    assert not question_of(order).is_open
    assert Party.objects.get(order=order).address == NO_HOUSE


def test_a_slip_of_the_keyboard_is_suggested_mended():
    order = a_paid_order(surname="Әбiлқасымова", email="gulnur@gmail.con")
    browser, url = from_the_letter(order)
    page = browser.get(url).content.decode()
    assert 'value="Әбілқасымова"' in page
    assert 'value="gulnur@gmail.com"' in page


def test_a_corrected_mailbox_keeps_the_page_open_to_who_corrected_it():
    order = a_paid_order(email="gulnur@gmail.con")
    browser, url = from_the_letter(order)
    browser.post(url, {"about": "1", "email": "gulnur@gmail.com"})
    assert "Рақмет" in browser.get(url).content.decode()


def test_a_withdrawn_question_and_an_issued_certificate_are_said(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    order = a_sent_question().order
    browser, url = from_the_letter(order)
    withdraw_question(question=question_of(order), reason="жетеді", by=an_owner(), at=LATER)
    assert "ештеңе қажет емес" in browser.get(url).content.decode()
    at = start_of_day(order.cohort.ends_on) + timedelta(hours=9)
    complete_enrollment(enrollment=order.enrollment, by=an_owner(), at=at)
    issue_due_certificates(at=at)
    assert "LZA-2027-000001" in browser.get(url).content.decode()


# --- Where it is led to from
@pytest.mark.clause("9.5")
def test_the_order_and_the_cabinet_show_both_clocks_while_the_question_is_open():
    order = a_sent_question().order
    browser, url = from_the_letter(order)
    cabinet = signed_in(order.party.email)
    for page in (browser.get(order.get_absolute_url()), cabinet.get(reverse("cabinet"))):
        assert url.encode() in page.content
        assert page.content.decode().count("26.11.2026") >= 2  # ours was due then, theirs is
    answered(question_of(order))
    for page in (browser.get(order.get_absolute_url()), cabinet.get(reverse("cabinet"))):
        assert url.encode() not in page.content


def test_the_page_asks_the_same_number_of_questions_however_many_were_asked(
    django_assert_max_num_queries,
):
    order = a_sent_question().order
    browser, url = from_the_letter(order)
    browser.get(url)
    with django_assert_max_num_queries(4):
        browser.get(url)
