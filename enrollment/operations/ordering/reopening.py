"""Reopening a lapsed order for a new day, within the seats: a decision of staff (4.3, 4.6)."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import Edition, Order
from enrollment.operations.links import order_link, service_name
from enrollment.operations.places.places import claim_place
from enrollment.rules.order_states import OrderState
from offer_site.accounts.models import User
from offer_site.days import almaty_day, end_of_day, short_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor, record
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import queue_notice
from offer_site.retries import once_more_if_beaten

from .balances import offer_is_withdrawn
from .orders import ENDED


@once_more_if_beaten
@transaction.atomic(savepoint=False)
def reopen_order(
    *, order: Order, day: date, reason: str, by: User, at: datetime, received: Decimal = Decimal(0)
) -> Order:
    """Reopen a lapsed order until the end of a new day, at its old price (4.3, 4.6, M10).

    `received` is what the order has already, in tenge. The buyer gets a letter. Raises
    RuleViolation when the day is over, no place is free, the offer is withdrawn, or the learner has
    another order in the cohort.
    """
    order = Order.objects.people_locked().with_people().get(pk=order.pk)
    order.require(OrderState.LAPSED, message=_("Only a lapsed order is reopened."), clause="4.3")
    if day < almaty_day(at):
        raise RuleViolation(
            _("This day is over. Name today or a later day."), clause="4.3", field="day"
        )
    set_new_day(order=order, day=day, reason=reason, by=by, at=at)
    tell_of_new_day(order=order, received=received, at=at)
    return order


@transaction.atomic(savepoint=False)
def set_new_day(*, order: Order, day: date, reason: str, by: User, at: datetime) -> None:
    """Give a locked unpaid order a new day; a lapsed one awaits payment again (4.3, 4.6).

    A lapsed order takes a place of its own. The day may be over: then there is money of that day,
    and the caller applies it in the same transaction.
    """
    facts = {"from": order.placed_on.isoformat(), "to": day.isoformat(), "reason": reason}
    if max(day, almaty_day(at)) > order.cohort.ends_on:
        raise RuleViolation(_("The course is over."), clause="4.3", field="day")
    if order.installments.filter(number__gt=1, due_on__lte=day).exists():
        raise RuleViolation(
            _("The day of the rest comes before this day. Halves are to be agreed anew."),
            clause="4.3.1",
            field="day",
        )
    if order.state == OrderState.LAPSED:
        require_an_offer_that_stands(at)
        _require_no_other_order(order)
        # The order moves before it takes a place, as in placing an order: so the same learner's new
        # order and this one never wait for each other.
        order.move_to(OrderState.AWAITING_PAYMENT)
        until = at + timedelta(minutes=settings.PLACE_HOLD_MINUTES)
        end = end_of_day(day)
        if not claim_place(order=order, at=at, until=min(until, end) if end > at else until):
            raise RuleViolation(_("No places are left in this cohort."), clause="4.6")
    order.placed_on = day
    order.reopened_on = min(day, almaty_day(at))
    order.save(update_fields=["placed_on", "reopened_on"])
    order.installments.filter(number=1).update(due_on=day)
    record(
        "order.reopened",
        about=("order", order.code),
        order=order.code,
        facts=facts,
        by=actor(by),
        at=at,
        clause="4.3",
    )


def tell_of_new_day(*, order: Order, received: Decimal, at: datetime) -> None:
    """Queue the letter: until when the reopened order can be paid, and how much is due (12.1)."""
    queue_notice(
        NoticeKind.ORDER_REOPENED,
        about=("order", order.code),
        to=order.party.email,
        language=order.language,
        order=order.code,
        occasion=at.isoformat(),
        at=at,
        facts={
            "due": order.prepayment - int(received),
            "pay_on": order.placed_on.isoformat(),
            "package": service_name(order),
            "starts_on": order.cohort.starts_on.isoformat(),
            "ends_on": order.cohort.ends_on.isoformat(),
            "order_url": order_link(order),
        },
    )


def require_an_offer_that_stands(at: datetime) -> None:
    """Raise RuleViolation while the offer is withdrawn (2.4).

    The edition is locked: a withdrawal at the same moment waits, and then lapses this order too.
    """
    current = Edition.objects.in_force(at).values("pk")
    list(Edition.objects.select_for_update(no_key=True).filter(pk__in=current).values_list("pk"))
    if offer_is_withdrawn(at):
        raise RuleViolation(
            _("The offer is withdrawn. No order is reopened until it stands again."), clause="2.4"
        )


def _require_no_other_order(order: Order) -> None:
    """Raise RuleViolation if the learner has another order in the cohort (3.3, O4)."""
    others = Order.objects.filter(learner_key=order.learner_key, cohort=order.cohort_id).exclude(
        pk=order.pk
    )
    other = others.exclude(state__in=ENDED).first()
    if other:
        raise RuleViolation(
            _("The learner has another order in this cohort: %(code)s, %(state)s.")
            % {"code": other.code, "state": other.get_state_display()},
            clause="3.3",
        )


def new_day_in_words(order: Order) -> str:
    """The sentence shown to staff."""
    return _("The order %(code)s can be paid until 24:00 of %(day)s.") % {
        "code": order.code,
        "day": short_day(order.placed_on),
    }
