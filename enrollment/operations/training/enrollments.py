"""Completing the service: the day of performance, and the term of 9.1."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from enrollment.models import Cohort, Enrollment, EnrollmentState, Exclusion, Order
from enrollment.operations.terms.certificate_clock import (
    counted_from,
    start_certificate_clock,
    stop_until_performed,
    term_runs,
)
from enrollment.rules.order_states import OrderState
from offer_site.accounts.models import User
from offer_site.calendar.operations import current_calendar
from offer_site.calendar.rules import Calendar
from offer_site.days import almaty_day, short_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import Line, actor, record, record_lines
from offer_site.sweeps import one_by_one

from .terminations import agreed_end, require_performance_after_agreed_end


@dataclass
class Completion:
    """Who was completed, and who was left out and why."""

    completed: list[Enrollment] = field(default_factory=list)
    excluded: dict[Enrollment, str] = field(default_factory=dict)


@transaction.atomic(savepoint=False)
def complete_enrollment(*, enrollment: Enrollment, by: User, at: datetime) -> Enrollment:
    """Record that the service is performed (9.1, 3.3).

    The term of the certificate runs from the day of performance, not from this moment.
    """
    order = Order.objects.locked().with_people().get(enrollment=enrollment.pk)
    enrollment = Enrollment.objects.select_related("cohort").get(pk=enrollment.pk)
    if enrollment.state == EnrollmentState.COMPLETED:
        return enrollment
    day = enrollment.day_of_performance
    if enrollment.state != EnrollmentState.ACTIVE:
        raise RuleViolation(_("A terminated enrollment is not completed."), clause="9.1")
    order.require(OrderState.PAID, message=_("The order is not paid in full yet."), clause="4.3.1")
    if ends_on := agreed_end(order):
        raise RuleViolation(
            _("Both sides agreed that this contract ends on %(day)s: it is not performed.")
            % {"day": short_day(ends_on)},
            clause="12.4",
        )
    if almaty_day(at) < day:
        raise RuleViolation(
            _("The day of performance is %(day)s; it has not come yet.")
            % {"day": f"{day:%d.%m.%Y}"},
            clause="9.1",
        )
    order.move_to(OrderState.COMPLETED)
    enrollment.state = EnrollmentState.COMPLETED
    enrollment.completed_at = at
    enrollment.completed_by = actor(by)
    enrollment.save(update_fields=["state", "completed_at", "completed_by"])
    lines = [
        Line(
            "enrollment.completed",
            ("enrollment", str(enrollment.pk)),
            {"performed_on": day.isoformat()},
            "9.1",
        ),
        Line(
            "order.moved",
            ("order", order.code),
            {"from": OrderState.PAID, "to": OrderState.COMPLETED},
            "3.3",
        ),
    ]
    record_lines(lines, order=order.code, by=actor(by), at=at)
    start_certificate_clock(order, enrollment, at=at)
    return enrollment


def complete_cohort(
    *, cohort: Cohort, excluded: dict[int, str], by: User, at: datetime
) -> Completion:
    """Complete every learner of a cohort, except those in `excluded` (reasons by enrollment key).

    Whose own day of performance is still ahead waits for it. Each is completed in its own
    transaction. A learner whose completion is refused is left out too.
    """
    done = Completion()
    active = (
        Enrollment.objects.not_completed()
        .performed_by(almaty_day(at))
        .filter(cohort=cohort)
        .select_related("cohort", "order", "learner")
    )
    for enrollment in active.order_by("pk"):
        reason = excluded.get(enrollment.pk, "")
        if not reason:
            try:
                done.completed.append(complete_enrollment(enrollment=enrollment, by=by, at=at))
                continue
            except RuleViolation as refused:
                reason = str(refused)
        exclude_from_completion(enrollment=enrollment, reason=reason, by=by, at=at)
        done.excluded[enrollment] = reason
    return done


@transaction.atomic(savepoint=False)
def exclude_from_completion(
    *, enrollment: Enrollment, reason: str, by: User, at: datetime
) -> Exclusion:
    """Leave a student out of the completion, with the reason (C3).

    Staff see the student in "Needs attention".
    """
    order = Order.objects.locked().get(enrollment=enrollment.pk)
    exclusion = Exclusion.objects.create(enrollment=enrollment, reason=reason, at=at, by=by)
    about = ("enrollment", str(enrollment.pk))
    # The reason stays on the row: it is staff's own words and may name a person.
    facts = {"exclusion": exclusion.pk}
    record(
        "enrollment.excluded",
        about=about,
        order=order.code,
        facts=facts,
        by=actor(by),
        at=at,
        clause="9.1",
    )
    return exclusion


@transaction.atomic(savepoint=False)
def set_day_of_performance(
    *, enrollment: Enrollment, day: date, reason: str, by: User, at: datetime
) -> Enrollment:
    """Set a day of performance for one student, with the reason (9.1)."""
    order = Order.objects.locked().get(enrollment=enrollment.pk)
    enrollment = Enrollment.objects.select_related("cohort").get(pk=enrollment.pk)
    if enrollment.state != EnrollmentState.ACTIVE:
        raise RuleViolation(_("The service is performed already."), clause="9.1")
    if day < enrollment.cohort.starts_on:
        raise RuleViolation(
            _("The service is not performed before the course begins."), clause="9.1", field="day"
        )
    if term_runs(order):
        raise RuleViolation(_("The term of the certificate is running already."), clause="9.1")
    require_performance_after_agreed_end(order, day, field="day")
    facts = {
        "from": enrollment.day_of_performance.isoformat(),
        "to": day.isoformat(),
        "reason": reason,
    }
    enrollment.performed_on = day
    enrollment.save(update_fields=["performed_on"])
    about = ("enrollment", str(enrollment.pk))
    record(
        "enrollment.day_set",
        about=about,
        order=order.code,
        facts=facts,
        by=actor(by),
        at=at,
        clause="9.1",
    )
    return enrollment


def put_off_performance(
    *, order: Order, enrollment: Enrollment, days: int, because: str, by: str, at: datetime
) -> date:
    """Put off the day of performance by the length of a force majeure; return the new day (8.6).

    It becomes the student's own day: the cohort's last day is that of others too, and was accepted.
    A term of 9.1 that runs already stops, and is counted anew from the new day. The caller holds
    the order's lock.
    """
    before = enrollment.day_of_performance
    enrollment.performed_on = before + timedelta(days=days)
    enrollment.save(update_fields=["performed_on"])
    facts = {
        "from": before.isoformat(),
        "to": enrollment.performed_on.isoformat(),
        "days": days,
        "because": because,
    }
    record(
        "enrollment.put_off",
        about=("enrollment", str(enrollment.pk)),
        order=order.code,
        facts=facts,
        by=by,
        at=at,
        clause="8.6",
    )
    stop_until_performed(order, enrollment.performed_on, because=because, at=at)
    return enrollment.performed_on


def open_performance_deadlines(*, at: datetime) -> list[str]:
    """Start the term of 9.1 where the day of performance has come; return the orders' codes."""
    waiting = (
        Enrollment.objects.performed_by(almaty_day(at))
        .filter(
            ~Exists(counted_from(OuterRef("day")).filter(order=OuterRef("order"))),
            state=EnrollmentState.ACTIVE,
        )
        .order_by("pk")
    )
    calendar = current_calendar()
    opened = one_by_one(
        waiting, lambda enrollment: _open_performance_deadline(enrollment, calendar, at=at)
    )
    return [code for _enrollment, code in opened if code]


@transaction.atomic
def _open_performance_deadline(enrollment: Enrollment, calendar: Calendar, *, at: datetime) -> str:
    order = Order.objects.locked().select_related("edition").get(enrollment=enrollment.pk)
    current = Enrollment.objects.select_related("cohort").get(pk=enrollment.pk)
    if current.state != EnrollmentState.ACTIVE or current.day_of_performance > almaty_day(at):
        return ""
    start_certificate_clock(order, current, at=at, calendar=calendar)
    return order.code
