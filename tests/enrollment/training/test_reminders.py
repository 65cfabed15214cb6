"""The course begins, a lesson is today: each told once, to whoever is taught (7.2.3)."""

from datetime import date, time, timedelta
from functools import partial

import pytest
import time_machine

from enrollment.models import Enrollment, EnrollmentState, ProgrammeItem
from enrollment.operations.training.reminders import (
    tell_of_beginning,
    tell_of_beginnings,
    tell_of_lesson,
    tell_of_lessons,
)
from enrollment.rules.reminders import beginning_due, is_told_at_all
from offer_site.days import start_of_day
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from offer_site.notices.operations import send_notice
from offer_site.telegram.operations import give_link, send_due_messages
from tests.at_once import at_once
from tests.enrollment.force_majeure.scenes import a_report, confirmed
from tests.enrollment.training.scenes import a_student, a_taught_cohort
from tests.given import NOON, STARTS_ON
from tests.mailbox import parse, text_of
from tests.telegram import a_start, fake_telegram, tell
from tests.unprotected import take_protection_away

pytestmark = [pytest.mark.django_db, pytest.mark.clause("7.2.3")]
DAY = timedelta(days=1)


def morning(day: date):
    return start_of_day(day) + timedelta(hours=10)


def letters(kind=NoticeKind.COURSE_BEGINS):
    return Notice.objects.filter(kind=kind)


@pytest.fixture
def cohort(db, short_contracts):
    cohort = a_taught_cohort()
    cohort.joining_link = "https://lessons.example/join"
    cohort.joining_opens_on = STARTS_ON - 2 * DAY
    cohort.tells_of_lessons = True
    cohort.lesson_minutes = 90
    cohort.save()
    cohort.items.filter(kind="lesson").update(begins_at=time(19, 0))
    return cohort


@pytest.fixture
def student(cohort):
    return a_student(cohort)


# --- The rule
@pytest.mark.parametrize(
    ("left", "due"), [(8, None), (7, 7), (3, 7), (2, 7), (1, 1), (0, None), (-1, None)]
)
def test_of_the_letters_that_are_due_only_the_later_is_sent(left, due):
    assert beginning_due(starts_on=STARTS_ON, today=STARTS_ON - left * DAY) == due


@pytest.mark.parametrize(("opened", "days", "is_told"), [(8, 7, True), (7, 7, False), (1, 1, True)])
def test_a_contract_of_the_last_week_has_just_named_the_day(opened, days, is_told):
    told = is_told_at_all(days=days, starts_on=STARTS_ON, opened_on=STARTS_ON - opened * DAY)
    assert told == is_told


# --- The course begins
def test_a_student_is_told_a_week_and_a_day_before(student):
    said = []
    for days in range(9, -2, -1):
        for _twice in range(2):
            said += tell_of_beginnings(at=morning(STARTS_ON - days * DAY))
    assert said == [(student.order.code, 7), (student.order.code, 1)]
    week, eve = letters().order_by("pk")
    assert (week.facts["begins"], week.facts["joins_on"]) == (
        "07.12.2026, 19:00, 90 минут",
        "2026-12-05",
    )
    assert "lessons_url" not in week.facts, "the link is not open yet"
    assert eve.facts["lessons_url"].endswith(f"/cabinet/{student.order.code}/lessons/")
    assert eve.facts["learner"] == student.learner.full_name


def test_a_clock_that_was_silent_makes_up_with_one_letter(student):
    assert tell_of_beginnings(at=morning(STARTS_ON - 3 * DAY)) == [(student.order.code, 3)]
    assert letters().get().facts["days"] == 3


def test_who_is_not_taught_is_not_told(student):
    Enrollment.objects.filter(pk=student.pk).update(state=EnrollmentState.TERMINATED)
    assert tell_of_beginnings(at=morning(STARTS_ON - DAY)) == []


@pytest.mark.clause("8.6")
def test_while_a_force_majeure_stops_the_academy_nobody_is_called(student):
    confirmed(a_report(student.order))
    assert tell_of_beginnings(at=morning(STARTS_ON - DAY)) == []


def test_a_cohort_that_begins_on_another_day_is_told_of_that_day(student, cohort):
    tell_of_beginnings(at=morning(STARTS_ON - 7 * DAY))
    cohort.starts_on = STARTS_ON + 3 * DAY
    cohort.save()
    assert tell_of_beginnings(at=morning(STARTS_ON - 4 * DAY)) == [(student.order.code, 7)]
    assert letters().count() == 2


def test_a_letter_that_waited_is_not_sent_about_a_day_that_moved(student, cohort):
    at = morning(STARTS_ON - DAY)
    tell_of_beginnings(at=at)
    cohort.starts_on = STARTS_ON + DAY
    cohort.save()
    assert send_notice(notice_id=letters().get().pk, at=at).result == "withdrawn"


def test_the_letter_greets_by_name_and_brings_the_days_for_the_calendar(student):
    at = morning(STARTS_ON - DAY)
    tell_of_beginnings(at=at)
    assert send_notice(notice_id=letters().get().pk, at=at).result == "sent"
    letter = parse(letters().get().stored_letter())
    assert letter["Subject"] == (
        "Курс ертең басталады · Курс начинается завтра: 07.12.2026, 19:00, 90 минут"
    )
    assert "Сәлеметсіз бе, Гүлнұр!" in text_of(letter)
    (file,) = letter.iter_attachments()
    assert file.get_filename() == "SMMARKETING-сабақтары.ics"
    lines = file.get_content().splitlines()
    assert [line for line in lines if line.startswith("DTSTART")] == [
        "DTSTART:20261207T140000Z",
        "DTSTART:20261214T140000Z",
        "DTSTART;VALUE=DATE:20270122",
    ]
    assert "DTEND:20261207T153000Z" in lines


# --- A lesson of today
def test_a_lesson_is_told_of_in_its_morning_where_the_cohort_wants_it(student, cohort):
    assert tell_of_lessons(at=morning(STARTS_ON - DAY)) == []
    for _twice in range(2):
        tell_of_lessons(at=morning(STARTS_ON))
    facts = letters(NoticeKind.LESSON_TODAY).get().facts
    assert facts["begins"] == "07.12.2026, 19:00, 90 минут"
    assert facts["topic"] == "lesson 1: мақсат · lesson 1: цель"
    cohort.tells_of_lessons = False
    cohort.save()
    assert tell_of_lessons(at=morning(STARTS_ON + 7 * DAY)) == []


def test_a_lesson_that_has_begun_is_not_told_of(student):
    assert tell_of_lessons(at=start_of_day(STARTS_ON) + timedelta(hours=19)) == []


def test_a_lesson_that_moved_is_told_of_on_its_new_day(student, cohort):
    tell_of_lessons(at=morning(STARTS_ON))
    lesson = cohort.items.get(kind="lesson", number=1)
    lesson.day = STARTS_ON + DAY
    lesson.save()
    assert tell_of_lessons(at=morning(STARTS_ON + DAY)) == [(student.order.code, "L1")]


def test_a_letter_of_a_lesson_that_moved_meanwhile_is_not_sent(student, cohort):
    at = morning(STARTS_ON)
    tell_of_lessons(at=at)
    ProgrammeItem.objects.filter(cohort=cohort, kind="lesson", number=1).update(
        begins_at=time(20, 0)
    )
    letter = letters(NoticeKind.LESSON_TODAY).get()
    assert send_notice(notice_id=letter.pk, at=at).result == "withdrawn"


def test_whoever_linked_the_bot_reads_both_there_too(student, settings):
    order = student.order
    eve = morning(STARTS_ON - DAY)
    with fake_telegram(settings) as telegram, time_machine.travel(eve, tick=False):
        chat = give_link(about=("order", order.code), language="kk", at=NOON)
        tell(a_start(chat.token, chat=77))
        tell_of_beginnings(at=eve)
        tell_of_lessons(at=morning(STARTS_ON))
        send_due_messages(at=morning(STARTS_ON))
    said = "\n".join(telegram.texts)
    assert "Курсыңыз ертең басталады: 07.12.2026, 19:00, 90 минут" in said
    assert "Бүгін сабағыңыз бар" in said


# --- Two clocks at once
@pytest.mark.django_db(transaction=True)
def test_two_clocks_at_once_tell_once(student, cohort):
    lesson = cohort.items.get(kind="lesson", number=1)
    eve = morning(STARTS_ON - DAY)
    tell = partial(tell_of_beginning, enrollment=student, at=eve)
    assert sorted(at_once([tell] * 5), key=str) == [1, None, None, None, None]
    of_lesson = partial(tell_of_lesson, enrollment=student, lesson=lesson, at=morning(STARTS_ON))
    assert sorted(at_once([of_lesson] * 5)) == [False] * 4 + [True]
    assert (letters().count(), letters(NoticeKind.LESSON_TODAY).count()) == (1, 1)


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_control_without_lock_and_constraint_two_clocks_tell_twice(student, monkeypatch):
    take_protection_away(monkeypatch, "notices_notice")
    eve = morning(STARTS_ON - DAY)
    for _round in range(6):
        at_once([partial(tell_of_beginning, enrollment=student, at=eve)] * 8)
        if letters().count() > 1:
            return
        letters().delete()
    pytest.fail("nothing went wrong without the protection")
