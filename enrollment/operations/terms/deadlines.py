"""Opening and meeting the terms of the offer: each running one is a row of the register (D1)."""

from datetime import date, datetime

from enrollment.models import Deadline, Debtor, Order
from enrollment.models.deadline import DeadlineQuerySet
from enrollment.rules.deadlines import last_day
from offer_site.calendar.operations import current_calendar
from offer_site.calendar.rules import Calendar, calendar_day_target, working_day_term
from offer_site.days import almaty_day, end_of_day
from offer_site.journal.operations import SYSTEM, record


def open_deadline(
    *,
    order: Order,
    clause: str,
    days: int,
    in_working_days: bool,
    event_on: date,
    owed_by: Debtor,
    at: datetime,
    occasion: str = "first",
    because: str = "",
    calendar: Calendar | None = None,
    about: tuple[str, str] = ("", ""),
    told_on: date | None = None,
) -> Deadline:
    """Start a term on the day after its event, or return the one that runs already.

    The caller holds the order's lock. `because` tells the journal why a second term of a clause
    runs; `about` names by kind and key what the term is of besides the order: a claim, a notice.
    `told_on` is the day that people were told, where it is not the last day. What the academy owes
    in calendar days it aims at the day that the days end with, though that day be off (10.2).
    """
    running = Deadline.objects.filter(order=order, clause=clause, occasion=occasion).first()
    if running:
        return running
    calendar = calendar or current_calendar()
    due_on = last_day(event_on, days, calendar, in_working_days=in_working_days)
    if told_on is None and owed_by == Debtor.ACADEMY and not in_working_days:
        told_on = calendar_day_target(event_on, days)
    told_on = told_on or due_on
    deadline = Deadline.objects.create(
        order=order,
        clause=clause,
        occasion=occasion,
        about_kind=about[0],
        about_key=about[1],
        owed_by=owed_by,
        event_on=event_on,
        days=days,
        in_working_days=in_working_days,
        due_on=due_on,
        due_before=end_of_day(due_on),
        told_on=told_on,
        calendar_version=calendar.version,
        opened_at=at,
    )
    facts = {
        "event_on": event_on.isoformat(),
        "days": days,
        "due_on": due_on.isoformat(),
        "calendar": calendar.version,
        "occasion": occasion,
    }
    facts |= {"because": because} if because else {}
    facts |= {"told_on": told_on.isoformat()} if told_on != due_on else {}
    facts |= {"of": " ".join(about)} if about[0] else {}
    record(
        "deadline.opened",
        about=("order", order.code),
        order=order.code,
        facts=facts,
        by=SYSTEM,
        at=at,
        clause=clause,
    )
    return deadline


def end_of_the_next_working_day(at: datetime, calendar: Calendar | None = None) -> datetime:
    """Deadlines up to this instant are near: on a Friday those of Monday are.

    Before a holiday, those of the first working day after it.
    """
    return end_of_day(working_day_term(almaty_day(at), 1, calendar or current_calendar()))


def near_deadlines(at: datetime) -> DeadlineQuerySet:
    """The terms that run out today or on the next working day."""
    return Deadline.objects.due_within(at, end_of_the_next_working_day(at))


def meet_deadline(*, order: Order, clause: str, at: datetime, occasion: str = "first") -> bool:
    """Close a running term as met at an instant; False when none runs.

    The caller holds the order's lock.
    """
    running = Deadline.objects.running().filter(order=order, clause=clause, occasion=occasion)
    if not running.update(met_at=at):
        return False
    record(
        "deadline.met",
        about=("order", order.code),
        order=order.code,
        facts={"occasion": occasion},
        by=SYSTEM,
        at=at,
        clause=clause,
    )
    return True


def reopen_deadline(
    *, order: Order, clause: str, met_at: datetime, at: datetime, occasion: str = "first"
) -> bool:
    """Make a term run again that was met at `met_at`; False if it was not met at that moment.

    Its last day stays the same, and may be over. The caller holds the order's lock.
    """
    met = Deadline.objects.met().filter(
        order=order, clause=clause, occasion=occasion, met_at=met_at
    )
    if not met.update(met_at=None):
        return False
    record(
        "deadline.reopened",
        about=("order", order.code),
        order=order.code,
        facts={"occasion": occasion},
        by=SYSTEM,
        at=at,
        clause=clause,
    )
    return True


def lift_deadline(*, order: Order, clause: str, at: datetime, occasion: str = "first") -> bool:
    """Close a running term because nothing is owed any more; False when none runs.

    The caller holds the order's lock. The journal says that it was lifted, and not met.
    """
    running = Deadline.objects.running().filter(order=order, clause=clause, occasion=occasion)
    if not running.update(met_at=at, was_lifted=True):
        return False
    record(
        "deadline.lifted",
        about=("order", order.code),
        order=order.code,
        facts={"occasion": occasion},
        by=SYSTEM,
        at=at,
        clause=clause,
    )
    return True


def stop_deadline(*, deadline: Deadline, cause: str, at: datetime) -> None:
    """Stop a running term because something else must come first.

    The caller holds the order's lock. The obligation stays: when the cause is gone, a new term is
    opened. The journal names the cause.
    """
    if not Deadline.objects.running().filter(pk=deadline.pk).update(met_at=at, stopped_for=cause):
        return
    order = deadline.order.code
    facts = {"cause": cause, "occasion": deadline.occasion}
    record(
        "deadline.stopped",
        about=("order", order),
        order=order,
        facts=facts,
        by=SYSTEM,
        at=at,
        clause=deadline.clause,
    )
