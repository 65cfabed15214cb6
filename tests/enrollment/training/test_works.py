"""A student hands in works: versions are kept, late is marked, a result tells by letter (7.2.4)."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.db.models import QuerySet

from enrollment.models import StudentWork, StudyResult, WorkFile
from enrollment.operations.halves.suspensions import suspend_overdue
from enrollment.operations.training import works
from enrollment.operations.training.results import ResultWish, record_results
from enrollment.operations.training.works import HandedIn, hand_in
from enrollment.rules.programme import Result, Seen
from offer_site.days import end_of_day, start_of_day
from offer_site.documents import NamedDocument
from offer_site.encryption import decrypt
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from tests.at_once import at_once
from tests.enrollment.halves.scenes import REST_ON, a_half_paid_order
from tests.enrollment.ordering.test_reports import stored_files
from tests.enrollment.training.scenes import a_curator, a_programme, a_student, a_taught_cohort
from tests.given import STARTS_ON, an_owner, refusal
from tests.papers import JPEG, PDF, a_document
from tests.services import on_sqlite  # noqa: F401 - in a mark
from tests.unprotected import take_protection_away

BEGUN = start_of_day(STARTS_ON) + timedelta(hours=9)


@pytest.fixture
def student(db):
    return a_student(a_taught_cohort())


def the_work(student, kind="assignment"):
    return student.cohort.items.get(kind=kind)


def handed_in(student, words="Мақсат", *, files=(), link="", at=BEGUN, item=None):
    given = HandedIn(
        words=words,
        link=link,
        files=[NamedDocument(f"{number}.pdf", each) for number, each in enumerate(files)],
    )
    return hand_in(
        enrollment=student, item=item or the_work(student), given=given, by="user:1", at=at
    )


def answered(student, result, *, at=BEGUN, comment=None, by=None, version=None):
    seen = Seen(work=version)
    wish = ResultWish(student.pk, the_work(student).pk, result, comment, seen)
    return record_results(wishes=[wish], by=by or an_owner(), at=at)


def letters(student):
    return Notice.objects.filter(kind=NoticeKind.WORK_RESULT, order_code=student.order.code)


@pytest.mark.clause("7.2.4")
def test_a_work_is_kept_encrypted_and_told_in_the_journal(student):
    work, is_new = handed_in(student, files=[a_document()], link="https://docs.example.kz/1")
    assert is_new
    assert (work.version, work.is_late, work.number_of_files) == (1, False, 1)
    file = WorkFile.objects.get()
    with open(default_storage.path(file.document), "rb") as stored:
        kept = stored.read()
    assert PDF not in kept
    assert decrypt(kept) == PDF
    row = Entry.objects.get(verb="work.handed_in", chain=student.order.code)
    assert row.facts == {"code": "A1", "version": 1, "files": 1, "is_late": False}


@pytest.mark.clause("7.2.4")
def test_versions_are_kept_and_the_same_again_changes_nothing(student):
    first, _is_new = handed_in(student, files=[a_document()])
    before = Entry.objects.count()
    again, is_new = handed_in(student, files=[a_document()])
    assert (again, is_new) == (first, False)
    assert Entry.objects.count() == before
    second, is_new = handed_in(student, files=[a_document(JPEG)])
    assert (second.version, is_new) == (2, True)
    assert WorkFile.objects.count() == 2


def test_after_its_day_it_is_taken_and_late(student):
    item = the_work(student)
    in_time, _is_new = handed_in(student, at=end_of_day(item.day) - timedelta(seconds=1))
    late, _is_new = handed_in(student, "Кейін", at=end_of_day(item.day))
    assert (in_time.is_late, late.is_late) == (False, True)


def test_what_is_not_to_be_handed_in_is_refused_and_nothing_is_kept(student):
    before = set(stored_files("works"))
    elsewhere = a_taught_cohort().items.get(kind="assignment")
    for wish in (
        {"item": student.cohort.items.filter(kind="lesson").first()},
        {"item": elsewhere},
        {"words": ""},
    ):
        with refusal():
            handed_in(student, **({"words": "Мақсат"} | wish))
    answered(student, Result("accepted", 9))
    with refusal():
        handed_in(student, files=[a_document()])
    assert not StudentWork.objects.exists()
    assert set(stored_files("works")) == before


def test_a_work_that_was_sent_back_is_handed_in_again(student):
    handed_in(student)
    answered(student, Result("returned"))
    assert list(StudentWork.objects.unanswered()) == []
    work, _is_new = handed_in(student, "Түзетілді", at=BEGUN + timedelta(hours=1))
    assert list(StudentWork.objects.unanswered()) == [work]


@pytest.mark.clause("4.3.1", "7.2.4")
def test_without_access_nothing_is_handed_in(db):
    order = a_half_paid_order()
    a_programme(order.cohort)
    after = end_of_day(REST_ON)
    suspend_overdue(at=after)
    with refusal():
        handed_in(order.enrollment, at=after)


def test_versions_files_and_bytes_are_bounded(student, monkeypatch):
    monkeypatch.setattr(works, "MOST_VERSIONS", 2)
    monkeypatch.setattr(works, "MOST_BYTES", len(PDF) + len(JPEG))
    with refusal() as refused:
        handed_in(student, files=[a_document()] * 6)
    assert refused.value.field == "files"
    handed_in(student, files=[a_document()])
    with refusal() as refused:
        handed_in(student, files=[a_document(), a_document(JPEG)])
    assert refused.value.field == "files"
    handed_in(student, files=[a_document(JPEG)])
    with refusal():
        handed_in(student, "Үшінші")
    assert StudentWork.objects.count() == 2


@pytest.mark.clause("7.2.4", "12.1")
def test_a_letter_tells_of_the_result_and_holds_none_of_the_words(student):
    answered(student, Result("returned"))
    assert not letters(student).exists()  # nothing was handed in
    handed_in(student)
    answered(student, Result("accepted", 9), comment="Ұсыныс нақты", by=a_curator("one", student))
    letter = letters(student).get()
    assert letter.recipient == student.order.party.email
    assert (letter.facts["mark"], letter.facts["points"]) == ("accepted", 9)
    assert "Ұсыныс нақты" not in str(letter.facts)
    answered(student, Result("accepted", 9))
    answered(student, Result(), at=BEGUN + timedelta(minutes=1))
    assert letters(student).count() == 1


@pytest.mark.clause("7.2.4")
def test_a_result_that_names_a_version_answers_the_last_one_alone(student):
    for version in (1, 2):
        with refusal():
            answered(student, Result("accepted", 9), version=version)  # nothing was handed in
        handed_in(student, f"{version}")
    for version in (1, 3):
        with refusal():
            answered(student, Result("accepted", 9), version=version)
    assert not StudyResult.objects.exists()
    assert not letters(student).exists()
    assert answered(student, Result("accepted", 9), version=2) == 1
    assert answered(student, Result("accepted", 9), version=2) == 0


@pytest.mark.clause("7.2.4", "12.1")
def test_the_same_answer_to_a_new_version_is_a_new_answer(student):
    handed_in(student)
    answered(student, Result("returned"), version=1)
    handed_in(student, "Түзетілді", at=BEGUN + timedelta(hours=1))
    later = BEGUN + timedelta(hours=2)
    assert answered(student, Result("returned"), at=later, version=2) == 1
    assert list(StudentWork.objects.unanswered()) == []
    assert letters(student).count() == 2
    assert answered(student, Result("returned"), at=later, version=2) == 0


@pytest.mark.clause("7.2.4")
def test_a_version_on_its_way_while_the_former_one_is_answered_still_waits(student):
    """A large file takes minutes: its request began before the answer, and ended after it."""
    handed_in(student)
    answered(student, Result("returned"), at=BEGUN + timedelta(hours=2), version=1)
    last, _is_new = handed_in(student, "Түзетілді", at=BEGUN + timedelta(hours=1))
    assert list(StudentWork.objects.unanswered()) == [last]
    later = BEGUN + timedelta(hours=3)
    assert answered(student, Result("returned"), at=later, version=2) == 1
    assert StudyResult.objects.get().work_version == 2
    assert letters(student).count() == 2


def test_results_from_before_answer_the_last_version_that_had_come_by_then(student):
    handed_in(student)
    answered(student, Result("returned"), at=BEGUN + timedelta(hours=1))
    handed_in(student, "Түзетілді", at=BEGUN + timedelta(hours=2))
    record_results(
        wishes=[ResultWish(student.pk, the_work(student, "report").pk, Result("returned"))],
        by=an_owner(),
        at=BEGUN,
    )
    StudyResult.objects.update(work_version=9)
    migration = import_module("enrollment.migrations.0024_what_a_result_answers")
    migration.name_what_was_answered(apps, None)
    found = StudyResult.objects.order_by("item__kind").values_list("item__kind", "work_version")
    assert list(found) == [("assignment", 1), ("report", 0)]


@pytest.mark.clause("7.2.4")
def test_an_answer_over_one_that_was_not_read_is_refused_and_nothing_changes(student):
    handed_in(student)
    answered(student, Result("returned"), comment="Аз")
    before = Entry.objects.count()
    for seen in (Seen(0, 1), Seen(2, 1), Seen(1, 0)):
        wish = ResultWish(student.pk, the_work(student).pk, Result("accepted", 9), "Сөз", seen)
        with refusal():
            record_results(wishes=[wish], by=an_owner(), at=BEGUN)
    stands = StudyResult.objects.get()
    assert (stands.mark, stands.comment, stands.version) == ("returned", "Аз", 1)
    assert (Entry.objects.count(), letters(student).count()) == (before, 1)
    wish = ResultWish(student.pk, the_work(student).pk, Result("accepted", 9), "Сөз", Seen(1, 1))
    assert record_results(wishes=[wish], by=an_owner(), at=BEGUN) == 1
    assert record_results(wishes=[wish], by=an_owner(), at=BEGUN) == 0
    assert StudyResult.objects.get().version == 2


def answers_of_one_moment(student, points, *, errors=RuleViolation):
    """Several curators answer the version that they all have read; how many are told: recorded."""
    handed_in(student, f"{points}")
    by = an_owner()
    stands = StudyResult.objects.filter(enrollment=student).first()
    seen = Seen(stands.version if stands else 0, StudentWork.objects.count())
    wishes = [
        ResultWish(student.pk, the_work(student).pk, Result("returned"), words, seen)
        for words in (f"{points} а", f"{points} ә", f"{points} б")
    ]
    done = at_once(
        [lambda wish=wish: record_results(wishes=[wish], by=by, at=BEGUN) for wish in wishes],
        errors=errors,
    )
    return sum(each == 1 for each in done)


def test_of_answers_of_one_moment_one_is_recorded_and_the_others_are_told(transactional_db):
    student = a_student(a_taught_cohort())
    assert [answers_of_one_moment(student, number) for number in range(3)] == [1, 1, 1]
    assert letters(student).count() == 3


@pytest.mark.faults
@pytest.mark.skipif("on_sqlite()")
def test_without_locks_an_answer_is_written_over(transactional_db, monkeypatch):
    """The control: the test above can fail."""
    student = a_student(a_taught_cohort())
    take_protection_away(monkeypatch, "enrollment_studyresult", "journal_entry", "notices_notice")
    for number in range(works.MOST_VERSIONS):
        if answers_of_one_moment(student, number, errors=Exception) > 1:
            return
    pytest.fail("no answer was written over without locks")


def answered_unread(student, *, errors=RuleViolation):
    """Hand in a second version and answer the first at once; True if the second has the answer."""
    handed_in(student)
    by = an_owner()
    done = at_once(
        [
            lambda: handed_in(student, "Түзетілді"),
            lambda: answered(student, Result("returned"), by=by, version=1),
        ],
        errors=errors,
    )
    verbs = Entry.objects.of_order(student.order.code).order_by("-number")
    last = next(each.verb for each in verbs if each.verb in ("work.handed_in", "result.recorded"))
    are_done = not any(isinstance(each, Exception) for each in done)
    return are_done and last == "result.recorded"


def test_a_version_that_comes_at_the_same_moment_is_not_answered(transactional_db):
    cohort = a_taught_cohort()
    assert not any(answered_unread(a_student(cohort)) for _round in range(4))


@pytest.mark.faults
@pytest.mark.skipif("on_sqlite()")
def test_without_locks_an_unread_version_is_answered(transactional_db, monkeypatch):
    """The control: the test above can fail."""
    cohort = a_taught_cohort(seats=20)
    students = [a_student(cohort) for _round in range(20)]
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)
    assert any(answered_unread(each, errors=Exception) for each in students)


def test_versions_of_one_moment_have_their_own_numbers(transactional_db):
    student = a_student(a_taught_cohort())
    at_once([lambda words=words: handed_in(student, words) for words in ("а", "ә", "б", "в")])
    numbers = StudentWork.objects.order_by("version").values_list("version", flat=True)
    assert list(numbers) == [1, 2, 3, 4]


@pytest.mark.faults
@pytest.mark.skipif("on_sqlite()")
def test_without_locks_a_version_is_lost(transactional_db, monkeypatch):
    """The control: the test above can fail."""
    student = a_student(a_taught_cohort())
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)
    for number in range(5):
        answers = at_once(
            [lambda words=f"{number} {one}": handed_in(student, words) for one in range(2)],
            errors=Exception,
        )
        if any(isinstance(each, Exception) for each in answers):
            return
    pytest.fail("no version was lost without locks")
