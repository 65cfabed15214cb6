"""How a contract ends before its service is performed (12.3); what follows is rules/endings.py."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import Enrollment, EnrollmentState, Order
from enrollment.operations.clarification.questions import end_question_of_ended_order
from enrollment.operations.places.places import release_place
from enrollment.operations.terms.certificate_clock import lift_certificate_clock
from enrollment.rules.endings import CONSEQUENCES, Way
from enrollment.rules.order_states import OrderState
from offer_site.accounts.models import User
from offer_site.journal.operations import Line, actor, record_lines

UNDER_CONTRACT = (OrderState.PREPAID, OrderState.PAID)


@transaction.atomic(savepoint=False)
def end_refunded_order(*, order: Order, occasion: str, by: User, at: datetime) -> Order:
    """End the contract of a locked order whose money is refunded (4.6, 12.3).

    `occasion` names the decision in the journal. Raises RuleViolation unless the order is under
    contract.
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

    Access ends with the state of the order, on the very next request. Raises RuleViolation unless
    the order is under contract.
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
