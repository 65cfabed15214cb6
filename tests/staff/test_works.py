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
from tests.given import STARTS_ON, an_owner
from tests.pages.answering import OpenPage
from tests.papers import PDF, a_document
from tests.staff.conftest import signed_in

pytestmark = pytest.mark.django_db
BEGUN = start_of_day(STARTS_ON) + timedelta(hours=12)


@pytest.fixture(autouse=True)
def _begun():
    with time_machine.travel(BEGUN, tick=False):
        yield


def a_work(student, words="Мақсатым"):
    given = HandedIn(words=words, files=[NamedDocument("есеп.pdf", a_document())])
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


@pytest.mark.clause("7.2.4")
def test_an_answer_is_to_the_last_version_and_a_former_one_offers_none():
    student = a_student(a_taught_cohort())
    first, last = a_work(student), a_work(student, "Түзетілді")
    desk = signed_in(a_curator("one", student))
    for work, is_offered in ((first, False), (last, True)):
        shown = desk.get(page("studentwork", "change", work.pk)).text
        assert (page("studentwork", "answer", work.pk) in shown) is is_offered
    kept = desk.post(page("studentwork", "answer", first.pk), {"result": "9", "comment": "Сөз"})
    assert "Сөз" in kept.text
    assert not StudyResult.objects.exists()


@pytest.mark.clause("7.2.4")
def test_a_version_that_came_while_the_page_was_open_is_not_answered():
    student = a_student(a_taught_cohort())
    first = a_work(student)
    desk = signed_in(a_curator("one", student))
    opened = OpenPage(desk, page("studentwork", "answer", first.pk))
    last = a_work(student, "Түзетілді")
    kept = opened.send({"result": "9", "comment": "Сөз"})
    assert "Сөз" in kept.text
    assert not StudyResult.objects.exists()
    waiting = desk.get(page("studentwork", "changelist"), {"attention": "waiting"}).text
    assert page("studentwork", "change", last.pk) in waiting


@pytest.mark.clause("7.2.4")
def test_an_answer_that_a_colleague_gave_meanwhile_is_read_first():
    student = a_student(a_taught_cohort())
    work = a_work(student)
    desk = signed_in(a_curator("one", student))
    opened = OpenPage(desk, page("studentwork", "answer", work.pk))
    colleague = OpenPage(signed_in(an_owner()), opened.address)
    assert colleague.send({"result": "-", "comment": "Аз"}).status_code == 302
    refused = opened.send({"result": "9", "comment": "Сөз"})
    assert "Сөз" in refused.text
    assert StudyResult.objects.get().comment == "Аз"
    with time_machine.travel(BEGUN + timedelta(minutes=1), tick=False):
        again = OpenPage(desk, opened.address).send({"result": "9", "comment": "Сөз"})
    assert again.status_code == 302
    assert StudyResult.objects.get().comment == "Сөз"


@pytest.mark.clause("7.2.4")
def test_the_grid_answers_no_version_that_it_did_not_show():
    student = a_student(a_taught_cohort())
    a_work(student)
    desk = signed_in(a_curator("one", student))
    opened = OpenPage(desk, page("cohort", "results", student.cohort_id, "assignment"))
    item = student.cohort.items.get(kind="assignment")
    a_work(student, "Түзетілді")
    field = {f"r_{student.pk}_{item.pk}": "9"}
    refused = opened.send(field)
    assert refused.status_code == 200
    assert 'value="9"' in refused.text
    assert not StudyResult.objects.exists()
    again = OpenPage(desk, opened.address).send(field)
    assert again.status_code == 302
    assert StudyResult.objects.get().points == 9
