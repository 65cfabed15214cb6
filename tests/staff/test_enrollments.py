"""One student at staff's desk: completed, or given a day of performance of their own."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from enrollment.models import Deadline, Enrollment, EnrollmentState
from offer_site.days import start_of_day
from offer_site.journal.models import Entry
from offer_site.journal.operations import actor
from tests.given import NOON, a_paid_order
from tests.staff.conftest import led_by_curators_desk

REFUSES = pytest.mark.django_db(
    transaction=True
)  # what a refusal rolls back is a transaction of its own


def page(name, *arguments):
    return reverse(f"admin:enrollment_enrollment_{name}", args=arguments)


@pytest.fixture
def enrollment(db):
    return a_paid_order().enrollment


def evening_of(enrollment):
    return start_of_day(enrollment.cohort.ends_on) + timedelta(hours=19)


@pytest.mark.clause("9.1", "3.3")
def test_a_student_is_completed_by_a_button(at_managers_desk, manager, enrollment):
    with time_machine.travel(evening_of(enrollment), tick=False):
        for _again in range(2):
            at_managers_desk.post(page("completion", enrollment.pk))
    row = Entry.objects.get(verb="enrollment.completed")
    assert Enrollment.objects.get().state == EnrollmentState.COMPLETED
    assert row.by == actor(manager)
    assert Deadline.objects.get().event_on == enrollment.cohort.ends_on


@pytest.mark.clause("9.1")
@REFUSES
def test_a_student_is_not_completed_before_the_day(at_managers_desk, enrollment):
    with time_machine.travel(evening_of(enrollment) - timedelta(days=1), tick=False):
        answer = at_managers_desk.post(page("completion", enrollment.pk))
    assert answer.context["form"].non_field_errors()
    assert Enrollment.objects.get().state == EnrollmentState.ACTIVE
    assert not Entry.objects.filter(verb="enrollment.completed").exists()


@pytest.mark.clause("9.1")
def test_a_student_gets_a_day_of_performance_with_a_reason(at_managers_desk, manager, enrollment):
    with time_machine.travel(NOON, tick=False):
        at_managers_desk.post(
            page("day", enrollment.pk), {"day": "2027-02-01", "reason": "Науқастанды"}
        )
    row = Entry.objects.get(verb="enrollment.day_set")
    assert Enrollment.objects.get().performed_on == date(2027, 2, 1)
    assert (row.by, row.facts["reason"]) == (actor(manager), "Науқастанды")


def test_a_day_without_a_reason_is_refused(at_managers_desk, enrollment):
    answer = at_managers_desk.post(page("day", enrollment.pk), {"day": "2027-02-01", "reason": ""})
    assert list(answer.context["form"].errors) == ["reason"]
    assert Enrollment.objects.get().performed_on is None


def test_a_curator_completes_nobody(at_curators_desk, enrollment):
    led_by_curators_desk(enrollment)
    with time_machine.travel(evening_of(enrollment), tick=False):
        assert at_curators_desk.post(page("completion", enrollment.pk)).status_code == 403
    assert Enrollment.objects.get().state == EnrollmentState.ACTIVE


@pytest.mark.clause("5.4")
def test_a_curator_finds_a_learner_by_name_and_not_by_email(
    at_curators_desk, at_managers_desk, enrollment
):
    led_by_curators_desk(enrollment)
    email = enrollment.order.party.email
    found = {
        desk: desk.get(page("changelist"), {"q": email}).content
        for desk in (at_curators_desk, at_managers_desk)
    }
    assert enrollment.order.code.encode() in found[at_managers_desk]
    assert enrollment.order.code.encode() not in found[at_curators_desk]
    by_name = at_curators_desk.get(page("changelist"), {"q": enrollment.learner.surname}).content
    assert enrollment.order.code.encode() in by_name
