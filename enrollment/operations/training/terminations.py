"""How a contract ends before its service is performed (12.3); what follows is rules/endings.py."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import EndingProposal, Enrollment, EnrollmentState, Order
from enrollment.operations.clarification.questions import end_question_of_ended_order
from enrollment.operations.places.places import release_place
from enrollment.operations.terms.certificate_clock import lift_certificate_clock
from enrollment.rules.endings import CONSEQUENCES, Way
from enrollment.rules.order_states import OrderState
from offer_site.accounts.models import User
from offer_site.days import short_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import Line, actor, record_lines
from offer_site.money import tenge_text

UNDER_CONTRACT = (OrderState.PREPAID, OrderState.PAID)


def lock_to_end(key: int) -> Order:
    """Lock an order with its people, and all of its invoice, before its contract may end.

    The end of a contract asks the next order of the invoice what was asked under it (9.5).
    """
    locked = Order.objects.people_locked().with_people().beside(pk=key)
    return next(order for order in locked if order.pk == key)


@transaction.atomic(savepoint=False)
def end_refunded_order(*, order: Order, occasion: str, by: User, at: datetime) -> Order:
    """End the contract of a locked order whose money is refunded (4.6, 12.3).

    The order is locked as by `lock_to_end`. `occasion` names the decision in the journal.
    Raises RuleViolation unless the order is under contract.
    """
    order.require(
        *UNDER_CONTRACT,
        message=_("Only a contract that is not performed yet can end with a refund."),
        clause="12.3",
    )
    return end_contract(order=order, way=Way.LAW, occasion=occasion, by=actor(by), at=at)


@transaction.atomic(savepoint=False)
def end_contract(*, order: Order, way: Way, occasion: str, by: str, at: datetime) -> Order:
    """End the contract of a locked order that runs, with all that follows from the way (12.3).

    The caller has locked it as `lock_to_end` does. Access ends with the state of the order, on the
    very next request. Raises RuleViolation unless the order is under contract.
    """
    follows = CONSEQUENCES[way]
    order.require(
        *UNDER_CONTRACT,
        message=_("Only a contract that is not performed yet can end."),
        clause=follows.clause,
    )
    before = order.state
    order.move_to(OrderState.TERMINATED)
    enrollment = Enrollment.objects.get(order=order)
    enrollment.state = EnrollmentState.TERMINATED
    enrollment.save(update_fields=["state"])
    if follows.frees_place:
        release_place(order=order)
    moved = {"from": before, "to": OrderState.TERMINATED.value, "by": occasion}
    ended = {"by": occasion}
    lines = [
        Line("order.moved", ("order", order.code), moved, follows.clause),
        Line("enrollment.terminated", ("enrollment", str(enrollment.pk)), ended, follows.clause),
    ]
    record_lines(lines, order=order.code, by=by, at=at)
    if follows.lifts_deadlines:
        lift_certificate_clock(order, at=at)
        end_question_of_ended_order(order, by=by, at=at)
    return order


def require_that_it_came(order: Order, sum_to_return: int, *, clause: str, field: str) -> None:
    """Refuse to promise back more than certainly came: the price, or before it the first half.

    A part of the rest that came as well goes back by a refund case, which knows the ledger.
    """
    came = order.price if order.state == OrderState.PAID else order.prepayment
    if sum_to_return > came:
        raise RuleViolation(
            _("Of this order %(came)s came. More than that cannot go back.")
            % {"came": tenge_text(came)},
            clause=clause,
            field=field,
        )


def agreed_end(order: Order) -> date | None:
    """The day on which both sides agreed to end a contract that runs; None if they did not (12.4).

    The caller holds the order's lock. No service is performed before that day.
    """
    return (
        EndingProposal.objects.agreed()
        .filter(order=order)
        .values_list("ends_on", flat=True)
        .first()
    )


def require_performance_after_agreed_end(order: Order, day: date, *, field: str) -> None:
    """Refuse a day of performance before the day on which the contract ends by agreement (12.4)."""
    ends_on = agreed_end(order)
    if ends_on and day < ends_on:
        raise RuleViolation(
            _("Both sides agreed that the contract ends on %(day)s. The course cannot end before.")
            % {"day": short_day(ends_on)},
            clause="12.4",
            field=field,
        )
