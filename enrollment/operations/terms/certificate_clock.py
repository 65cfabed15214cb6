"""The term of 9.1: it runs from the day of performance, and a question of 9.5 stops it.

A question that came before the term ran out stops it; one that came later does not change that it
ran out. The end of the question starts the whole term anew.
"""

from datetime import date, datetime

from django.db.models import Q
from django.db.models.expressions import Combinable
from django.utils.translation import gettext as _

from enrollment.models import (
    Clarification,
    Deadline,
    Debtor,
    Enrollment,
    EnrollmentState,
    Order,
)
from enrollment.models.deadline import DeadlineQuerySet
from enrollment.models.order import OrderQuerySet
from enrollment.rules.order_states import OrderState
from offer_site.calendar.rules import Calendar
from offer_site.days import almaty_day
from offer_site.errors import RuleViolation

from .deadlines import lift_deadline, open_deadline, stop_deadline

CERTIFICATE_CLAUSE = "9.1"
PUT_OFF = "force-majeure"  # how a term names the event that put the day of performance off


def start_certificate_clock(
    order: Order, enrollment: Enrollment, *, at: datetime, calendar: Calendar | None = None
) -> None:
    """Open the term of the certificate, unless it was counted from this day of performance.

    An open question stops it at the same moment. The caller holds the order's lock.
    """
    day = enrollment.day_of_performance
    terms = Deadline.objects.filter(order=order, clause=CERTIFICATE_CLAUSE)
    if not counted_from(day).filter(pk__in=terms).exists():
        open_deadline(
            order=order,
            clause=CERTIFICATE_CLAUSE,
            days=order.edition.terms["certificate_working_days"],
            in_working_days=True,
            event_on=day,
            owed_by=Debtor.ACADEMY,
            at=at,
            occasion=f"performed {day.isoformat()}" if terms.exists() else "first",
            calendar=calendar,
        )
    _stop_for_what_is_asked(order, at=at)


def counted_from(day: date | Combinable) -> DeadlineQuerySet:
    """Terms of certificates that run, or were counted from this day of performance or later.

    One that stopped because the day of performance was put off counts no more (8.6).
    """
    counted = Q(event_on__gte=day) & ~Q(stopped_for__startswith=PUT_OFF)
    return Deadline.objects.filter(counted | Q(met_at=None), clause=CERTIFICATE_CLAUSE)


def term_runs(order: Order) -> bool:
    """True once the term of the certificate was opened, unless it waits for a day put off (8.6)."""
    terms = Deadline.objects.filter(order=order, clause=CERTIFICATE_CLAUSE)
    return terms.exclude(stopped_for__startswith=PUT_OFF).exists()


def stop_until_performed(order: Order, day: date, *, because: str, at: datetime) -> None:
    """Stop the term that runs from before the day to which performance was put off (8.6).

    It is counted anew from that day. One that an answer opened later goes on. The caller holds the
    order's lock.
    """
    running = Deadline.objects.running().filter(
        order=order, clause=CERTIFICATE_CLAUSE, event_on__lt=day
    )
    for deadline in running.select_related("order"):
        stop_deadline(deadline=deadline, cause=because, at=at)


def stop_certificate_clock(question: Clarification, *, at: datetime) -> None:
    """Stop the running terms of certificates that had not run out when the question was asked.

    The caller holds the order's lock. A question about a company stops them for all orders of its
    invoice.
    """
    running = Deadline.objects.running().filter(clause=CERTIFICATE_CLAUSE)
    for order in [question.order, *orders_beside(question).filter(pk__in=running.values("order"))]:
        _stop(question, order, at=at)


def restart_certificate_clock(question: Clarification, *, at: datetime) -> None:
    """Start the terms anew where this question stopped them (9.5).

    The caller holds the order's lock with its edition. If another question is still open, it stops
    the new term at the same moment. Where the day of performance was put off meanwhile, the term
    starts with that day.
    """
    stopped = Deadline.objects.filter(clause=CERTIFICATE_CLAUSE).exclude(stopped_for="")
    for order in [question.order, *orders_beside(question).filter(pk__in=stopped.values("order"))]:
        cause = cause_of(question, order)
        if (
            order.state == OrderState.TERMINATED
            or not stopped.filter(order=order, stopped_for=cause).exists()
            or _is_ahead(order, at=at)
        ):
            continue
        open_deadline(
            order=order,
            clause=CERTIFICATE_CLAUSE,
            days=order.edition.terms["certificate_working_days"],
            in_working_days=True,
            event_on=almaty_day(at),
            owed_by=Debtor.ACADEMY,
            at=at,
            occasion=cause.replace("clarification", "after"),
            because=cause,
        )
        _stop_for_what_is_asked(order, at=at)


def orders_beside(question: Clarification) -> OrderQuerySet:
    """The other orders of the invoice that a question asks about, locked by their keys; or none."""
    others = (
        Order.objects.people_locked().with_people().exclude(pk=question.order_id).order_by("pk")
    )
    return others.filter(invoice=question.invoice_id) if question.invoice_id else others.none()


def _is_ahead(order: Order, *, at: datetime) -> bool:
    """True if the service is still to be performed on a day to come."""
    taught = Enrollment.objects.filter(order=order, state=EnrollmentState.ACTIVE)
    return any(each.day_of_performance > almaty_day(at) for each in taught.select_related("cohort"))


def _stop_for_what_is_asked(order: Order, *, at: datetime) -> None:
    question = Clarification.objects.open().holding_up(order.pk).order_by("pk").first()
    if question:
        _stop(question, order, at=at)


def _stop(question: Clarification, order: Order, *, at: datetime) -> None:
    running = Deadline.objects.running().filter(
        order=order, clause=CERTIFICATE_CLAUSE, due_before__gt=question.asked_at
    )
    for deadline in running.select_related("order"):
        stop_deadline(deadline=deadline, cause=cause_of(question, order), at=at)


def require_no_open_question(enrollment: Enrollment) -> None:
    """Raise RuleViolation while a question about the recipient is open (9.5).

    The caller holds the order's lock.
    """
    if Clarification.objects.open().holding_up(enrollment.order_id).exists():
        raise RuleViolation(
            _(
                "A question about the recipient is open. The certificate is issued after its "
                "answer."
            ),
            clause="9.5",
        )


def lift_certificate_clock(order: Order, *, at: datetime) -> None:
    """Close the term of the certificate of a contract that ended (12.3).

    The caller holds the order's lock.
    """
    running = Deadline.objects.running().filter(order=order, clause=CERTIFICATE_CLAUSE)
    for occasion in list(running.values_list("occasion", flat=True)):
        lift_deadline(order=order, clause=CERTIFICATE_CLAUSE, at=at, occasion=occasion)


def cause_of(question: Clarification, order: Order) -> str:
    """How a stopped term names the question: by number, or by key on another order's term."""
    if question.order_id == order.pk:
        return f"clarification-{question.number}"
    return f"clarification-of-invoice-{question.pk}"
