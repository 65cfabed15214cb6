"""Attendance and results: one by one by the curator, from a table all or nothing (7.2.4)."""

from dataclasses import replace
from functools import partial

import pytest
from django.db import connection
from django.db.models import QuerySet

from enrollment.models import StudentWork, StudyResult
from enrollment.operations.training.curators import assign_curators
from enrollment.operations.training.enrollments import complete_enrollment
from enrollment.operations.training.results import (
    ResultWish,
    TableRefusedError,
    import_results,
    record_results,
    table_of_results,
)
from enrollment.operations.training.works import HandedIn, hand_in
from enrollment.rules.programme import (
    Result,
    Seen,
    fits,
    read_result,
    read_seen,
    result_text,
    tally,
)
from enrollment.rules.results_table import TableError, TableFault, TableRow, read_table
from offer_site.days import end_of_day, start_of_day
from offer_site.journal.models import Entry
from offer_site.journal.operations import actor
from offer_site.spreadsheets import csv_lines
from tests.at_once import at_once
from tests.enrollment.training.scenes import a_curator, a_student, a_taught_cohort
from tests.given import NOON, STARTS_ON, an_owner, refusal
from tests.services import on_sqlite  # noqa: F401 - in a mark

BEGUN = start_of_day(STARTS_ON)


def item(cohort, code):
    return next(each for each in cohort.items.all() if each.code == code)


def a_wish(student, code, result, comment=None):
    return ResultWish(student.pk, item(student.cohort, code).pk, result, comment)


def stands():
    return {
        (each.enrollment.order.code, each.item.code): (each.mark, each.points)
        for each in StudyResult.objects.all()
    }


# --- Rules
@pytest.mark.parametrize(
    ("kind", "text", "result"),
    [
        ("lesson", "+", Result("attended")),
        ("lesson", " - ", Result("absent")),
        ("lesson", "−", Result("absent")),
        ("lesson", "Н", Result("absent")),
        ("lesson", "", Result()),
        ("assignment", "+", Result("accepted")),
        ("assignment", "10", Result("accepted", 10)),
        ("report", "0", Result("accepted", 0)),
        ("report", "–", Result("returned")),
    ],
)
def test_a_result_is_read_as_it_is_typed(kind, text, result):
    assert read_result(kind, text) == result
    assert fits(kind, result)
    assert read_result(kind, result_text(result)) == result


@pytest.mark.parametrize(
    ("kind", "text"),
    [("lesson", "9"), ("assignment", "11"), ("report", "9,5"), ("report", "yes"), ("report", "٣")],
)
def test_anything_else_is_no_result(kind, text):
    with pytest.raises(ValueError, match=text):
        read_result(kind, text)


def test_a_tally_counts_each_kind():
    results = [
        ("lesson", STARTS_ON, Result("attended")),
        ("lesson", STARTS_ON.replace(day=30), Result()),
        ("assignment", STARTS_ON, Result("accepted", 9)),
        ("report", STARTS_ON, Result("returned")),
    ]
    found = tally(results, today=STARTS_ON)
    assert (found.attended, found.held, found.lessons) == (1, 1, 2)
    assert (found.accepted, found.assignments, found.reported, found.reports) == (1, 1, 0, 1)
    assert found.average == 9


# --- One by one
@pytest.mark.clause("7.2.4")
def test_every_change_is_in_the_journal_with_what_was_before(db):
    student = a_student(a_taught_cohort())
    curator = a_curator("one", student)
    for result in (Result("accepted", 7), Result("accepted", 9), Result("accepted", 9)):
        record_results(wishes=[a_wish(student, "A1", result, "Жақсы")], by=curator, at=BEGUN)
    rows = Entry.objects.filter(verb="result.recorded", chain=student.order.code).order_by("number")
    assert [(row.facts["from"], row.facts["to"], row.by) for row in rows] == [
        (["", None], ["accepted", 7], actor(curator)),
        (["accepted", 7], ["accepted", 9], actor(curator)),
    ]
    assert "Жақсы" not in str([row.facts for row in rows])
    assert stands() == {(student.order.code, "A1"): ("accepted", 9)}
    assert StudyResult.objects.get().comment == "Жақсы"


@pytest.mark.clause("3.5")
def test_another_curators_student_is_not_there(db):
    cohort = a_taught_cohort()
    mine, other = a_student(cohort), a_student(cohort)
    curator = a_curator("one", mine)
    a_curator("two", other)
    wishes = [a_wish(student, "A1", Result("accepted")) for student in (mine, other)]
    with refusal():
        record_results(wishes=wishes, by=curator, at=BEGUN)
    assert stands() == {}
    assign_curators(wishes={mine.pk: None}, by=an_owner(), at=NOON)
    with refusal():
        record_results(wishes=wishes[:1], by=curator, at=BEGUN)
    assert record_results(wishes=wishes, by=an_owner(), at=BEGUN) == 2


@pytest.mark.clause("7.2.4")
def test_what_cannot_be_is_refused(db):
    cohort = a_taught_cohort()
    student = a_student(cohort)
    by = an_owner()
    for code, result, at in (
        ("L1", Result("attended"), NOON),  # not held yet
        ("L1", Result("accepted"), BEGUN),
        ("L1", Result("attended", 5), BEGUN),
        ("A1", Result("accepted", 11), BEGUN),
        ("A1", Result("returned", 3), BEGUN),
    ):
        with refusal():
            record_results(wishes=[a_wish(student, code, result)], by=by, at=at)
    with refusal():
        elsewhere = item(a_taught_cohort(), "A1")
        wish = ResultWish(student.pk, elsewhere.pk, Result("accepted"))
        record_results(wishes=[wish], by=by, at=BEGUN)
    complete_enrollment(enrollment=student, by=by, at=end_of_day(cohort.ends_on))
    with refusal():
        wish = a_wish(student, "A1", Result("accepted"))
        record_results(wishes=[wish], by=by, at=end_of_day(cohort.ends_on))
    assert stands() == {}


def test_recorded_twice_at_once_it_is_one_change(transactional_db):
    student = a_student(a_taught_cohort())
    by = an_owner()
    wish = a_wish(student, "A1", Result("accepted", 8))
    at_once([lambda: record_results(wishes=[wish], by=by, at=BEGUN)] * 4)
    assert stands() == {(student.order.code, "A1"): ("accepted", 8)}
    assert Entry.objects.filter(verb="result.recorded").count() == 1


@pytest.mark.faults
@pytest.mark.skipif("on_sqlite()")
def test_without_locks_the_same_change_is_recorded_twice(transactional_db, monkeypatch):
    student = a_student(a_taught_cohort())
    by = an_owner()
    with connection.cursor() as cursor:
        for table, name in (
            ("enrollment_studyresult", "a_student_has_one_result_an_item"),
            ("journal_entry", "a_chain_has_one_row_a_number"),
        ):
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)
    for points in range(11):
        wish = a_wish(student, "A1", Result("accepted", points))
        at_once(
            [lambda wish=wish: record_results(wishes=[wish], by=by, at=BEGUN)] * 4,
            errors=StudyResult.MultipleObjectsReturned,
        )
        if Entry.objects.filter(verb="result.recorded").count() > points + 1:
            return
    pytest.fail("no round was lost without locks")


# --- From a table
def csv_table(students):
    """The table as the site gives it out, in bytes."""
    items = list(students[0].cohort.items.all())
    return b"".join(csv_lines(table_of_results(students, items)))


def filled_in(shown, typed):
    """The rows of a table in which a person typed into some cells."""
    return [
        replace(
            row, cells=row.cells | {c: text for (o, c), text in typed.items() if o == row.order}
        )
        for row in read_table(shown)
    ]


def the_table(cohort, *lines):
    items = list(cohort.items.all())
    rows = [["order", "learner", *(str(each) for each in items)], *lines]
    return read_table(b"".join(csv_lines(rows)))


@pytest.mark.clause("7.2.4")
def test_a_table_is_taken_and_again_changes_nothing(db):
    cohort = a_taught_cohort()
    students = [a_student(cohort) for _number in range(2)]
    curator = a_curator("one", *students)
    # L1, A1, L2, R1 by their days
    rows = the_table(
        cohort,
        [students[0].order.code, "", "+", "9", "", ""],
        [students[1].order.code, "", "-", "-", "", ""],
    )
    assert import_results(cohort=cohort, rows=rows, by=curator, at=BEGUN) == 4
    before = Entry.objects.count()
    assert import_results(cohort=cohort, rows=rows, by=curator, at=BEGUN) == 0
    assert Entry.objects.count() == before
    assert stands()[students[0].order.code, "A1"] == ("accepted", 9)
    assert stands()[students[1].order.code, "L1"] == ("absent", None)


@pytest.mark.clause("7.2.4")
def test_what_the_site_gives_out_it_takes_back(db):
    cohort = a_taught_cohort()
    student = a_student(cohort)
    by = an_owner()
    record_results(
        wishes=[
            a_wish(student, "L1", Result("absent")),
            a_wish(student, "A1", Result("accepted", 10)),
        ],
        by=by,
        at=BEGUN,
    )
    given = b"".join(csv_lines(table_of_results([student], list(cohort.items.all()))))
    assert import_results(cohort=cohort, rows=read_table(given), by=by, at=BEGUN) == 0


@pytest.mark.clause("7.2.4")
def test_a_table_writes_over_nothing_that_it_did_not_show(db):
    cohort = a_taught_cohort()
    mine, other = a_student(cohort), a_student(cohort)
    by = an_owner()
    record_results(wishes=[a_wish(mine, "A1", Result("accepted", 5))], by=by, at=BEGUN)
    shown = csv_table([mine, other])
    record_results(wishes=[a_wish(mine, "A1", Result("accepted", 7))], by=by, at=BEGUN)
    rows = filled_in(shown, {(other.order.code, "L1"): "+"})
    with refusal(TableRefusedError) as refused:
        import_results(cohort=cohort, rows=rows, by=by, at=BEGUN)
    [sentence] = refused.value.sentences
    assert sentence.startswith("2-жол: A1")
    assert "7" in sentence
    assert stands() == {(mine.order.code, "A1"): ("accepted", 7)}
    fresh = filled_in(csv_table([mine, other]), {(mine.order.code, "A1"): "8"})
    assert import_results(cohort=cohort, rows=fresh, by=by, at=BEGUN) == 1
    assert import_results(cohort=cohort, rows=fresh, by=by, at=BEGUN) == 0


@pytest.mark.clause("7.2.4")
def test_a_table_answers_no_work_that_came_after_it(db):
    cohort = a_taught_cohort()
    student = a_student(cohort)
    by = an_owner()
    shown = csv_table([student])
    a_version(student, "Бір")
    answers = {(student.order.code, "A1"): "9"}
    by_hand = [TableRow(2, student.order.code, {"A1": "9"})]
    for rows in (filled_in(shown, answers), by_hand):
        with refusal(TableRefusedError):
            import_results(cohort=cohort, rows=rows, by=by, at=BEGUN)
    assert stands() == {}
    fresh = filled_in(csv_table([student]), answers)
    assert import_results(cohort=cohort, rows=fresh, by=by, at=BEGUN) == 1
    assert not StudentWork.objects.unanswered().exists()


def a_version(student, words):
    work = item(student.cohort, "A1")
    given = HandedIn(words=words)
    return hand_in(enrollment=student, item=work, given=given, by="user:1", at=BEGUN)


def is_answered_unread(student, record):
    """Record a result while a version comes; True if both came, and the version is answered."""
    done = at_once([record, lambda: a_version(student, "Бір")], errors=TableRefusedError)
    both_came = not any(isinstance(each, Exception) for each in done)
    works = StudentWork.objects.filter(enrollment=student)
    return both_came and not works.unanswered().exists()


def by_a_table(student, by):
    rows = filled_in(csv_table([student]), {(student.order.code, "A1"): "-"})
    return partial(import_results, cohort=student.cohort, rows=rows, by=by, at=BEGUN)


@pytest.mark.clause("7.2.4")
def test_a_table_answers_no_version_of_the_same_moment(transactional_db):
    cohort = a_taught_cohort()
    by = an_owner()
    students = [a_student(cohort) for _round in range(4)]
    assert not any(is_answered_unread(each, by_a_table(each, by)) for each in students)


@pytest.mark.faults
def test_whoever_says_nothing_of_what_was_seen_answers_a_version_unread(transactional_db):
    """The control: the test above can fail."""
    cohort = a_taught_cohort(seats=30)
    by = an_owner()
    for student in [a_student(cohort) for _round in range(20)]:
        wishes = [a_wish(student, "A1", Result("returned"))]
        if is_answered_unread(student, partial(record_results, wishes=wishes, by=by, at=BEGUN)):
            return
    pytest.fail("no version was answered unread")


@pytest.mark.clause("7.2.4", "3.5")
def test_of_a_table_with_faults_nothing_is_taken(db):
    cohort = a_taught_cohort()
    mine, other = a_student(cohort), a_student(cohort)
    curator = a_curator("one", mine)
    rows = the_table(
        cohort,
        [mine.order.code, "", "+", "99", "", ""],
        [other.order.code, "", "+", "", "", ""],
        [mine.order.code, "", "+", "", "", ""],
        ["NOSUCH", "", "+", "", "", ""],
    )
    with refusal(TableRefusedError) as refused:
        import_results(cohort=cohort, rows=rows, by=curator, at=BEGUN)
    sentences = refused.value.sentences
    assert [sentence.partition(":")[0] for sentence in sentences] == [
        f"{number}-жол" for number in (2, 3, 4, 5)
    ]
    # A stranger's student reads as one who is not there at all.
    assert sentences[1].partition(":")[2] == sentences[3].partition(":")[2]
    assert stands() == {}
    assert not Entry.objects.filter(verb="result.recorded").exists()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"PK\x03\x04", TableFault.WORKBOOK),
        (b"order;name\nA;B\n", TableFault.NO_CODES),
        (b"order;L1\n", TableFault.EMPTY),
        (b"order;L1;L01\nX;+;-\n", TableFault.TWICE),
        (b"", TableFault.NO_CODES),
        (b"\x00" * 8, TableFault.NO_TEXT),
        (b"x" * 1_000_001, TableFault.TOO_LARGE),
    ],
)
def test_what_is_no_table_is_refused(content, fault):
    with pytest.raises(TableError) as caught:
        read_table(content)
    assert caught.value.fault == fault


def test_the_versions_of_a_table_are_read_as_they_were_written():
    content = "order;L1;A1;V. нұсқалар\nsm4k7q2d;+;9;l1=1.0 a1=2.3 x\n".encode()
    [row] = read_table(content)
    assert row.seen == {"L1": Seen(1, 0), "A1": Seen(2, 3), "X": read_seen("X")["X"]}
    assert read_seen("X")["X"] not in (Seen(0, 0), Seen())
    [row] = read_table(b"order;L1\nsm4k7q2d;+\n")
    assert row.seen is None


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "kz1048"])
def test_a_table_is_read_from_any_office(delimiter, encoding):
    text = delimiter.join(("тапсырыс", "аты", "L1 Мақсат")) + "\r\n"
    text += delimiter.join(("sm4k7q2d", "Әсел", "'+")) + "\r\n"
    [row] = read_table(text.encode(encoding))
    assert (row.line, row.order, row.cells) == (2, "SM4K7Q2D", {"L1": "+"})
