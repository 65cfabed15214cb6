"""The cabinet: each contract of the signed-in e-mail, what was paid, and what happens next."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from enrollment.models import Cohort, Deadline, Order
from enrollment.operations.terms.deadlines import lift_deadline, open_deadline
from enrollment.operations.training.enrollments import open_performance_deadlines
from offer_site.accounts.operations import admitted_user
from offer_site.days import start_of_day
from offer_site.notices.models import Notice
from offer_site.pages.cabinet import Contract, contracts_of
from tests.accounts.signing import signed_in
from tests.enrollment.clarifications import a_sent_question
from tests.given import (
    NOON,
    a_cohort,
    a_completed_enrollment,
    a_paid_order,
    a_placed_order,
    an_owner,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def at_noon(day: date) -> datetime:
    return datetime.combine(day, time(7), UTC)


def contract_of(order: Order, *, at: datetime = NOON) -> Contract:
    user = admitted_user(email=order.party.email)
    return next(
        contract for contract in contracts_of(user, at=at) if contract.order.code == order.code
    )


def page(browser: Client) -> str:
    answer = browser.get(reverse("cabinet"))
    assert answer.status_code == 200
    return answer.content.decode()


# --- Who sees it
def test_the_student_sees_the_own_contract_and_no_other():
    mine = a_paid_order()
    other = a_paid_order()
    shown = page(signed_in(mine.party.email))
    assert mine.code in shown
    assert other.code not in shown
    assert other.party.email not in shown


def test_a_visitor_is_led_to_sign_in(client):
    for url in (reverse("cabinet"), reverse("certificate_name", args=[a_paid_order().code])):
        assert client.get(url)["Location"] == f"{reverse('account_login')}?next={url}"


def test_the_cabinet_is_kept_by_no_cache():
    answer = signed_in(a_paid_order().party.email).get(reverse("cabinet"))
    assert "no-store" in answer["Cache-Control"]


def test_an_unpaid_order_is_no_contract():
    owner = an_owner()
    a_placed_order(email=owner.email)
    browser = signed_in(owner.email)
    assert contracts_of(owner, at=NOON) == []
    assert 'class="empty"' in page(browser)


# --- What it says
def test_the_documents_show_what_was_paid_and_the_contract_to_download():
    order = a_paid_order()
    browser = signed_in(order.party.email)
    shown = browser.get(reverse("cabinet_documents", args=[order.code])).content.decode()
    assert f'value="{order.price}' in shown
    assert reverse("order_contract", args=[order.code]) in shown
    assert contract_of(order).rest == 0


@pytest.mark.clause("9.1")
def test_the_certificate_is_promised_within_five_working_days_of_the_day_of_performance():
    order = a_paid_order()
    assert order.cohort.ends_on == date(2027, 1, 22)
    assert contract_of(order).certificate_due_on == date(2027, 1, 29)


@pytest.mark.clause("9.1")
def test_a_running_deadline_is_what_is_shown():
    order = a_paid_order()
    open_performance_deadlines(at=at_noon(order.cohort.ends_on))
    Deadline.objects.filter(order=order).update(due_on=date(2027, 2, 2))
    assert contract_of(order).certificate_due_on == date(2027, 2, 2)


def test_the_line_of_the_contract_goes_with_time():
    order = a_paid_order()

    def reached(day: date) -> list[str]:
        return [step.reached for step in contract_of(order, at=at_noon(day)).steps]

    assert reached(order.placed_on) == ["done", "done", "now", "ahead", "ahead"]
    assert reached(order.cohort.starts_on) == ["done", "done", "done", "now", "ahead"]
    assert reached(order.cohort.ends_on) == ["done", "done", "done", "now", "ahead"]
    assert reached(order.cohort.ends_on + timedelta(days=1)) == [
        "done",
        "done",
        "done",
        "done",
        "now",
    ]


# --- The joining link
def with_link(cohort: Cohort, opens_on: date | None) -> Cohort:
    cohort.joining_link = "https://lessons.example/join"
    cohort.joining_opens_on = opens_on
    cohort.save()
    return cohort


def test_the_joining_link_opens_on_its_day():
    cohort = a_cohort()
    with_link(cohort, cohort.starts_on)
    order = a_paid_order(cohort=cohort)
    before, on = (
        contract_of(order, at=start_of_day(cohort.starts_on) - timedelta(seconds=sec))
        for sec in (1, 0)
    )
    assert (before.link, before.link_opens_on) == ("", cohort.starts_on)
    assert (on.link, on.link_opens_on) == ("https://lessons.example/join", None)


def test_a_joining_link_without_a_day_is_open_at_once():
    order = a_paid_order(cohort=with_link(a_cohort(), None))
    browser = signed_in(order.party.email)
    lessons = reverse("cabinet_lessons", args=[order.code])
    assert lessons in page(browser)
    assert browser.get(lessons)["Location"] == "https://lessons.example/join"


def test_the_joining_link_closes_with_the_service():
    enrollment = a_completed_enrollment(cohort=with_link(a_cohort(), None))
    assert contract_of(enrollment.order, at=enrollment.completed_at).link == ""


# --- Cost
def test_the_cabinet_asks_the_same_number_of_questions_however_many_contracts_there_are():
    def questions(contracts: int) -> int:
        email = f"student{contracts}@example.kz"
        for _number in range(contracts):
            a_paid_order(email=email)
        browser = signed_in(email)
        page(browser)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            shown = page(browser)
        assert shown.count('class="contract ') == contracts
        return len(asked)

    one = questions(1)
    assert questions(4) == one
    assert one <= 11


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_page_is_whole_in_both_languages(language):
    order = a_paid_order()
    answer = signed_in(order.party.email).get(f"/{language}/cabinet/")
    assert f'<html lang="{language}"' in answer.content.decode()


# --- Terms
@pytest.mark.clause("9.5", "9.1")
def test_the_student_sees_who_owes_what_until_which_day_and_what_was_met():
    order = a_sent_question().order
    browser = signed_in(order.party.email)
    answer, asked = contract_of(order).terms
    assert (asked.is_mine, asked.state) == (False, "met")
    assert asked.met_at == Notice.objects.get(kind="clarification").sent_at
    assert (answer.is_mine, answer.state, answer.until) == (True, "running", date(2026, 11, 26))
    with override("ru"):
        address = reverse("cabinet")
    shown = browser.get(address).content.decode()
    assert "Вы: ответить на вопрос о получателе сертификата" in shown
    assert "Академия: спросить о получателе сертификата" in shown


def test_a_term_shows_the_day_that_was_told_and_the_last_one_where_it_is_another():
    order = a_paid_order()
    a_term = {
        "order": order,
        "clause": "10.2.3",
        "days": 10,
        "in_working_days": False,
        "event_on": date(2026, 11, 26),
        "owed_by": "academy",
        "at": NOON,
    }
    open_deadline(**a_term)
    (term,) = contract_of(order).terms
    assert (term.until, term.last_on) == (date(2026, 12, 6), date(2026, 12, 7))
    late = contract_of(order, at=at_noon(date(2026, 12, 8))).terms[0]
    assert late.state == "late"
    lift_deadline(order=order, clause="10.2.3", at=NOON)
    assert contract_of(order).terms == []
