"""What a contract's cabinet opens with, and what comes next in a course."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import pytest

from enrollment.rules.moments import (
    Facts,
    Moment,
    moment_of,
    next_lesson,
    works_seen,
    works_to_do,
)
from offer_site.days import ALMATY

START, END = date(2026, 12, 7), date(2027, 1, 22)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
FACTS = Facts(starts_on=START, last_on=END)


@dataclass(frozen=True)
class AnItem:
    kind: str
    day: date
    begins_at: time | None = None
    mark: str = ""
    is_handed_in: bool = False


# --- The moment
@pytest.mark.parametrize(
    ("today", "moment"),
    [
        (START - DAY, Moment.BEFORE),
        (START, Moment.DURING),
        (END, Moment.DURING),
        (END + DAY, Moment.PREPARING),
    ],
)
def test_the_days_of_the_course_make_its_moment(today, moment):
    assert moment_of(FACTS, today=today) == moment


@pytest.mark.clause("4.3.1")
@pytest.mark.parametrize(("days", "leads"), [(8, False), (7, True), (0, True), (-1, True)])
def test_a_rest_leads_from_seven_days_before_its_day_and_after_it(days, leads):
    owing = replace(FACTS, rest_on=START + WEEK)
    today = START + WEEK - days * DAY
    assert (moment_of(owing, today=today) == Moment.DEBT) == leads


@pytest.mark.parametrize(
    ("facts", "moment"),
    [
        ({"is_completed": True}, Moment.PREPARING),
        ({"force_majeure_lasts": True, "is_completed": True}, Moment.FORCE_MAJEURE),
        ({"has_certificate": True, "force_majeure_lasts": True}, Moment.CERTIFIED),
        ({"is_shut_off": True, "has_certificate": True}, Moment.CLOSED),
        ({"rest_on": START, "is_shut_off": True}, Moment.DEBT),
        ({"is_ended": True, "rest_on": START}, Moment.ENDED),
    ],
)
def test_what_weighs_more_leads(facts, moment):
    assert moment_of(replace(FACTS, **facts), today=START) == moment


# --- The next lesson
def at(hour: int, *, day: date = START) -> datetime:
    return datetime.combine(day, time(hour), ALMATY)


@pytest.mark.parametrize(("hour", "found"), [(8, "first"), (21, "first"), (22, "second")])
def test_a_lesson_is_next_until_three_hours_after_its_own(hour, found):
    lessons = {
        "first": AnItem("lesson", START, time(19)),
        "second": AnItem("lesson", START + 3 * DAY, time(19)),
    }
    mixed = [lessons["second"], AnItem("report", START), lessons["first"]]
    assert next_lesson(mixed, at=at(hour)) == lessons[found]


def test_a_lesson_without_an_hour_is_next_until_its_day_is_over():
    lesson = AnItem("lesson", START)
    assert next_lesson([lesson], at=at(23)) == lesson
    assert next_lesson([lesson], at=at(0, day=START + DAY)) is None


def test_a_late_lesson_is_not_next_on_the_day_after():
    lesson = AnItem("lesson", START, time(23))
    assert next_lesson([lesson], at=at(0, day=START + DAY)) is None


# --- Works
def test_works_that_wait_are_those_missed_sent_back_or_due_soon():
    missed = AnItem("assignment", START - DAY)
    returned = AnItem("report", START, mark="returned", is_handed_in=True)
    soon = AnItem("assignment", START + 14 * DAY)
    others = [
        AnItem("assignment", START + 15 * DAY),
        AnItem("assignment", START, is_handed_in=True),
        AnItem("report", START, mark="accepted", is_handed_in=True),
        AnItem("lesson", START),
    ]
    assert works_to_do([soon, *others, returned, missed], today=START) == [missed, returned, soon]


def test_works_done_are_those_handed_in_or_accepted_the_last_first():
    accepted = AnItem("assignment", START, mark="accepted")
    waiting = AnItem("report", START + DAY, is_handed_in=True)
    returned = AnItem("report", START, mark="returned", is_handed_in=True)
    assert works_seen([accepted, returned, waiting, AnItem("report", START)]) == [waiting, accepted]
