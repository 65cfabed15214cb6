"""Is the course open? Every page and every door of the course asks here (4.3.1, 6.5, 11.5, O5)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from enrollment.models import Order, Suspension
from enrollment.rules.access import Access, judge_access
from enrollment.rules.order_states import OrderState
from offer_site.days import almaty_day


def access_to(order: Order, *, suspended_for: Iterable[str], at: datetime) -> Access:
    """Judge access by what was read already: the order with its installments, and the grounds."""
    return judge_access(
        state=order.state,
        rest_due_on=_rest_due_on(order),
        suspended_for=suspended_for,
        today=almaty_day(at),
    )


def access_now(order: Order, *, at: datetime) -> Access:
    """Judge access by what the database says at this moment, whatever was read before.

    So what shuts off access ends it on the very next request, in every session.
    """
    current = Order.objects.prefetch_related("installments").get(pk=order.pk)
    return access_to(current, suspended_for=standing_grounds(current), at=at)


def open_now(orders: Iterable[Order], *, at: datetime) -> set[int]:
    """The keys of those of these orders whose access is open, in three statements for all."""
    keys = [order.pk for order in orders]
    grounds: dict[int, set[str]] = defaultdict(set)
    standing = Suspension.objects.standing().filter(enrollment__order__in=keys)
    for order, ground in standing.values_list("enrollment__order", "ground"):
        grounds[order].add(ground)
    current = Order.objects.filter(pk__in=keys).prefetch_related("installments")
    return {
        order.pk
        for order in current
        if access_to(order, suspended_for=grounds[order.pk], at=at).is_open
    }


def standing_grounds(order: Order) -> set[str]:
    """The grounds on which an order's access is suspended now."""
    standing = Suspension.objects.standing().filter(enrollment__order=order)
    return set(standing.values_list("ground", flat=True))


def _rest_due_on(order: Order) -> date | None:
    if order.state != OrderState.PREPAID:
        return None
    return next(part.day for part in order.installments.all() if part.number == 2)
