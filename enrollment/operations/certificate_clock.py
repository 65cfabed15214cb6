"""The clock of 9.1: it runs from the day of performance, and stands while a question about the recipient is open (9.5).

A question that came before the term ran out stops it; one that came after does not undo that it ran out. The end of the
question starts the whole term anew.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from enrollment.models import Clarification, Deadline, Debtor, Enrollment, Order
from offer_site.calendar.rules import Calendar
from offer_site.days import almaty_day
from offer_site.errors import RuleViolation

from .deadlines import lift_deadline, open_deadline, stop_deadline

CERTIFICATE_CLAUSE = "9.1"


def start_certificate_clock(
    order: Order, enrollment: Enrollment, *, at: datetime, calendar: Calendar | None = None
) -> None:
    """Open the term of the certificate; an open question stops it in the same moment. The caller holds the lock."""
    open_deadline(
        order=order, clause=CERTIFICATE_CLAUSE, days=order.edition.terms["certificate_working_days"],
        in_working_days=True, event_on=enrollment.day_of_performance, owed_by=Debtor.ACADEMY, at=at, calendar=calendar,
    )  # fmt: skip
    question = Clarification.objects.open().filter(order=order).first()
    if question:
        stop_certificate_clock(question, at=at)


def stop_certificate_clock(question: Clarification, *, at: datetime) -> None:
    """Stop the term of the certificate that runs, if the question came before it ran out; the caller holds the lock."""
    running = Deadline.objects.running().filter(
        order=question.order_id, clause=CERTIFICATE_CLAUSE, due_before__gt=question.asked_at
    )
    for deadline in running.select_related("order"):
        stop_deadline(deadline=deadline, cause=cause_of(question), at=at)


def restart_certificate_clock(question: Clarification, *, at: datetime) -> Deadline | None:
    """Start the term anew where this question stopped it; the caller holds the order's lock with its edition (9.5)."""
    stopped = Deadline.objects.filter(
        order=question.order_id, clause=CERTIFICATE_CLAUSE, stopped_for=cause_of(question)
    )
    if not stopped.exists():
        return None
    order = question.order
    return open_deadline(
        order=order, clause=CERTIFICATE_CLAUSE, days=order.edition.terms["certificate_working_days"],
        in_working_days=True, event_on=almaty_day(at), owed_by=Debtor.ACADEMY, at=at,
        occasion=f"after-{question.number}", because=cause_of(question),
    )  # fmt: skip


def require_no_open_question(enrollment: Enrollment) -> None:
    """Refuse a certificate while a question about its recipient is open; the caller holds the order's lock (9.5)."""
    if Clarification.objects.open().filter(order=enrollment.order_id).exists():
        raise RuleViolation(
            _("A question about the recipient is open. The certificate is issued after its answer."), clause="9.5"
        )


def lift_certificate_clock(order: Order, *, at: datetime) -> None:
    """Close the term of the certificate of a contract that ended; the caller holds the order's lock (12.3)."""
    running = Deadline.objects.running().filter(order=order, clause=CERTIFICATE_CLAUSE)
    for occasion in list(running.values_list("occasion", flat=True)):
        lift_deadline(order=order, clause=CERTIFICATE_CLAUSE, at=at, occasion=occasion)


def cause_of(question: Clarification) -> str:
    return f"clarification-{question.number}"
