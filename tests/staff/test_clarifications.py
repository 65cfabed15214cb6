"""Questions about recipients at staff's desks: asked, answered, withdrawn; who may,
and what needs a person (9.5).
"""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrollment.models import AnswerSource, Party
from offer_site.staff.attention import needs_attention
from tests.enrollment.clarifications import (
    MINUTE,
    NO_HOUSE,
    WHOLE,
    a_doubtful_order,
    a_sent_question,
    answered,
    question_of,
)
from tests.given import NOON, a_cohort, a_paid_order, an_owner
from tests.staff.conftest import led_by_curators_desk

pytestmark = pytest.mark.django_db
LIST = "/admin/enrollment/clarification/"


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON + MINUTE, tick=False):
        yield


def button(name, question):
    return reverse(f"admin:enrollment_clarification_{name}", args=[question.pk])


def asked_of_staff(at) -> dict[str, int]:
    found = needs_attention(user=an_owner(), at=at)
    return {
        each.question.query: each.count for each in found if "clarification" in each.question.listed
    }


@pytest.mark.clause("9.5")
def test_a_manager_asks_from_the_orders_page(at_managers_desk):
    order = a_paid_order()
    url = reverse("admin:enrollment_order_question", args=[order.pk])
    assert at_managers_desk.get(url).status_code == 200
    answer = at_managers_desk.post(
        url, {"fields_asked": ["learner"], "words_kk": "Аты қалай жазылады?"}
    )
    assert answer.status_code == 302
    assert question_of(order).words_kk == "Аты қалай жазылады?"
    page = at_managers_desk.get(
        reverse("admin:enrollment_order_change", args=[order.pk])
    ).content.decode()
    assert f"/clarification/{question_of(order).pk}/change/" in page
    assert page.count("26.11.2026") >= 1


@pytest.mark.clause("9.5")
def test_a_manager_records_what_was_told_by_phone_and_sees_no_address(at_managers_desk):
    question = a_sent_question()
    page = at_managers_desk.get(button("answer", question)).content.decode()
    assert NO_HOUSE not in page
    answer = at_managers_desk.post(button("answer", question), {"how": "phone", "address": WHOLE})
    assert answer.status_code == 200  # neither a note nor a document
    told = {"how": "phone", "address": WHOLE, "note": "Айтты: Гүлнұр"}
    assert at_managers_desk.post(button("answer", question), told).status_code == 302
    assert question_of(question.order).answered_how == AnswerSource.PHONE
    assert Party.objects.get(order=question.order).address == WHOLE


def test_a_manager_withdraws_with_a_reason_only(at_managers_desk):
    question = a_sent_question()
    at_managers_desk.post(button("withdrawal", question), {"reason": ""})
    assert question_of(question.order).is_open
    at_managers_desk.post(button("withdrawal", question), {"reason": "жетеді"})
    assert question_of(question.order).withdrawn_by.startswith("staff:")


@pytest.mark.parametrize("name", ["answer", "again", "withdrawal"])
def test_a_curator_reads_and_decides_nothing(at_curators_desk, name):
    question = a_sent_question()
    page = reverse("admin:enrollment_clarification_change", args=[question.pk])
    assert at_curators_desk.get(page).status_code == 404
    led_by_curators_desk(question.order.enrollment)
    assert at_curators_desk.get(LIST).status_code == at_curators_desk.get(page).status_code == 200
    assert at_curators_desk.get(button(name, question)).status_code == 403


@pytest.mark.clause("9.5")
def test_what_needs_a_person_and_its_list_say_the_same(at_managers_desk):
    order = a_doubtful_order()
    assert asked_of_staff(NOON) == {}
    assert asked_of_staff(NOON + timedelta(hours=1)) == {"attention=unsent": 1}
    a_sent_question(cohort=order.cohort)  # both letters leave
    assert asked_of_staff(NOON + timedelta(hours=1)) == {}
    late = NOON + timedelta(days=9)
    assert asked_of_staff(late) == {"attention=overdue": 2}
    answered(question_of(order), at=late)
    assert asked_of_staff(late) == {"attention=overdue": 1, "attention=unread": 1}
    with time_machine.travel(late, tick=False):
        for query, count in asked_of_staff(late).items():
            assert at_managers_desk.get(f"{LIST}?{query}").context["cl"].result_count == count


def test_the_list_asks_the_same_number_of_questions_however_long_it_is(at_managers_desk):
    cohort = a_cohort()
    counted = []
    for _round in range(2):
        a_sent_question(cohort=cohort)
        with CaptureQueriesContext(connection) as asked:
            assert at_managers_desk.get(LIST).status_code == 200
        counted.append(len(asked))
    assert counted[0] == counted[1]
