"""A work in the cabinet: handed in, its versions read, and what the curator answered (7.2.4)."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from enrollment.models import ProgrammeItem, StudentWork, WorkFile
from enrollment.operations.training.moves import move_by_document
from enrollment.operations.training.results import ResultWish, record_results
from enrollment.rules.programme import Result
from offer_site.accounts.models import User
from offer_site.days import end_of_day, start_of_day
from offer_site.retention.export import known_about
from offer_site.retention.holdings import GONE
from offer_site.retention.values import erase_exchange
from tests.accounts.signing import signed_in
from tests.enrollment.training.scenes import a_student, a_taught_cohort
from tests.given import STARTS_ON, an_owner
from tests.papers import HOSTILE, PDF, a_document, a_file
from tests.staff.conftest import signed_in as at_the_desk_of
from tests.test_file_kinds import REFUSED, TEXT, TYPES, an_archive

pytestmark = pytest.mark.django_db
BEGUN = start_of_day(STARTS_ON) + timedelta(hours=12)


@pytest.fixture
def student():
    with time_machine.travel(BEGUN, tick=False):
        yield a_student(a_taught_cohort())


def the_work(student):
    return student.cohort.items.get(kind="assignment")


def page(student):
    return reverse("cabinet_work", args=[student.order.code, the_work(student).pk])


@pytest.mark.clause("7.2.4")
def test_a_text_and_an_archive_are_handed_in_and_saved_never_opened(student):
    browser = signed_in(student.order.party.email)
    text = an_archive(TYPES, TEXT)
    archive = an_archive(("жоспар.pdf", "x"))
    files = [a_file(text, "жоспар.docx"), a_file(archive, "жұмыс.zip")]
    browser.post(page(student), {"files": files})
    for file, content in zip(WorkFile.objects.order_by("pk"), (text, archive), strict=True):
        number = the_work(student).pk
        taken = browser.get(
            reverse("cabinet_work_file", args=[student.order.code, number, file.pk])
        )
        assert taken.content == content
        assert taken["Content-Disposition"].startswith("attachment")
        assert taken["X-Content-Type-Options"] == "nosniff"
    assert taken["Content-Type"] == "application/zip"
    sent = {"words": "Мақсатым", "files": [a_file(REFUSED["a program"], "a.zip")]}
    refused = browser.post(page(student), sent)
    assert list(refused.context["form"].errors) == ["files"]
    assert "Мақсатым" in refused.text
    assert StudentWork.objects.count() == 1


@pytest.mark.clause("7.2.4")
def test_a_student_hands_in_a_work_and_reads_the_answer(student):
    browser = signed_in(student.order.party.email)
    course = reverse("course", args=[student.order.code])
    assert page(student) in browser.get(course).text
    sent = {"words": "Мақсатым", "link": "docs.example.kz/1", "files": [a_file()]}
    answer = browser.post(page(student), sent, follow=True)
    assert answer.redirect_chain == [(page(student), 302)]
    for words in ("Мақсатым", "https://docs.example.kz/1", "төлем тапсырмасы.pdf"):
        assert words in answer.text
    file = WorkFile.objects.get()
    address = reverse("cabinet_work_file", args=[student.order.code, the_work(student).pk, file.pk])
    taken = browser.get(address)
    assert taken.content == PDF
    assert taken["Content-Disposition"].startswith("attachment")
    browser.post(page(student), sent | {"files": [a_file()]})
    assert StudentWork.objects.count() == 1
    wish = ResultWish(student.pk, the_work(student).pk, Result("accepted", 9), "Ұсыныс нақты")
    record_results(wishes=[wish], by=an_owner(), at=BEGUN)
    shown = browser.get(page(student)).text
    assert "Ұсыныс нақты" in shown
    assert "<form class" not in shown
    browser.post(page(student), {"words": "Тағы"})
    assert StudentWork.objects.count() == 1


def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(student):
    browser = signed_in(student.order.party.email)
    for sent, field in (
        ({"words": ""}, "words"),
        ({"words": "Мақсатым", "link": "javascript:alert(1)"}, "link"),
        ({"words": "Мақсатым", "files": [a_file(HOSTILE["a page"])]}, "files"),
    ):
        answer = browser.post(page(student), sent)
        assert list(answer.context["form"].errors) == [field]
        assert sent["words"] in answer.text
    assert not StudentWork.objects.exists()


def test_nobody_else_reads_it(client, student):
    signed_in(student.order.party.email).post(page(student), {"files": [a_file()]})
    file = WorkFile.objects.get()
    address = reverse("cabinet_work_file", args=[student.order.code, the_work(student).pk, file.pk])
    other = a_student(student.cohort)
    browser = signed_in(other.order.party.email)
    own_page = reverse("cabinet_work_file", args=[other.order.code, the_work(student).pk, file.pk])
    for found in (browser.get(page(student)), browser.get(address), browser.get(own_page)):
        assert found.status_code == 404
    assert client.get(address).status_code == 302
    lesson = student.cohort.items.filter(kind="lesson").first()
    of_a_lesson = reverse("cabinet_work", args=[other.order.code, lesson.pk])
    assert browser.get(of_a_lesson).status_code == 404


def test_a_work_that_is_late_is_said_to_be(student):
    with time_machine.travel(end_of_day(the_work(student).day), tick=False):
        browser = signed_in(student.order.party.email)
        assert "кеш тапсырылды" in browser.get(page(student)).text
        browser.post(page(student), {"words": "Кеш"})
    assert StudentWork.objects.get().is_late


@pytest.mark.clause("5.4", "11.2")
def test_works_are_in_the_copy_of_the_data_and_are_erased_with_the_exchange(student):
    browser = signed_in(student.order.party.email)
    browser.post(page(student), {"words": "Мақсатым", "files": [a_file()]})
    file = WorkFile.objects.get()
    reader = User.objects.get(email=student.order.party.email)
    shown = str(known_about(reader))
    assert "Мақсатым" in shown
    assert "төлем тапсырмасы.pdf" in shown
    assert file.document in list(erase_exchange(student.order))
    work = StudentWork.objects.get()
    assert (work.words, work.link, WorkFile.objects.get().title) == (GONE, "", GONE)


@pytest.fixture
def moved(student):
    """A student who handed a work in and then moved to a cohort that begins later."""
    browser = signed_in(student.order.party.email)
    browser.post(page(student), {"words": "Мақсатым", "files": [a_file()]})
    move_by_document(
        enrollment=student,
        to=a_taught_cohort(starts_on=STARTS_ON + timedelta(days=60)),
        reason="Ауырып қалды",
        document=a_document(),
        by=an_owner(),
        at=BEGUN,
    )
    return browser, page(student), student.order.code


@pytest.mark.clause("4.6", "7.2.4")
def test_who_moves_to_another_cohort_still_reads_the_works_of_the_former_one(moved):
    browser, work, code = moved
    shown = browser.get(work)
    assert shown.status_code == 200
    assert "Мақсатым" in shown.text
    assert "төлем тапсырмасы.pdf" in shown.text
    assert "<form class" not in shown.text
    assert work in browser.get(reverse("course", args=[code])).text
    assert list(StudentWork.objects.unanswered()) == []


def test_what_is_sent_for_the_former_cohort_is_given_back_in_words(moved):
    browser, work, _code = moved
    refused = browser.post(work, {"words": "Жаңа нұсқа", "link": "docs.example.kz/2"})
    assert refused.status_code == 200
    for words in ("Жаңа нұсқа", "docs.example.kz/2"):
        assert words in refused.text
    assert StudentWork.objects.count() == 1


def test_works_of_the_former_cohort_that_the_student_has_nothing_for_are_not_found(moved):
    browser, _work, code = moved
    report = ProgrammeItem.objects.filter(kind="report").earliest("day")
    assert browser.get(reverse("cabinet_work", args=[code, report.pk])).status_code == 404


def test_words_that_came_after_the_work_was_accepted_are_given_back(student):
    browser = signed_in(student.order.party.email)
    browser.post(page(student), {"words": "Мақсатым"})
    wish = ResultWish(student.pk, the_work(student).pk, Result("accepted", 9))
    record_results(wishes=[wish], by=an_owner(), at=BEGUN)
    assert "Екінші нұсқа" in browser.post(page(student), {"words": "Екінші нұсқа"}).text


@pytest.mark.clause("11.2")
def test_of_an_erased_work_no_link_is_left(student):
    browser = signed_in(student.order.party.email)
    browser.post(page(student), {"link": "docs.example.kz/1"})
    desk = at_the_desk_of(an_owner())
    of_staff = reverse("admin:enrollment_studentwork_change", args=[StudentWork.objects.get().pk])
    opens = 'rel="noopener noreferrer nofollow"'
    for shown in (browser.get(page(student)).text, desk.get(of_staff).text):
        assert opens in shown
    list(erase_exchange(student.order))
    assert StudentWork.objects.get().link == GONE
    for shown in (browser.get(page(student)).text, desk.get(of_staff).text):
        assert opens not in shown
