"""The course in the cabinet: lessons and works with their days, and what the student has."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from enrollment.operations.training.results import ResultWish, record_results
from enrollment.rules.programme import Result
from offer_site.days import start_of_day
from tests.accounts.signing import signed_in
from tests.enrollment.training.scenes import a_student, a_taught_cohort
from tests.given import STARTS_ON, a_paid_order, an_owner

pytestmark = pytest.mark.django_db
BEGUN = start_of_day(STARTS_ON) + timedelta(hours=12)


def page(browser, order):
    answer = browser.get(reverse("course", args=[order.code]))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.clause("7.2.3", "7.2.4")
@time_machine.travel(BEGUN, tick=False)
def test_the_student_sees_the_programme_and_the_own_results():
    cohort = a_taught_cohort()
    student, other = a_student(cohort), a_student(cohort)
    lesson = cohort.items.get(kind="lesson", number=1)
    work = cohort.items.get(kind="assignment")
    record_results(
        wishes=[
            ResultWish(student.pk, lesson.pk, Result("attended")),
            ResultWish(student.pk, work.pk, Result("accepted", 9), "Ұсыныс нақты"),
            ResultWish(other.pk, work.pk, Result("returned"), "Басқаның пікірі"),
        ],
        by=an_owner(),
        at=BEGUN,
    )
    browser = signed_in(student.order.party.email)
    assert (
        reverse("course", args=[student.order.code])
        in browser.get(reverse("cabinet")).content.decode()
    )
    shown = page(browser, student.order)
    for words in (
        "1-сабақ",
        "2-сабақ",
        "1-тапсырма",
        "1-есеп",
        "1-апта",
        "Ұсыныс нақты",
        "1 / 1",
        "9,0",
    ):
        assert words in shown
    assert "Басқаның пікірі" not in shown
    assert browser.get(reverse("course", args=[other.order.code])).status_code == 404


def test_before_there_is_a_programme_the_page_says_so(client):
    order = a_paid_order()
    assert 'class="empty"' in page(signed_in(order.party.email), order)
    assert client.get(reverse("course", args=[order.code])).status_code == 302
