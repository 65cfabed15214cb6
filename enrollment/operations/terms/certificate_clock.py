"""The clock of 9.1: it runs from the day of performance, and stands while a question about the
recipient is open (9.5).

A question that came before the term ran out stops it; one that came after does not undo that it ran
out. The end of the question starts the whole term anew.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from enrollment.models import Clarification, Deadline, Debtor, Enrollment, Order
from enrollment.models.order import OrderQuerySet
from enrollment.rules.order_states import OrderState
from offer_site.calendar.rules import Calendar
from offer_site.days import almaty_day
from offer_site.errors import RuleViolation

from .deadlines import lift_deadline, open_deadline, stop_deadline

CERTIFICATE_CLAUSE = "9.1"


def start_certificate_clock(
    order: Order, enrollment: Enrollment, *, at: datetime, calendar: Calendar | None = None
) -> None:
    """Open the term of the certificate; an open question stops it in the same moment.
    The caller holds the lock.
    """
    open_deadline(
        order=order,
        clause=CERTIFICATE_CLAUSE,
        days=order.edition.terms["certificate_working_days"],
        in_working_days=True,
        event_on=enrollment.day_of_performance,
        owed_by=Debtor.ACADEMY,
        at=at,
        calendar=calendar,
    )
    _stop_for_what_is_asked(order, at=at)


def stop_certificate_clock(question: Clarification, *, at: datetime) -> None:
    """Stop the terms of certificates that run, if the question came before they ran out; the caller
    holds the lock.

    A question about a company stops them for all orders of its invoice.
    """
    running = Deadline.objects.running().filter(clause=CERTIFICATE_CLAUSE)
    for order in [question.order, *orders_beside(question).filter(pk__in=running.values("order"))]:
        _stop(question, order, at=at)


def restart_certificate_clock(question: Clarification, *, at: datetime) -> None:
    """Start the terms anew where this question stopped them; the caller holds the order's lock with
    its edition (9.5).

    Where another question is open still, it stops the new term in the same moment.
    """
    stopped = Deadline.objects.filter(clause=CERTIFICATE_CLAUSE).exclude(stopped_for="")
    for order in [question.order, *orders_beside(question).filter(pk__in=stopped.values("order"))]:
        cause = cause_of(question, order)
        if (
            order.state == OrderState.TERMINATED
            or not stopped.filter(order=order, stopped_for=cause).exists()
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
    """The other orders whose company a question asks about, locked by their keys;
    none if it asks about one.
    """
    others = (
        Order.objects.people_locked().with_people().exclude(pk=question.order_id).order_by("pk")
    )
    return others.filter(invoice=question.invoice_id) if question.invoice_id else others.none()


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
    """Refuse a certificate while a question about its recipient is open;
    the caller holds the order's lock (9.5).
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
    """Close the term of the certificate of a contract that ended;
    the caller holds the order's lock (12.3).
    """
    running = Deadline.objects.running().filter(order=order, clause=CERTIFICATE_CLAUSE)
    for occasion in list(running.values_list("occasion", flat=True)):
        lift_deadline(order=order, clause=CERTIFICATE_CLAUSE, at=at, occasion=occasion)


def cause_of(question: Clarification, order: Order) -> str:
    """Name a question where it stops a term: by its number,
    or in the stead of another order's code by its key.
    """
    if question.order_id == order.pk:
        return f"clarification-{question.number}"
    return f"clarification-of-invoice-{question.pk}"
