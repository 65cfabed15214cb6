"""Staff are warned a working day before a term of 9.1 ends and alarmed once it is over:
once a day, without names.
"""

from datetime import date, timedelta
from functools import partial

import pytest
import time_machine
from django.core.management import call_command
from django.utils.translation import gettext

from certificates.models import Certificate
from certificates.operations import (
    CertificateSetApartError,
    confirm_sent,
    issue_certificate,
    watch_deadlines,
)
from certificates.operations.facts import UNPRINTABLE
from enrollment.models import Deadline, Party
from enrollment.operations.clarification.questions import ask_by_hand
from enrollment.operations.training.enrollments import open_performance_deadlines
from offer_site.calendar.operations import record_exception
from offer_site.days import end_of_day, start_of_day
from offer_site.notices.letters import letter_bytes
from offer_site.notices.models import Notice
from offer_site.notices.outbox import send_due_notices
from tests import given
from tests.at_once import at_once
from tests.mailbox import parse, text_of
from tests.staff.conftest import a_member

pytestmark = [pytest.mark.django_db, pytest.mark.clause("9.1")]
LAST_DAY = date(2027, 1, 29)  # a Friday
THE_DAY_BEFORE = start_of_day(date(2027, 1, 28)) + timedelta(hours=1)
OVER = end_of_day(LAST_DAY) + timedelta(minutes=15)


@pytest.fixture(autouse=True)
def without_broker(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True


def letters(kind: str) -> list[Notice]:
    return list(Notice.objects.filter(kind=kind).order_by("pk"))


def a_due_enrollment(**wishes):
    enrollment = given.a_completed_enrollment(**wishes)
    assert Deadline.objects.get(order=enrollment.order).due_on == LAST_DAY
    return enrollment


def test_nothing_near_and_nothing_late_writes_no_letter():
    a_due_enrollment()
    watched = watch_deadlines(at=THE_DAY_BEFORE - timedelta(hours=2))
    assert (watched.near, watched.overdue) == ([], [])
    assert letters("deadline-warning") == letters("deadline-alarm") == []


def test_owner_and_managers_are_warned_a_working_day_before_once_a_day():
    order = a_due_enrollment().order
    manager = a_member("manager")
    curator = a_member("curator")
    for _hour in range(3):
        watched = watch_deadlines(at=THE_DAY_BEFORE)
    told = letters("deadline-warning")
    assert [(each.order, each.due_on, each.why) for each in watched.near] == [
        (order.code, "29.01.2027", "not-numbered")
    ]
    assert {each.recipient for each in told} == {given.an_owner().email, manager.email}
    assert len(told) == 2
    assert curator.email not in {each.recipient for each in told}
    watch_deadlines(at=THE_DAY_BEFORE + timedelta(days=1))
    assert len(letters("deadline-warning")) == 4
    assert letters("deadline-alarm") == []


def test_an_alarm_comes_every_day_while_it_is_late_and_then_no_more():
    enrollment = a_due_enrollment()
    assert [each.order for each in watch_deadlines(at=OVER).overdue] == [enrollment.order.code]
    watch_deadlines(at=OVER + timedelta(hours=5))
    assert len(letters("deadline-alarm")) == 1
    watch_deadlines(at=OVER + timedelta(days=1))
    assert len(letters("deadline-alarm")) == 2
    issue_certificate(enrollment_id=enrollment.pk, at=OVER)
    Notice.objects.exclude(kind="certificate-ready").update(
        next_attempt_at=OVER + timedelta(days=99)
    )
    send_due_notices(at=OVER)
    confirm_sent(at=OVER)
    assert watch_deadlines(at=OVER + timedelta(days=2)).overdue == []
    assert len(letters("deadline-alarm")) == 2


def test_friday_warns_of_monday_and_saturday_makes_up_only_for_a_friday_that_was_missed():
    order = given.a_paid_order(cohort=given.a_cohort(starts_on=date(2026, 12, 10)))
    open_performance_deadlines(at=start_of_day(order.cohort.ends_on))
    monday = Deadline.objects.get().due_on
    friday = start_of_day(monday - timedelta(days=3)) + timedelta(hours=1)
    assert watch_deadlines(at=friday - timedelta(days=1)).near == []
    given.an_owner()
    watch_deadlines(at=friday + timedelta(days=1))
    assert [each.occasion for each in letters("deadline-warning")] == [
        str(monday - timedelta(days=3))
    ]
    watch_deadlines(at=friday)
    watch_deadlines(at=friday + timedelta(days=2))
    assert len(letters("deadline-warning")) == 1


def test_a_holiday_before_the_last_day_moves_the_warning_before_it():
    a_due_enrollment()
    record_exception(
        day=date(2027, 1, 28),
        is_working=False,
        name_kk="Демалыс",
        name_ru="Выходной",
        source="№ 1",
        by="staff:1",
        at=given.NOON,
    )
    wednesday = start_of_day(date(2027, 1, 27)) + timedelta(hours=1)
    assert len(watch_deadlines(at=wednesday).near) == 1


def test_a_letter_to_staff_says_why_and_names_no_protected_data():
    enrollment = a_due_enrollment()
    Party.objects.filter(pk=enrollment.order.party_id).update(address="Құпия <b>көшесі</b>, 7")
    with pytest.raises(CertificateSetApartError, match="LZA"):
        issue_certificate(enrollment_id=enrollment.pk, at=THE_DAY_BEFORE)
    given.an_owner()
    watch_deadlines(at=THE_DAY_BEFORE)
    text = text_of(parse(letter_bytes(letters("deadline-warning")[0], at=THE_DAY_BEFORE)[1]))
    number = Certificate.objects.get().number
    assert f"{enrollment.order.code} · {number} · 29.01.2027" in text
    assert str(gettext(UNPRINTABLE)) in text
    for private in (enrollment.learner.surname, enrollment.order.party.email, "Құпия"):
        assert private not in text


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, "letter-waits"),
        ({"state": "dead", "last_error": "550"}, "given-up"),
        ({"state": "dead", "last_error": "bounced: 5.1.1", "bounced_at": given.NOON}, "came-back"),
        ({"state": "dead", "last_error": "withdrawn", "withdrawn_at": given.NOON}, "no-letter"),
    ],
)
def test_it_says_what_became_of_the_letter(fields, why):
    issue_certificate(enrollment_id=a_due_enrollment().pk, at=THE_DAY_BEFORE)
    Notice.objects.filter(kind="certificate-ready").update(**fields)
    assert [each.why for each in watch_deadlines(at=THE_DAY_BEFORE).near] == [why]


def test_it_says_that_staff_have_not_completed_an_enrollment():
    order = given.a_paid_order()
    open_performance_deadlines(at=start_of_day(order.cohort.ends_on))
    assert [each.why for each in watch_deadlines(at=OVER).overdue] == ["not-completed"]


def test_it_says_that_a_question_asked_after_the_term_is_not_answered():
    order = a_due_enrollment().order
    ask_by_hand(order=order, fields=["address"], issued=False, by=given.an_owner(), at=OVER)
    assert [each.why for each in watch_deadlines(at=OVER).overdue] == ["question-open"]


def test_a_long_list_is_cut_and_counted_in_a_fixed_number_of_queries(django_assert_max_num_queries):
    cohort = given.a_cohort(seats=45)
    for _number in range(45):
        given.a_paid_order(cohort=cohort)
    open_performance_deadlines(at=start_of_day(cohort.ends_on))
    given.an_owner()
    with django_assert_max_num_queries(16):
        assert len(watch_deadlines(at=OVER).overdue) == 45
    facts = letters("deadline-alarm")[0].facts
    assert (len(facts["owed"]), facts["more"], facts["count"]) == (40, 5, 45)


@pytest.mark.django_db(transaction=True)
def test_clocks_at_once_write_one_letter():
    a_due_enrollment()
    at_once([partial(watch_deadlines, at=OVER)] * 4)
    assert len(letters("deadline-alarm")) == 1


@pytest.mark.parametrize(("at", "code"), [(THE_DAY_BEFORE, 0), (OVER, 1)])
def test_the_command_ends_with_one_while_a_certificate_is_late(at, code, capsys):
    order = given.a_paid_order()
    open_performance_deadlines(at=start_of_day(order.cohort.ends_on))
    ended = 0
    with time_machine.travel(at, tick=False):
        try:
            call_command("issue_certificates")
        except SystemExit as stopped:
            ended = stopped.code
    said = capsys.readouterr().out
    assert ended == code
    assert f"{order.code} - 29.01.2027 not-completed" in said
