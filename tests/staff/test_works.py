"""Works at a curator's desk: seen beside the grid, read, and answered with words (7.2.4, 3.5)."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from enrollment.models import StudyResult, WorkFile
from enrollment.operations.training.works import HandedIn, hand_in
from offer_site.days import start_of_day
from offer_site.documents import NamedDocument
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from tests.enrollment.training.scenes import a_curator, a_student, a_taught_cohort
from tests.given import STARTS_ON
from tests.papers import PDF, a_document
from tests.staff.conftest import signed_in

pytestmark = pytest.mark.django_db
BEGUN = start_of_day(STARTS_ON) + timedelta(hours=12)


@pytest.fixture(autouse=True)
def _begun():
    with time_machine.travel(BEGUN, tick=False):
        yield


def a_work(student):
    given = HandedIn(words="Мақсатым", files=[NamedDocument("есеп.pdf", a_document())])
    item = student.cohort.items.get(kind="assignment")
    return hand_in(enrollment=student, item=item, given=given, by="user:1", at=BEGUN)[0]


def page(model, name, *arguments):
    return reverse(f"admin:enrollment_{model}_{name}", args=arguments)


@pytest.mark.clause("7.2.4")
def test_a_curator_sees_a_work_beside_the_grid_reads_and_answers_it():
    student = a_student(a_taught_cohort())
    work = a_work(student)
    desk = signed_in(a_curator("one", student))
    grid = desk.get(page("cohort", "results", student.cohort_id, "assignment")).text
    assert page("studentwork", "change", work.pk) in grid
    waiting = desk.get(page("studentwork", "changelist"), {"attention": "waiting"}).text
    assert student.order.code in waiting
    assert "Мақсатым" in desk.get(page("studentwork", "change", work.pk)).text
    file = WorkFile.objects.get()
    taken = desk.post(page("workfile", "document", file.pk), {"reason": "Тексеру"})
    assert taken.content == PDF
    wrong = desk.post(page("studentwork", "answer", work.pk), {"result": "12", "comment": "Сөз"})
    assert list(wrong.context["form"].errors) == ["result"]
    assert "Сөз" in wrong.text
    desk.post(page("studentwork", "answer", work.pk), {"result": "9", "comment": "Сөз"})
    found = StudyResult.objects.get()
    assert (found.mark, found.points, found.comment) == ("accepted", 9, "Сөз")
    assert Notice.objects.filter(kind=NoticeKind.WORK_RESULT).count() == 1
    waiting = desk.get(page("studentwork", "changelist"), {"attention": "waiting"}).text
    assert student.order.code not in waiting


@pytest.mark.clause("3.5")
def test_another_curators_student_is_not_found():
    cohort = a_taught_cohort()
    mine, other = a_student(cohort), a_student(cohort)
    work = a_work(other)
    desk = signed_in(a_curator("one", mine))
    file = WorkFile.objects.get()
    assert other.order.code not in desk.get(page("studentwork", "changelist")).text
    for address in (
        page("studentwork", "change", work.pk),
        page("studentwork", "answer", work.pk),
        page("workfile", "change", file.pk),
        page("workfile", "document", file.pk),
    ):
        assert desk.post(address, {"result": "9", "reason": "x"}).status_code in (302, 403, 404)
    assert not StudyResult.objects.exists()
