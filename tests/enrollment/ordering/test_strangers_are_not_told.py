"""Whoever types a person's name and e-mail learns nothing of that person: what is enrolled is
ordered like anybody else, the mailbox is told, and money for it concludes nothing.
"""

import re

import pytest
from django.test import Client
from django.urls import reverse

from enrollment.models import Enrollment, HalvesRequest, Order
from enrollment.operations.links import order_link
from offer_site.accounts.models import User
from offer_site.notices.letters import letterhead, write_letter
from offer_site.notices.models import Notice
from payments.models import LedgerEntry, Outcome
from tests.enrollment.company import a_list, order_list
from tests.enrollment.halves.scenes import a_request
from tests.enrollment.ordering.test_checkout import PERSON, send, shown
from tests.enrollment.ordering.test_company_checkout import send as send_list
from tests.given import NOON, a_cohort, a_paid_order, a_placed_order, a_receipt, receive
from tests.pages.answering import OpenPage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.clause("3.3", "5.4")]
SITE = "http://localhost:8000"
NAME = {"surname": "Әбілқасымова", "name": "Гүлнұр", "patronymic": "Қайратқызы"}
ENROLLED = "gulnur@example.kz"
UNKNOWN = "gulnor@example.kz"


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def a_browser() -> Client:
    browser = Client()
    browser.get("/kk/checkout/birge/")
    return browser


def that_followed(link: str) -> Client:
    browser = a_browser()
    browser.get(link.removeprefix(SITE))
    return browser


def without_codes(page: str, *values: str) -> str:
    """A page without what is of one order or one visit."""
    for value in values:
        page = page.replace(value, "")
    page = re.sub(r"S[MH][0-9A-Z]{6}|HF[0-9A-Z]{6}", "", page)
    page = re.sub(r"\?key=[\w-]+", "", page)
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)


def test_the_checkout_answers_for_an_enrolled_person_as_for_any_other():
    cohort = a_cohort(seats=20)
    paid = a_paid_order(cohort=cohort, email=ENROLLED, **NAME)
    pages = []
    for email in (ENROLLED, UNKNOWN):
        browser = a_browser()
        answer = send(browser, PERSON, email=email)
        assert answer.status_code == 302
        page = browser.get(answer["Location"])
        pages.append(without_codes(page.content.decode(), email))
    assert pages[0] == pages[1]

    other, theirs = Order.objects.exclude(pk=paid.pk).order_by("pk")
    for order, is_told in ((other, True), (theirs, False)):
        letter = Notice.objects.get(order_code=order.code)
        assert ("enrolled" in letter.facts) == is_told
    for person in (that_followed(order_link(paid)), a_browser()):
        if not person.cookies.get("orders"):
            person.force_login(User.objects.create_user(ENROLLED))
        told = send(person, PERSON, email=ENROLLED)
        assert told.status_code == 200
        assert "осы ағында оқуға қабылданып қойған" in str(told.context["form"].non_field_errors())


def test_the_letter_says_it_in_words():
    cohort = a_cohort()
    a_paid_order(cohort=cohort, email=ENROLLED, **NAME)
    send(a_browser(), PERSON, email=ENROLLED)
    letter = Notice.objects.latest("pk")
    text = write_letter(letter, letterhead()).text
    assert "Төлемеңіз" in text
    assert "Не платите" in text


def test_money_for_such_an_order_waits_and_enrolls_nobody_twice():
    cohort = a_cohort()
    a_paid_order(cohort=cohort, email=ENROLLED, **NAME)
    send(a_browser(), PERSON, email=ENROLLED)
    order = Order.objects.latest("pk")
    assert receive(a_receipt(order), order) == Outcome.UNMATCHED
    assert LedgerEntry.objects.waiting().count() == 1
    assert Enrollment.objects.count() == 1


def test_a_list_answers_for_enrolled_learners_as_for_any_other():
    cohort = a_cohort(seats=20)
    names = [("Ли", "Анна", ""), ("Омаров", "Диас", "")]
    invoice, _is_new = order_list(a_list(names=names, email="hr@example.kz"), cohort=cohort)
    for paid in invoice.orders.as_listed():
        receive(a_receipt(paid), paid)
    pages = []
    for email in ("hr@example.kz", "unknown@example.kz"):
        browser = a_browser()
        answer = send_list(browser, names[0], email=email)
        assert answer.status_code == 302
        page = browser.get(answer["Location"]).content.decode()
        pages.append(without_codes(page, email))
    assert pages[0] == pages[1]
    first, second = Notice.objects.filter(kind="invoice-placed").order_by("pk")[1:]
    assert first.facts["enrolled"] == "Ли Анна"
    assert "enrolled" not in second.facts
    knows = that_followed(order_link(Order.objects.select_related("party").get(pk=paid.pk)))
    told = send_list(knows, names[1])
    assert "осы ағында оқуға қабылданып қойған" in told.content.decode()


@pytest.mark.parametrize("replace", ["", "on"])
def test_an_enrolled_learner_in_a_strangers_list_leads_to_no_unpaid_order_of_the_company(replace):
    cohort = a_cohort(seats=20)
    names = [("Ли", "Анна", ""), ("Омаров", "Диас", "")]
    invoice, _is_new = order_list(a_list(names=names, email="hr@example.kz"), cohort=cohort)
    paid, unpaid = invoice.orders.as_listed()
    receive(a_receipt(paid), paid)
    answer = send_list(a_browser(), names[0], email="hr@example.kz", replace=replace)
    assert answer.status_code == 302
    assert invoice.code not in answer["Location"]
    assert Order.objects.get(pk=unpaid.pk).state == "awaiting_payment"


@pytest.mark.clause("12.1.2.2")
def test_a_correction_answers_for_an_enrolled_persons_mailbox_as_for_any_other():
    cohort = a_cohort()
    a_paid_order(cohort=cohort, email=ENROLLED, **NAME)
    pages = []
    for email in (ENROLLED, UNKNOWN):
        order = a_placed_order(cohort=cohort, **NAME)
        browser = that_followed(order_link(order))
        answer = browser.post(f"/kk/orders/{order.code}/email/", {"email": email})
        assert answer.status_code == 302
        page = browser.get(answer["Location"]).content.decode()
        pages.append(without_codes(page, email))
        [to_new] = Notice.objects.filter(order_code=order.code, recipient=email)
        assert ("enrolled" in to_new.facts) == (email == ENROLLED)
    assert pages[0] == pages[1]


@pytest.mark.clause("9.5")
def test_an_answer_about_the_recipient_does_not_tell_who_is_enrolled():
    cohort = a_cohort()
    a_paid_order(cohort=cohort, email="gulnur@gmail.com", **NAME)
    order = a_paid_order(cohort=cohort, email="gulnur@gmail.con", **NAME)
    browser = that_followed(order_link(order))
    page = OpenPage(browser, reverse("clarification", args=[order.code]))
    answer = page.send({"email": "gulnur@gmail.com"})
    assert answer.status_code == 200
    [error] = answer.context["form"].errors["email"]
    assert "мүмкін болмады" in error
    assert Order.objects.get(pk=order.pk).party.email == "gulnur@gmail.con"


@pytest.mark.clause("4.3.1")
def test_a_request_for_halves_answers_for_a_known_mailbox_as_for_any_other():
    first = a_request(email=ENROLLED)
    typed = {"name": "Айгерім", "phone": "87010000001", "consent": "on"}
    pages = []
    for email in (ENROLLED, UNKNOWN):
        browser = a_browser()
        answer = browser.post("/kk/halves/birge/", shown() | typed | {"email": email})
        assert answer.status_code == 302
        pages.append(without_codes(browser.get(answer["Location"]).content.decode(), email))
        assert browser.get(f"/kk/halves/{first.code}/").status_code == 404
    assert pages[0] == pages[1]
    assert HalvesRequest.objects.filter(email=ENROLLED).count() == 2
