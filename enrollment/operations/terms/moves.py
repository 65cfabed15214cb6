"""Moving running terms: by the length of a force majeure (8.6), or to a day that a review found."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from enrollment.models import CalendarReview, Deadline, DeadlineMove, Debtor, Order
from enrollment.operations.links import cabinet_link
from enrollment.rules.deadlines import moved
from enrollment.rules.force_majeure import LONGEST_DAYS, Period, is_put_off
from offer_site.calendar.operations import current_calendar
from offer_site.calendar.rules import Calendar
from offer_site.days import end_of_day, short_day
from offer_site.journal.operations import SYSTEM, record
from offer_site.languages import speaking
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import queue_notice


def move_deadlines(
    *,
    order: Order,
    event: Period,
    days: int,
    because: str,
    at: datetime,
    owed_by: Iterable[str] = Debtor.values,
    by: str = SYSTEM,
    calendar: Calendar | None = None,
    tells: bool = True,
) -> list[DeadlineMove]:
    """Put off by these days the terms that run, and ran while a force majeure lasted (8.6).

    The caller holds the order's lock, read with its people. `event` is its first and its last day;
    what was opened later or overdue before keeps its day, and so does what is owed by a side that
    is not in `owed_by`. `because` names the force majeure by kind and key, such as "force-majeure
    17", never a person; the same one moves a term once. One letter tells the student the new days,
    unless the caller tells them (`tells=False`).
    ValueError for a length that is none.
    """
    if not 0 < days <= LONGEST_DAYS:
        raise ValueError(f"a force majeure lasts from one day on, not {days}")
    calendar = calendar or current_calendar()
    done = [
        move_deadline(
            deadline=deadline,
            to_on=moved(deadline.due_on, days, calendar),
            days=days,
            because=because,
            calendar=calendar,
            by=by,
            at=at,
        )
        for deadline in terms_to_put_off([order], event=event, because=because, owed_by=owed_by)
    ]
    if done and tells:
        tell_of_moves(order, done, why="force-majeure", occasion=because, at=at)
    return done


def terms_to_put_off(
    orders: Iterable[Order], *, event: Period, because: str, owed_by: Iterable[str] = Debtor.values
) -> list[Deadline]:
    """The running terms of these contracts that an event hindered, and did not move yet (8.6)."""
    running = (
        Deadline.objects.running()
        .filter(order__in=list(orders), owed_by__in=list(owed_by))
        .exclude(moves__because=because)
    )
    return [
        deadline
        for deadline in running.order_by("pk")
        if is_put_off(opened_at=deadline.opened_at, due_before=deadline.due_before, event=event)
    ]


def move_deadline(
    *,
    deadline: Deadline,
    to_on: date,
    because: str,
    calendar: Calendar,
    by: str,
    at: datetime,
    days: int = 0,
    review: CalendarReview | None = None,
) -> DeadlineMove:
    """Give a running term another last day; its warning and its alarm come anew.

    The caller holds the order's lock. The new day is the one that people are told from now on.
    """
    order = deadline.order.code
    move = DeadlineMove.objects.create(
        deadline=deadline,
        number=deadline.moves.count() + 1,
        from_on=deadline.due_on,
        to_on=to_on,
        from_calendar=deadline.calendar_version,
        to_calendar=calendar.version,
        days=days,
        because=because,
        review=review,
        at=at,
        by=by,
    )
    deadline.due_on = deadline.told_on = to_on
    deadline.due_before = end_of_day(to_on)
    deadline.calendar_version = calendar.version
    deadline.warned_at = deadline.alarmed_at = None
    deadline.save(
        update_fields=[
            "due_on",
            "told_on",
            "due_before",
            "calendar_version",
            "warned_at",
            "alarmed_at",
        ]
    )
    facts = {
        "occasion": deadline.occasion,
        "from_on": move.from_on.isoformat(),
        "to_on": to_on.isoformat(),
        "calendar": calendar.version,
        "because": because,
    }
    record(
        "deadline.moved",
        about=("order", order),
        order=order,
        facts=facts | ({"days": days} if days else {}),
        by=by,
        at=at,
        clause=deadline.clause,
    )
    return move


def tell_of_moves(
    order: Order, moves: Sequence[DeadlineMove], *, why: str, occasion: str, at: datetime
) -> None:
    """Tell the student in one letter which terms of the contract have another day.

    The caller holds the order's lock, read with its people. `why` is "calendar" or "force-majeure".
    """
    told: list[dict[str, str]] = []
    for move in moves:
        term = {
            "owed_by": move.deadline.owed_by,
            "clause": move.deadline.clause,
            "from_on": short_day(move.from_on),
            "to_on": short_day(move.to_on),
        }
        told.append(term | in_both_languages(move.deadline))
    queue_notice(
        NoticeKind.TERMS_MOVED,
        about=("order", order.code),
        to=order.party.email,
        language=order.language,
        order=order.code,
        occasion=occasion,
        at=at,
        facts={"terms": told, "why": why, "cabinet_url": cabinet_link(order.language)},
    )


def in_both_languages(deadline: Deadline) -> dict[str, str]:
    """What is owed, as a letter states it in each language."""
    words = {}
    for language in ("kk", "ru"):
        with speaking(language):
            words[f"what_{language}"] = deadline.what
    return words
