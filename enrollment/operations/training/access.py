"""Access to the course: one question, asked by everything that opens it (O5)."""

from datetime import datetime

from enrollment.models import Enrollment, EnrollmentState, Order, Suspension
from enrollment.operations.halves.rests import rest_of
from enrollment.rules.order_states import OrderState


def access_is_open(
    order: Order, enrollment: Enrollment, *, is_suspended: bool, at: datetime
) -> bool:
    """True while the learner studies, the payment allows it and no suspension stands (O5).

    The day of the rest is checked here: access closes with that day, whether or not the clock job
    has run (4.3.1).
    """
    if enrollment.state != EnrollmentState.ACTIVE or order.state not in (
        OrderState.PREPAID,
        OrderState.PAID,
    ):
        return False
    rest = rest_of(order, at=at)
    return not is_suspended and not (rest and rest.is_overdue)


def has_access(enrollment: Enrollment, *, at: datetime) -> bool:
    """The same, read from the database now: what opens a material or the group calls it."""
    is_suspended = Suspension.objects.standing().filter(enrollment=enrollment).exists()
    return access_is_open(enrollment.order, enrollment, is_suspended=is_suspended, at=at)
