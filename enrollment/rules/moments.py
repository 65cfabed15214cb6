"""The moment of a contract: what its cabinet opens with, and what comes next in the course."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from offer_site.days import ALMATY

from .programme import ItemKind, Mark

DEBT_LEADS_BEFORE = 7  # days: from the first reminder on, a rest stands above all else
# After so long a lesson is over for whoever has not come: its length is not known.
A_LESSON_LASTS = timedelta(hours=3)


class Moment(StrEnum):
    """What the student must read first in the cabinet."""

    ENDED = "ended"
    DEBT = "debt"
    CLOSED = "closed"
    CERTIFIED = "certified"
    FORCE_MAJEURE = "force_majeure"
    PREPARING = "preparing"
    BEFORE = "before"
    DURING = "during"


@dataclass(frozen=True)
class Facts:
    """What is known of a contract today; `rest_on` is the day of a rest that is not paid yet."""

    starts_on: date
    last_on: date
    is_ended: bool = False
    rest_on: date | None = None
    is_shut_off: bool = False  # for a breach (6.5)
    has_certificate: bool = False
    is_completed: bool = False
    force_majeure_lasts: bool = False


def moment_of(facts: Facts, *, today: date) -> Moment:
    """What leads: money that is due soon, then what stops the course, then its own days."""
    if facts.is_ended:
        return Moment.ENDED
    if facts.rest_on and (facts.rest_on - today).days <= DEBT_LEADS_BEFORE:
        return Moment.DEBT
    if facts.is_shut_off:
        return Moment.CLOSED
    if facts.has_certificate:
        return Moment.CERTIFIED
    if facts.force_majeure_lasts:
        return Moment.FORCE_MAJEURE
    if facts.is_completed or today > facts.last_on:
        return Moment.PREPARING
    return Moment.BEFORE if today < facts.starts_on else Moment.DURING


class Item(Protocol):
    """A lesson or a work of the programme, with what the student has for it."""

    @property
    def kind(self) -> str: ...
    @property
    def day(self) -> date: ...
    @property
    def begins_at(self) -> time | None: ...
    @property
    def mark(self) -> str: ...
    @property
    def is_handed_in(self) -> bool: ...


I = TypeVar("I", bound=Item)  # noqa: E741


def over_at(item: Item) -> datetime:
    """When a lesson is over: some hours after its own, or with its day where that has none."""
    day_ends = datetime.combine(item.day + timedelta(days=1), time(), ALMATY)
    if item.begins_at is None:
        return day_ends
    return min(datetime.combine(item.day, item.begins_at, ALMATY) + A_LESSON_LASTS, day_ends)


def next_lesson(items: Iterable[I], *, at: datetime) -> I | None:
    """The first lesson that is not over yet."""
    ahead = [each for each in items if each.kind == ItemKind.LESSON and over_at(each) > at]
    return min(ahead, key=_when, default=None)


def works_to_do(items: Iterable[I], *, today: date, days: int = 14) -> list[I]:
    """The works that wait for the student: sent back, missed, or due soon; by their day."""
    soon = today + timedelta(days=days)
    waiting = [
        each
        for each in items
        if each.kind != ItemKind.LESSON
        and each.mark != Mark.ACCEPTED
        and (each.mark == Mark.RETURNED or not each.is_handed_in)
        and each.day <= soon
    ]
    return sorted(waiting, key=_when)


def works_seen(items: Sequence[I]) -> list[I]:
    """The works that the student has done: accepted, or waiting for the curator; the last first."""
    done = [
        each
        for each in items
        if each.kind != ItemKind.LESSON
        and each.mark != Mark.RETURNED
        and (each.mark == Mark.ACCEPTED or each.is_handed_in)
    ]
    return sorted(done, key=_when, reverse=True)


def _when(item: Item) -> tuple[date, time]:
    return item.day, item.begins_at or time()
