"""The rest of an order paid by half: how much, until when, reminders, another day (4.3.1)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import Enrollment, EnrollmentState, Order, RestMove
from enrollment.operations.links import order_link, rest_facts, service_name
from enrollment.rules.halves import REMIND_BEFORE, is_overdue, reminder_due
from enrollment.rules.order_states import OrderState
from offer_site.accounts.models import User
from offer_site.days import almaty_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import Line, actor, record, record_lines
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from offer_site.notices.operations import queue_notice
from offer_site.sweeps import one_by_one

from .rest_chat import tell_of_rest
from .suspensions import restore_after_move
from .telegram_evidence import StaffEvidence, facts_of

CLAUSE = "4.3.1"


@dataclass(frozen=True)
class Rest:
    """What is still due, in whole tenge, until 24:00 of `due_on` in Almaty."""

    amount: int
    due_on: date
    is_overdue: bool


def rest_of(order: Order, *, at: datetime) -> Rest | None:
    """The rest of a prepaid order; None when nothing is left to pay, or nothing was paid yet."""
    if order.state != OrderState.PREPAID:
        return None
    part = next(part for part in order.installments.all() if part.number == 2)
    return Rest(part.amount, part.day, is_overdue(due_on=part.day, today=almaty_day(at)))


def remind_of_rests(*, at: datetime) -> list[tuple[str, int]]:
    """Remind of every rest due in 7, 3 or 1 days, or today; return the orders' codes and the days.

    Each is sent in its own transaction. A missed run is made up for by one letter, and none is sent
    twice (N1).
    """
    soon = almaty_day(at) + timedelta(days=max(REMIND_BEFORE))
    due = (
        Order.objects.rest_due_by(soon)
        .filter(enrollment__state=EnrollmentState.ACTIVE)
        .order_by("pk")
    )
    reminded = one_by_one(due, lambda order: remind_of_rest(order=order, at=at))
    return [(order.code, days) for order, days in reminded if days is not None]


@transaction.atomic(savepoint=False)
def remind_of_rest(*, order: Order, at: datetime) -> int | None:
    """Send the reminder of one rest that is due by now, by e-mail and Telegram.

    Returns the days before; None when it was sent already.
    """
    order = Order.objects.people_locked().with_people().get(pk=order.pk)
    rest = rest_of(order, at=at)
    if rest is None:
        return None
    days = reminder_due(rest_on=rest.due_on, placed_on=order.placed_on, today=almaty_day(at))
    about = ("order", order.code)
    occasion = f"{rest.due_on.isoformat()} {days}"
    sent = Notice.objects.filter(
        kind=NoticeKind.REST_REMINDER, about_kind=about[0], about_key=about[1]
    )
    if days is None or sent.filter(occasion=occasion).exists():
        return None
    queue_notice(
        NoticeKind.REST_REMINDER,
        about=about,
        to=order.party.email,
        language=order.language,
        order=order.code,
        occasion=occasion,
        at=at,
        facts={
            "rest": rest.amount,
            "days": (rest.due_on - almaty_day(at)).days,
            "pay_on": rest.due_on.isoformat(),
            "package": service_name(order),
            "order_url": order_link(order),
        },
    )
    tell_of_rest(order, "rest-reminder", due_on=rest.due_on, occasion=occasion, at=at)
    return days


def is_still_to_be_reminded(notice: Notice, *, at: datetime) -> bool:
    """False once the rest is paid, its day moved, or the days that the letter counts are over."""
    order = Order.objects.prefetch_related("installments").get(code=notice.order_code)
    rest = rest_of(order, at=at)
    if rest is None:
        return False
    left = (rest.due_on - almaty_day(at)).days
    return (rest.due_on.isoformat(), left) == (notice.facts["pay_on"], notice.facts["days"])


@transaction.atomic(savepoint=False)
def move_rest_day(
    *, order: Order, to_day: date, reason: str, evidence: StaffEvidence, at: datetime
) -> RestMove:
    """Move the day of the rest by a new agreement, with its reason and picture (4.3.1).

    Access that was suspended opens again. The accepted day stays with the acceptance. Raises
    RuleViolation for a day outside the course, and for an order without a rest.
    """
    order = Order.objects.people_locked().with_people().get(pk=order.pk)
    order.require(
        OrderState.PREPAID, message=_("Nothing of this order is left to pay."), clause=CLAUSE
    )
    part = order.installments.get(number=2)
    enrollment = Enrollment.objects.select_related("cohort").get(order=order)
    # a force majeure may have put off the student's last day (8.6)
    ends_on = max(enrollment.cohort.ends_on, enrollment.day_of_performance)
    if not almaty_day(at) <= to_day < ends_on:
        sentence = _("The rest is paid from today on, before the last day of the course, %(day)s.")
        raise RuleViolation(
            sentence % {"day": f"{ends_on:%d.%m.%Y}"}, clause=CLAUSE, field="to_day"
        )
    if to_day == part.day:
        raise RuleViolation(
            _("This is the day of the rest already."), clause=CLAUSE, field="to_day"
        )
    if evidence.said_at > at:
        raise RuleViolation(_("This has not been said yet."), clause=CLAUSE, field="said_at")
    move = RestMove.objects.create(
        installment=part,
        from_day=part.day,
        to_day=to_day,
        reason=reason,
        recorded_at=at,
        **evidence.fields(""),
    )
    part.moved_to = to_day
    part.save(update_fields=["moved_to"])
    about = ("order", order.code)
    facts = {
        "from": move.from_day.isoformat(),
        "to": to_day.isoformat(),
        "move": move.pk,
        **facts_of(evidence, ""),
    }
    record(
        "rest.moved",
        about=about,
        order=order.code,
        facts=facts,
        by=evidence.by,
        at=at,
        clause=CLAUSE,
    )
    if not restore_after_move(order, to_day=to_day, by=evidence.by, at=at):
        queue_notice(
            NoticeKind.REST_MOVED,
            about=about,
            to=order.party.email,
            language=order.language,
            order=order.code,
            occasion=str(move.pk),
            at=at,
            facts={
                "package": service_name(order),
                "order_url": order_link(order),
                **rest_facts(order, to_day),
            },
        )
    tell_of_rest(order, "rest-moved", due_on=to_day, occasion=str(move.pk), at=at)
    return move


def put_off_rest(
    *, order: Order, to_day: date, days: int, because: str, by: str, at: datetime
) -> None:
    """Put off the day of the rest to the day that the length of a force majeure leads to (8.6).

    Access that was suspended opens again, if the new day is still ahead. The caller holds the
    order's lock, read with its people, and writes the letter; the chat is told here.
    """
    part = order.installments.get(number=2)
    facts = {
        "from": part.day.isoformat(),
        "to": to_day.isoformat(),
        "days": days,
        "because": because,
    }
    part.moved_to = to_day
    part.save(update_fields=["moved_to"])
    record(
        "rest.put_off",
        about=("order", order.code),
        order=order.code,
        facts=facts,
        by=by,
        at=at,
        clause="8.6",
    )
    restore_after_move(order, to_day=to_day, put_off=True, by=by, at=at)
    if to_day >= almaty_day(at):
        tell_of_rest(order, "rest-moved", due_on=to_day, occasion=because, at=at)


@transaction.atomic(savepoint=False)
def make_rest_due_again(
    *, order: Order, received: Decimal, occasion: str, by: User, at: datetime
) -> Order:
    """Make the rest of a locked order due again, whose entry was found wrong (4.3.1).

    `received` is what the order has without it; `occasion` names the correction in the journal.
    The day stays as it was agreed on; past it, the clock suspends access as for any unpaid rest.
    """
    order.require(OrderState.PAID, message=_("The rest of this order is not paid."), clause="4.3.1")
    order.move_to(OrderState.PREPAID)
    facts = {
        "from": OrderState.PAID.value,
        "to": OrderState.PREPAID.value,
        "received": str(received),
        "by": occasion,
    }
    line = Line("order.moved", ("order", order.code), facts, "4.3.1")
    record_lines([line], order=order.code, by=actor(by), at=at)
    return order
