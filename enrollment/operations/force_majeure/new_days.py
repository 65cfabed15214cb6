"""The new days of a force majeure (8.6): counted for a person to see, and then put off.

8.6 puts off the obligations of the side that the event hinders: of the student the rest (4.3.1), of
the academy the day of performance (3.3), of both the terms of the register.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrollment.models import (
    CohortMove,
    DayPutOff,
    Deadline,
    DeadlineMove,
    EndingProposal,
    Enrollment,
    EnrollmentState,
    ForceMajeure,
    ForceMajeureContract,
    Installment,
    Order,
    PutOff,
    RestMove,
)
from enrollment.operations.halves.rests import put_off_rest
from enrollment.operations.terms.certificate_clock import (
    CERTIFICATE_CLAUSE,
    start_certificate_clock,
)
from enrollment.operations.terms.moves import move_deadlines, terms_to_put_off
from enrollment.operations.training.enrollments import put_off_performance
from enrollment.rules.deadlines import in_words, moved
from enrollment.rules.force_majeure import Period, days_to_count, is_day_put_off, sides_of
from enrollment.rules.order_states import OrderState
from enrollment.rules.sides import Side
from offer_site.calendar.operations import current_calendar
from offer_site.calendar.rules import Calendar
from offer_site.days import almaty_day, short_day, start_of_day
from offer_site.journal.models import Entry
from offer_site.languages import speaking

REST = "4.3.1"
PERFORMANCE = "3.3"
OWED_BY = {
    PutOff.REST: (Side.USER, REST),
    PutOff.PERFORMANCE: (Side.ACADEMY, PERFORMANCE),
}
TEACHING = _("teach until the last day of the course")


@dataclass(frozen=True)
class NewDay:
    """What one side owes under a contract, until which day it was due, and until which it will be.

    `put_off` says that it is no term of the register.
    """

    order: Order
    owed_by: Side
    clause: str
    from_on: date
    to_on: date
    days: int
    put_off: PutOff | None = None

    @property
    def what(self) -> Promise | str:
        if self.put_off == PutOff.PERFORMANCE:
            return TEACHING
        return in_words(self.clause, self.owed_by)

    @property
    def in_letter(self) -> dict[str, str]:
        """The line of a letter that tells it in both languages."""
        words = {}
        for language in ("kk", "ru"):
            with speaking(language):
                words[f"what_{language}"] = str(self.what)
        days = {"from_on": short_day(self.from_on), "to_on": short_day(self.to_on)}
        return {"owed_by": self.owed_by.value, "clause": self.clause} | days | words


def new_days(
    event: ForceMajeure,
    orders: Iterable[Order],
    *,
    ended_on: date,
    hinders: str,
    calendar: Calendar | None = None,
) -> dict[int, list[NewDay]]:
    """What an event puts off if it ends on this day and hinders these sides, by the order's key.

    Reads and changes nothing; each order comes with its people.
    """
    orders = list(orders)
    calendar = calendar or current_calendar()
    sides = sides_of(hinders)
    period = (event.began_on, ended_on)
    counted = _periods_counted(orders)
    terms: defaultdict[int, list[Deadline]] = defaultdict(list)
    for deadline in terms_to_put_off(orders, event=period, because=event.key, owed_by=sides):
        terms[deadline.order_id].append(deadline)
    taught = _taught(event, orders, ended_on=ended_on) if Side.ACADEMY in sides else {}
    rests = _rests(event, orders) if Side.USER in sides else {}
    found: dict[int, list[NewDay]] = {}
    for order in orders:
        days_of = {
            what: days_to_count(period, counted[order.pk, what]) for what in (*sides, *PutOff)
        }
        its: list[NewDay] = []
        enrollment = taught.get(order.pk)
        if enrollment and (days := days_of[PutOff.PERFORMANCE]):
            its.append(_later(order, PutOff.PERFORMANCE, enrollment.day_of_performance, days))
        rest = rests.get(order.pk)
        if rest and is_day_put_off(rest.day, event=period) and (days := days_of[PutOff.REST]):
            its.append(_later(order, PutOff.REST, rest.day, days, calendar))
        performed_on = next(
            (new.to_on for new in its if new.put_off == PutOff.PERFORMANCE), date.min
        )
        for deadline in terms[order.pk]:
            side = Side(deadline.owed_by)
            # 9.1 stops, and is counted from the new day of performance
            is_counted_anew = (
                deadline.clause == CERTIFICATE_CLAUSE and deadline.event_on < performed_on
            )
            if not days_of[side] or is_counted_anew:
                continue
            to_on = moved(deadline.due_on, days_of[side], calendar)
            its.append(NewDay(order, side, deadline.clause, deadline.due_on, to_on, days_of[side]))
        found[order.pk] = its
    return found


def put_off(
    event: ForceMajeure, orders: Iterable[Order], *, by: str, at: datetime
) -> Mapping[int, list[NewDay]]:
    """Put off what an event that is over hindered; return what moved, by the order's key.

    The caller holds the locks of the event and of the orders, read with their people, and tells
    the students.
    """
    if event.ended_on is None:
        raise ValueError(f"{event} is not over")
    calendar = current_calendar()
    period = (event.began_on, event.ended_on)
    found = new_days(
        event, orders, ended_on=event.ended_on, hinders=event.hinders, calendar=calendar
    )
    for its in found.values():
        for new in its:
            if new.put_off:
                _put_off(event, new, new.put_off, calendar=calendar, by=by, at=at)
        for side, days in {new.owed_by: new.days for new in its if not new.put_off}.items():
            move_deadlines(
                order=its[0].order,
                event=period,
                days=days,
                because=event.key,
                owed_by=[side],
                by=by,
                at=at,
                calendar=calendar,
                tells=False,
            )
        for side in {new.owed_by for new in its}:
            column = "academy_days" if side == Side.ACADEMY else "user_days"
            days = max(new.days for new in its if new.owed_by == side)
            event.contracts.filter(order=its[0].order).update(**{column: days})
        for new in its:
            if new.put_off == PutOff.PERFORMANCE and new.to_on <= almaty_day(at):
                enrollment = Enrollment.objects.select_related("cohort").get(order=new.order)
                start_certificate_clock(new.order, enrollment, at=at, calendar=calendar)
    return found


def what_moved(event: ForceMajeure, *, order: Order | None = None) -> list[NewDay]:
    """What an event that is over put off, of one contract or of all that it concerned."""
    put_off_days = DayPutOff.objects.filter(contract__event=event)
    moves = DeadlineMove.objects.filter(because=event.key)
    if order:
        put_off_days = put_off_days.filter(contract__order=order)
        moves = moves.filter(deadline__order=order)
    found = [
        NewDay(
            each.contract.order,
            *OWED_BY[PutOff(each.what)],
            each.from_on,
            each.to_on,
            each.days,
            PutOff(each.what),
        )
        for each in put_off_days.select_related("contract__order")
    ]
    found += [
        NewDay(
            each.deadline.order,
            Side(each.deadline.owed_by),
            each.deadline.clause,
            each.from_on,
            each.to_on,
            each.days,
        )
        for each in moves.select_related("deadline__order").order_by("pk")
    ]
    return sorted(found, key=lambda each: (each.order.pk, each.to_on))


def _put_off(
    event: ForceMajeure, new: NewDay, what: PutOff, *, calendar: Calendar, by: str, at: datetime
) -> None:
    DayPutOff.objects.create(
        contract=event.contracts.get(order=new.order),
        what=what,
        from_on=new.from_on,
        to_on=new.to_on,
        days=new.days,
        calendar_version=calendar.version,
        at=at,
        by=by,
    )
    if what == PutOff.REST:
        put_off_rest(
            order=new.order, to_day=new.to_on, days=new.days, because=event.key, by=by, at=at
        )
        return
    enrollment = Enrollment.objects.select_related("cohort").get(order=new.order)
    put_off_performance(
        order=new.order,
        enrollment=enrollment,
        days=new.days,
        because=event.key,
        by=by,
        at=at,
    )


def _later(
    order: Order, what: PutOff, day: date, days: int, calendar: Calendar | None = None
) -> NewDay:
    """The rest goes to a working day, as every term does; a course may end on a Sunday."""
    to_on = moved(day, days, calendar) if calendar else day + timedelta(days=days)
    return NewDay(order, *OWED_BY[what], day, to_on, days, what)


def _taught(
    event: ForceMajeure, orders: Iterable[Order], *, ended_on: date
) -> dict[int, Enrollment]:
    """The enrollments whose teaching an event hindered, by the order's key.

    Not so where it was over before the course began, or began after its last day; where both sides
    agreed to end the contract (12.4); and where another day was set since the event began, or the
    student agreed to move to another cohort, with days of its own.
    """
    since = start_of_day(event.began_on)
    said_otherwise = EndingProposal.objects.agreed().filter(order__in=orders).values("order")
    moved_since = CohortMove.objects.filter(
        enrollment__order__in=orders, agreed_at__gte=since
    ).values("enrollment")
    set_since = Entry.objects.filter(
        chain__in=[order.code for order in orders], verb="enrollment.day_set", at__gte=since
    ).values("chain")
    taught = (
        Enrollment.objects.filter(
            order__in=orders, state=EnrollmentState.ACTIVE, cohort__starts_on__lte=ended_on
        )
        .exclude(Q(order__in=said_otherwise) | Q(pk__in=moved_since) | Q(order__code__in=set_since))
        .select_related("cohort")
    )
    period = (event.began_on, ended_on)
    return {
        each.order_id: each
        for each in taught
        if is_day_put_off(each.day_of_performance, event=period)
    }


def _rests(event: ForceMajeure, orders: Iterable[Order]) -> dict[int, Installment]:
    """The rests that are still to be paid, by the order's key (4.3.1).

    Not those whose day was agreed on since the event began.
    """
    due = [order.pk for order in orders if order.state == OrderState.PREPAID]
    agreed_since = RestMove.objects.filter(recorded_at__gte=start_of_day(event.began_on))
    rests = Installment.objects.filter(order__in=due, number=2)
    return {
        each.order_id: each for each in rests.exclude(pk__in=agreed_since.values("installment"))
    }


def _periods_counted(orders: Iterable[Order]) -> defaultdict[tuple[int, str], list[Period]]:
    """The first and last days of the events that moved already what each contract has.

    Of each side's terms, and of each day that is no term, by itself: of the students of one cohort
    none gets another last day because a claim of theirs was open too.
    """
    orders = list(orders)
    periods: defaultdict[tuple[int, str], list[Period]] = defaultdict(list)
    moves = DeadlineMove.objects.filter(deadline__order__in=orders, days__gt=0)
    moved_sides = set(moves.values_list("deadline__order", "because", "deadline__owed_by"))
    over = ForceMajeureContract.objects.filter(order__in=orders, event__ended_on__isnull=False)
    for contract in over.select_related("event").prefetch_related("days_put_off"):
        event = contract.event
        key = contract.order_id
        sides = [side for side in Side if (key, event.key, side.value) in moved_sides]
        put_off_days = [PutOff(each.what) for each in contract.days_put_off.all()]
        for what in (*sides, *put_off_days):
            if event.ended_on:
                periods[key, what].append((event.began_on, event.ended_on))
    return periods
