"""Section 9 of the offer: the service is performed on a day,
and the clock of the certificate runs from that day.
"""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from enrollment.models import Deadline, Enrollment, EnrollmentState, Exclusion, Order
from enrollment.operations.training.enrollments import (
    complete_cohort,
    complete_enrollment,
    open_performance_deadlines,
    set_day_of_performance,
)
from enrollment.rules.order_states import OrderState
from offer_site.calendar.operations import current_calendar, record_exception
from offer_site.days import end_of_day, start_of_day
from offer_site.journal.models import Entry
from tests.given import a_cohort, a_paid_order, an_owner, refusal

HOUR = timedelta(hours=1)


@pytest.mark.clause("9.1", "3.3")
def test_staff_complete_a_student_and_the_order_closes_as_performed(db):
    order = a_paid_order()
    at = start_of_day(order.cohort.ends_on) + HOUR
    enrollment = complete_enrollment(enrollment=order.enrollment, by=an_owner(), at=at)
    assert (enrollment.state, enrollment.completed_at) == (EnrollmentState.COMPLETED, at)
    assert Order.objects.get().state == OrderState.COMPLETED
    again = complete_enrollment(enrollment=order.enrollment, by=an_owner(), at=at + HOUR)
    assert again.completed_at == at
    assert Entry.objects.filter(verb="enrollment.completed").count() == 1


@pytest.mark.clause("9.1")
def test_before_its_day_of_performance_nothing_is_completed(db):
    order = a_paid_order()
    with refusal():
        complete_enrollment(
            enrollment=order.enrollment,
            by=an_owner(),
            at=start_of_day(order.cohort.ends_on) - timedelta(seconds=1),
        )
    assert Enrollment.objects.get().state == EnrollmentState.ACTIVE
    assert not Deadline.objects.exists()


@pytest.mark.clause("9.1")
def test_the_clock_runs_from_the_day_of_performance_not_from_the_click(db):
    order = a_paid_order()
    day = order.cohort.ends_on
    assert day == date(2027, 1, 22)
    assert open_performance_deadlines(at=start_of_day(day) - HOUR) == []
    assert open_performance_deadlines(at=start_of_day(day)) == [order.code]
    assert open_performance_deadlines(at=start_of_day(day)) == []
    deadline = Deadline.objects.get()
    assert (deadline.event_on, deadline.due_on) == (day, date(2027, 1, 29))
    assert deadline.due_before == end_of_day(date(2027, 1, 29))
    complete_enrollment(
        enrollment=order.enrollment, by=an_owner(), at=start_of_day(day + timedelta(days=3))
    )
    assert Deadline.objects.get().due_on == date(2027, 1, 29)


@pytest.mark.clause("9.1")
def test_a_student_may_have_a_day_of_performance_of_their_own(db):
    order = a_paid_order()
    own = date(2026, 12, 28)
    at = start_of_day(own)
    set_day_of_performance(
        enrollment=order.enrollment, day=own, reason="экстерном", by=an_owner(), at=at
    )
    enrollment = Enrollment.objects.get()
    complete_enrollment(enrollment=enrollment, by=an_owner(), at=start_of_day(own) + HOUR)
    assert Deadline.objects.get().due_on == date(2027, 1, 6), "1 and 4 January are off"
    with refusal():
        set_day_of_performance(
            enrollment=enrollment, day=own, reason="опять", by=an_owner(), at=start_of_day(own)
        )


@pytest.mark.clause("9.1")
def test_nobody_completes_a_course_before_it_begins(db):
    order = a_paid_order()
    day = order.cohort.starts_on - timedelta(days=1)
    with refusal():
        set_day_of_performance(
            enrollment=order.enrollment, day=day, reason="рано", by=an_owner(), at=start_of_day(day)
        )
    assert Enrollment.objects.get().performed_on is None


@pytest.mark.clause("9.1")
def test_a_cohort_is_completed_but_for_those_excluded_with_a_reason(db):
    cohort = a_cohort()
    orders = [a_paid_order(cohort=cohort) for _ in range(3)]
    left_out = orders[1].enrollment
    at = start_of_day(cohort.ends_on) + HOUR
    done = complete_cohort(
        cohort=cohort, excluded={left_out.pk: "не сдала отчёт"}, by=an_owner(), at=at
    )
    assert {each.order_id for each in done.completed} == {orders[0].pk, orders[2].pk}
    assert list(done.excluded.values()) == ["не сдала отчёт"]
    assert Exclusion.objects.get().enrollment == left_out
    assert Enrollment.objects.get(pk=left_out.pk).state == EnrollmentState.ACTIVE


def test_a_completed_enrollment_says_when_in_the_database_itself(db):
    a_paid_order()
    with pytest.raises(IntegrityError), transaction.atomic():
        Enrollment.objects.update(state=EnrollmentState.COMPLETED)


@pytest.mark.clause("9.1")
def test_a_calendar_that_changes_later_moves_no_deadline(db):
    order = a_paid_order()
    open_performance_deadlines(at=start_of_day(order.cohort.ends_on))
    before = Deadline.objects.get()
    record_exception(
        day=date(2027, 1, 25),
        is_working=False,
        name_kk="Көшірілген күн",
        name_ru="Перенос",
        source="ҚР ҮҚ № 1",
        by="system",
        at=start_of_day(order.cohort.ends_on),
    )
    open_performance_deadlines(at=start_of_day(order.cohort.ends_on))
    after = Deadline.objects.get()
    assert (after.due_on, after.calendar_version) == (before.due_on, before.calendar_version)
    assert current_calendar().version != before.calendar_version


@pytest.mark.clause("9.1")
def test_a_term_that_runs_keeps_its_day(db):
    order = a_paid_order()
    day = order.cohort.ends_on
    open_performance_deadlines(at=start_of_day(day))
    with refusal():
        set_day_of_performance(
            enrollment=order.enrollment,
            day=day + timedelta(days=9),
            reason="позже",
            by=an_owner(),
            at=start_of_day(day),
        )
    assert Enrollment.objects.get().performed_on is None
