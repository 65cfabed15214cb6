"""Suspending access after the day of the rest, restoring it at once with the payment (4.3.1)."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from enrollment.models import Enrollment, EnrollmentState, Order, Suspension, SuspensionGround
from enrollment.operations.access.questions import access_now
from enrollment.operations.access.suspending import end_suspension, suspend_access
from enrollment.operations.links import cabinet_link, order_link, service_name
from enrollment.rules.halves import is_overdue
from enrollment.rules.order_states import OrderState
from offer_site.days import almaty_day
from offer_site.journal.operations import SYSTEM
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import queue_notice
from offer_site.sweeps import one_by_one

from .rest_chat import tell_of_rest

CLAUSE = "4.3.1"
REST_UNPAID = SuspensionGround.REST_UNPAID


def suspend_overdue(*, at: datetime) -> list[str]:
    """Suspend access where the day of the rest ended unpaid; return the orders' codes.

    Each in its own transaction. Access closes by itself at the end of the day, on the next request:
    this writes the row, the journal and the letter (O5).
    """
    standing = Suspension.objects.standing().filter(ground=REST_UNPAID).values("enrollment__order")
    due = (
        Order.objects.filter(enrollment__state=EnrollmentState.ACTIVE)
        .exclude(pk__in=standing)
        .order_by("pk")
    )
    yesterday = almaty_day(at) - timedelta(days=1)
    overdue = one_by_one(
        due.rest_due_by(yesterday), lambda order: suspend_for_rest(order=order, at=at)
    )
    return [order.code for order, is_suspended in overdue if is_suspended]


@transaction.atomic(savepoint=False)
def suspend_for_rest(*, order: Order, at: datetime) -> bool:
    """Suspend one order's access because its rest is unpaid after its day.

    False when that is not so, or was done.
    """
    order = Order.objects.locked().with_people().get(pk=order.pk)
    enrollment = Enrollment.objects.filter(order=order, state=EnrollmentState.ACTIVE).first()
    if order.state != OrderState.PREPAID or enrollment is None:
        return False
    due_on = order.installments.get(number=2).day
    if not is_overdue(due_on=due_on, today=almaty_day(at)):
        return False
    facts = {"due_on": due_on.isoformat(), "rest": order.price - order.prepayment}
    if not suspend_access(
        order=order,
        enrollment=enrollment,
        ground=REST_UNPAID,
        clause=CLAUSE,
        by=SYSTEM,
        at=at,
        facts=facts,
    ):
        return False
    queue_notice(
        NoticeKind.ACCESS_SUSPENDED,
        about=("order", order.code),
        to=order.party.email,
        language=order.language,
        order=order.code,
        occasion=due_on.isoformat(),
        at=at,
        facts={
            "rest": order.price - order.prepayment,
            "pay_on": due_on.isoformat(),
            "package": service_name(order),
            "order_url": order_link(order),
        },
    )
    tell_of_rest(order, "access-suspended", due_on=due_on, occasion=due_on.isoformat(), at=at)
    return True


def end_with_the_rest(order: Order, *, amount: Decimal, paid_at: datetime, at: datetime) -> None:
    """Restore access because the rest was paid, and write to the student (4.3.1).

    Runs in the payment's transaction; the caller holds the order's lock with its people. Where
    another ground still stands, the letter tells of the payment alone.
    """
    facts_of_payment = {"paid_at": paid_at.isoformat()}
    ended = _end_for_rest(order, by=SYSTEM, at=at, facts=facts_of_payment)
    restored = ended and access_now(order, at=at).is_open
    facts: dict[str, str | int] = {
        "amount": str(amount),
        "paid_on": almaty_day(paid_at).isoformat(),
        "package": service_name(order),
    }
    facts |= (
        {"cabinet_url": cabinet_link(order.language)}
        if restored
        else {"order_url": order_link(order)}
    )
    queue_notice(
        NoticeKind.ACCESS_RESTORED if restored else NoticeKind.REST_PAID,
        about=("order", order.code),
        to=order.party.email,
        language=order.language,
        order=order.code,
        occasion=f"paid {at.isoformat()}"[:64],
        at=at,
        facts=facts,
    )
    tell_of_rest(
        order, "access-restored" if restored else "rest-paid", occasion=at.isoformat()[:64], at=at
    )


def restore_after_move(
    order: Order, *, to_day: date, by: str, at: datetime, put_off: bool = False
) -> bool:
    """Restore access because the rest has another day: by an agreement, or put off (4.3.1, 8.6).

    False when access was not suspended, or stays closed on another ground. The caller holds the
    order's lock.
    """
    ended = _end_for_rest(order, by=by, at=at, facts={"rest_on": to_day.isoformat()})
    if not ended or not access_now(order, at=at).is_open:
        return False
    queue_notice(
        NoticeKind.ACCESS_RESTORED,
        about=("order", order.code),
        to=order.party.email,
        language=order.language,
        order=order.code,
        occasion=f"{'put off' if put_off else 'moved'} {to_day.isoformat()}",
        at=at,
        facts={
            "pay_on": to_day.isoformat(),
            "package": service_name(order),
            "cabinet_url": cabinet_link(order.language),
        }
        | ({"put_off": "yes"} if put_off else {}),
    )
    return True


def _end_for_rest(order: Order, *, by: str, at: datetime, facts: dict[str, str]) -> bool:
    standing = Suspension.objects.filter(ground=REST_UNPAID)
    return end_suspension(order=order, standing=standing, by=by, at=at, facts=facts)
