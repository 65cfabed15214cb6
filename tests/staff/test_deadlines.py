"""The register of terms at staff's desks: what is late, today, this week; the new days of a changed
calendar are confirmed or left by who may.
"""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrollment.models import CalendarReview, Deadline, Debtor, ReviewOutcome
from enrollment.operations.terms.deadlines import meet_deadline, open_deadline
from enrollment.operations.terms.reviews import propose_new_days
from offer_site.calendar.operations import record_exception
from offer_site.staff.attention import needs_attention
from tests.given import NOON, a_cohort, a_paid_order, an_owner

pytestmark = pytest.mark.django_db
LIST = "/admin/enrollment/deadline/"
REVIEWS = "/admin/enrollment/calendarreview/"
RUSSIAN = {"accept-language": "ru"}
REASON = "Постановление № 7"


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def a_term(order, **wishes) -> Deadline:
    term = {
        "clause": "10.2.4",
        "days": 3,
        "in_working_days": True,
        "event_on": NOON.date(),
        "owed_by": Debtor.USER,
        "at": NOON,
    }
    return open_deadline(order=order, **(term | wishes))


def a_term_of_each_state(cohort) -> dict[str, Deadline]:
    """Today is Monday the 23rd."""
    days = {"overdue": date(2026, 11, 9), "today": date(2026, 11, 18), "week": NOON.date()}
    terms = {
        name: a_term(a_paid_order(cohort=cohort), event_on=day, occasion=name)
        for name, day in days.items()
    }
    terms["later"] = a_term(a_paid_order(cohort=cohort), event_on=date(2026, 11, 30))
    met = a_paid_order(cohort=cohort)
    terms["met"] = a_term(met)
    meet_deadline(order=met, clause="10.2.4", at=NOON)
    return terms


def a_review() -> CalendarReview:
    record_exception(
        day=date(2026, 11, 25),
        is_working=False,
        name_kk="Демалыс",
        name_ru="Выходной",
        source=REASON,
        by="staff:1",
        at=NOON,
    )
    propose_new_days(at=NOON)
    return CalendarReview.objects.get()


def listed(browser, question: str) -> list[Deadline]:
    return list(browser.get(f"{LIST}?attention={question}").context["cl"].result_list)


def button(name: str, review: CalendarReview) -> str:
    return reverse(f"admin:enrollment_calendarreview_{name}", args=[review.pk])


# --- The register
def test_late_today_this_week_and_met_are_lists_of_their_own(at_managers_desk):
    terms = a_term_of_each_state(a_cohort())
    assert terms["today"].due_on == NOON.date()
    assert listed(at_managers_desk, "overdue") == [terms["overdue"]]
    assert listed(at_managers_desk, "today") == [terms["today"]]
    assert listed(at_managers_desk, "week") == [terms["today"], terms["week"]]
    assert listed(at_managers_desk, "met") == [Deadline.objects.get(pk=terms["met"].pk)]
    assert len(listed(at_managers_desk, "running")) == 4


def test_above_the_list_stands_how_many_there_are(at_managers_desk):
    a_term_of_each_state(a_cohort())
    answer = at_managers_desk.get(LIST, headers=RUSSIAN)
    counts = {url.rpartition("=")[2]: count for _label, count, url in answer.context["counts"]}
    assert counts == {"overdue": 1, "today": 1, "week": 2, "met": 1}
    page = answer.content.decode()
    assert "Истекают на этой неделе: 2" in page
    assert "отправить документы, которых не хватает к претензии" in page


def test_a_term_says_what_it_is_about_and_how_it_moved(at_managers_desk):
    order = a_paid_order()
    term = a_term(order, about=("refund_case", "17"))
    page = at_managers_desk.get(f"{LIST}{term.pk}/change/", headers=RUSSIAN).content.decode()
    for said in ("дело о возврате 17", "23.11.2026: документы запрошены", "не менялся"):
        assert said in page
    assert order.party.surname not in page


def test_the_number_of_queries_does_not_grow_with_terms(at_managers_desk):
    cohort = a_cohort()
    a_term(a_paid_order(cohort=cohort))
    at_managers_desk.get(LIST)
    with CaptureQueriesContext(connection) as few:
        at_managers_desk.get(LIST)
    for _more in range(4):
        a_term(a_paid_order(cohort=cohort))
    with CaptureQueriesContext(connection) as many:
        at_managers_desk.get(LIST)
    assert len(many) == len(few)


def test_a_curator_sees_neither_terms_nor_reviews(at_curators_desk):
    term = a_term(a_paid_order())
    review = a_review()
    for url in (LIST, f"{LIST}{term.pk}/change/", REVIEWS, button("confirm", review)):
        assert at_curators_desk.get(url).status_code == 403


# --- New days
def test_a_changed_calendar_stands_in_needs_attention_until_it_is_decided(at_managers_desk):
    term = a_term(a_paid_order())
    review = a_review()

    def waits() -> list[str]:
        found = needs_attention(user=an_owner(), at=NOON)
        return [each.question.link for each in found if "calendarreview" in each.question.listed]

    assert waits() == [f"{REVIEWS}?attention=open"]
    page = at_managers_desk.get(button("confirm", review), headers=RUSSIAN).content.decode()
    for said in (term.order.code, "26.11.2026", "27.11.2026", "Подтвердить новые дни"):
        assert said in page
    answer = at_managers_desk.post(
        button("confirm", review), {"reason": REASON}, headers=RUSSIAN, follow=True
    )
    assert "Перенесён 1 срок. Слушателям уйдут письма." in answer.content.decode()
    assert Deadline.objects.get().due_on == date(2026, 11, 27)
    assert waits() == []


def test_the_old_days_are_left_by_a_manager_for_a_reason_only(at_managers_desk):
    a_term(a_paid_order())
    review = a_review()
    answer = at_managers_desk.post(button("reject", review), {"reason": ""})
    assert answer.status_code == 200
    assert answer.context["form"].errors["reason"]
    assert CalendarReview.objects.get().is_open
    at_managers_desk.post(button("reject", review), {"reason": REASON})
    assert CalendarReview.objects.get().outcome == ReviewOutcome.REJECTED
    assert Deadline.objects.get().due_on == date(2026, 11, 26)
    answer = at_managers_desk.post(button("confirm", review), {"reason": REASON})
    assert REASON in answer.text, "there is nothing to do any more: the words come back"
    assert Deadline.objects.get().due_on == date(2026, 11, 26)


def test_a_review_that_the_calendar_has_overtaken_is_refused_and_nothing_typed_is_lost(
    at_managers_desk,
):
    a_term(a_paid_order())
    review = a_review()
    with time_machine.travel(NOON + timedelta(minutes=1), tick=False):
        record_exception(
            day=date(2026, 11, 26),
            is_working=False,
            name_kk="Демалыс",
            name_ru="Выходной",
            source=REASON,
            by="staff:1",
            at=NOON + timedelta(minutes=1),
        )
        answer = at_managers_desk.post(
            button("confirm", review), {"reason": REASON}, headers=RUSSIAN
        )
    page = answer.content.decode()
    assert "С тех пор календарь изменился." in page
    assert REASON in page
    assert Deadline.objects.get().due_on == date(2026, 11, 26)


def test_the_page_of_the_calendar_says_what_becomes_of_running_terms(at_managers_desk):
    page = at_managers_desk.get("/admin/calendar/dayexception/add/", headers=RUSSIAN)
    assert "новые дни" in page.content.decode()
