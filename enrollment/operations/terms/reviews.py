"""A change of the calendar moves no term by itself: it proposes, and a person decides (D1)."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime

from django.db import transaction
from django.db.models import Prefetch
from django.utils.translation import gettext as _

from enrollment.models import (
    CalendarReview,
    Deadline,
    DeadlineMove,
    Order,
    ProposedDay,
    ReviewOutcome,
)
from enrollment.rules.deadlines import day_on_another_calendar, day_to_propose
from offer_site.accounts.models import User
from offer_site.calendar.operations import current_calendar
from offer_site.calendar.rules import Calendar
from offer_site.errors import RuleViolation
from offer_site.journal.operations import SYSTEM, actor, record
from offer_site.notices.operations import left_to_the_sweep
from offer_site.retries import once_more_if_beaten

from .moves import move_deadline, tell_of_moves


@once_more_if_beaten
@transaction.atomic
def propose_new_days(*, at: datetime) -> list[ProposedDay]:
    """Propose the new day of each running term that the calendar of now counts otherwise (D1).

    All wait in one review for one decision. If the calendar changes again before it, the review is
    superseded and a new one opened. Nothing that a person rejected is proposed again. Locks the
    open review; moves no term.
    """
    calendar = current_calendar()
    review = CalendarReview.objects.open().select_for_update().first()
    if review and review.calendar_version != calendar.version:
        _close(review, ReviewOutcome.SUPERSEDED, by=SYSTEM, at=at)
        review = None
    found = list(_otherwise_counted(calendar, besides=review))
    if not found:
        return []
    if review is None:
        review = CalendarReview.objects.create(calendar_version=calendar.version, proposed_at=at)
    proposed = ProposedDay.objects.bulk_create(
        ProposedDay(review=review, deadline=deadline, from_on=deadline.due_on, to_on=to_on)
        for deadline, to_on in found
    )
    record(
        "calendar_review.proposed",
        about=about(review),
        facts={"calendar": calendar.version, "terms": len(proposed)},
        by=SYSTEM,
        at=at,
    )
    return proposed


@transaction.atomic
def confirm_new_days(
    *, review: CalendarReview, reason: str, by: User, at: datetime
) -> list[DeadlineMove]:
    """Move every term of a review to its proposed day, by one decision with its reason (D1).

    A term that ended or moved meanwhile keeps what it has. One letter a contract tells the new
    days. Locks the orders by their keys, then the review. Raises RuleViolation for a review that is
    decided, or that the calendar has overtaken.
    """
    orders = _locked_orders(review)
    review = _still_open(review)
    calendar = current_calendar()
    if review.calendar_version != calendar.version:
        raise RuleViolation(
            _("The calendar has changed since. New days are proposed within minutes.")
        )
    moves: defaultdict[int, list[DeadlineMove]] = defaultdict(list)
    for day in review.days.order_by("pk"):
        deadline = Deadline.objects.running().filter(pk=day.deadline_id, due_on=day.from_on).first()
        if deadline is None:
            continue
        deadline.order = orders[deadline.order_id]
        moves[deadline.order_id].append(
            move_deadline(
                deadline=deadline,
                to_on=day.to_on,
                because=f"calendar-review {review.pk}",
                calendar=calendar,
                review=review,
                by=actor(by),
                at=at,
            )
        )
    _close(review, ReviewOutcome.CONFIRMED, reason=reason, by=actor(by), at=at)
    with left_to_the_sweep():
        for order, its in moves.items():
            occasion = f"calendar-review {review.pk}"
            tell_of_moves(orders[order], its, why="calendar", occasion=occasion, at=at)
    return [move for its in moves.values() for move in its]


@transaction.atomic
def reject_new_days(
    *, review: CalendarReview, reason: str, by: User, at: datetime
) -> CalendarReview:
    """Leave every term of a review its day, by one decision with its reason (D1)."""
    review = _still_open(review)
    return _close(review, ReviewOutcome.REJECTED, reason=reason, by=actor(by), at=at)


def about(review: CalendarReview) -> tuple[str, str]:
    return "calendar_review", str(review.pk)


def _otherwise_counted(
    calendar: Calendar, *, besides: CalendarReview | None
) -> Iterator[tuple[Deadline, date]]:
    """The running terms that this calendar counts to another day, and that day.

    Without those that stand in `besides`, and days that a person has rejected.
    """
    rejected = set(
        ProposedDay.objects.filter(
            review__outcome=ReviewOutcome.REJECTED, deadline__met_at=None
        ).values_list("deadline", "from_on", "to_on")
    )
    running = (
        Deadline.objects.running()
        .exclude(calendar_version=calendar.version)
        .prefetch_related(Prefetch("moves", DeadlineMove.objects.order_by("number")))
        .order_by("pk")
    )
    if besides:
        running = running.exclude(proposed_days__review=besides)
    for deadline in running:
        counted = day_on_another_calendar(
            event=deadline.event_on,
            days=deadline.days,
            in_working_days=deadline.in_working_days,
            put_off=[move.days for move in deadline.moves.all() if move.days],
            calendar=calendar,
        )
        to_on = day_to_propose(due_on=deadline.due_on, counted=counted, owed_by=deadline.owed_by)
        if to_on and (deadline.pk, deadline.due_on, to_on) not in rejected:
            yield deadline, to_on


def _locked_orders(review: CalendarReview) -> dict[int, Order]:
    proposed = Deadline.objects.filter(proposed_days__review=review)
    locked = Order.objects.people_locked().with_people().filter(pk__in=proposed.values("order"))
    return {order.pk: order for order in locked.order_by("pk")}


def _still_open(review: CalendarReview) -> CalendarReview:
    review = CalendarReview.objects.select_for_update().get(pk=review.pk)
    if not review.is_open:
        raise RuleViolation(_("This is decided already."))
    return review


def _close(
    review: CalendarReview, outcome: ReviewOutcome, *, by: str, at: datetime, reason: str = ""
) -> CalendarReview:
    review.outcome = outcome
    review.decided_at = at
    review.decided_by = by
    review.reason = reason
    review.save(update_fields=["outcome", "decided_at", "decided_by", "reason"])
    record(
        f"calendar_review.{outcome.value}",
        about=about(review),
        facts={"reason": reason} if reason else {},
        by=by,
        at=at,
    )
    return review
