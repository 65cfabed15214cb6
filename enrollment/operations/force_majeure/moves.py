"""The open terms of a contract move by the length of a force majeure (8.6)."""

from datetime import datetime, timedelta

from enrollment.models import Deadline, Order
from offer_site.calendar.operations import current_calendar
from offer_site.calendar.rules import Calendar, rolled
from offer_site.days import end_of_day
from offer_site.journal.operations import SYSTEM, record


def move_deadlines(
    *,
    order: Order,
    days: int,
    because: str,
    at: datetime,
    by: str = SYSTEM,
    calendar: Calendar | None = None,
) -> list[Deadline]:
    """Put off every running term of a contract by so many days, and to a working day.

    The caller holds the order's lock. `because` names the force majeure by kind and key, never a
    person. ValueError for a length that is none.
    """
    if days < 1:
        raise ValueError(f"a force majeure lasts from one day on, not {days}")
    calendar = calendar or current_calendar()
    moved = []
    for deadline in Deadline.objects.running().filter(order=order).order_by("pk"):
        before = deadline.due_on
        deadline.due_on = rolled(before + timedelta(days=days), calendar)
        deadline.due_before = end_of_day(deadline.due_on)
        deadline.save(update_fields=["due_on", "due_before"])
        record(
            "deadline.moved",
            about=("order", order.code),
            order=order.code,
            facts={
                "occasion": deadline.occasion,
                "from": before.isoformat(),
                "to": deadline.due_on.isoformat(),
                "days": days,
                "because": because,
            },
            by=by,
            at=at,
            clause=deadline.clause,
        )
        moved.append(deadline)
    return moved
