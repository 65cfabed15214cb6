"""The programme of a cohort and what students do in it: lessons, assignments, reports (7.2.4)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

MOST_POINTS = 10
PRESENT = "+"
# An office types any of these for "no": a hyphen, a minus, a dash, a Russian "н" for "absent".
ABSENT = ("-", "−", "–", "—", "н")


class ItemKind(TextChoices):
    LESSON = "lesson", _("lesson")
    ASSIGNMENT = "assignment", _("assignment")
    REPORT = "report", _("report")


class Mark(TextChoices):
    ATTENDED = "attended", _("attended")
    ABSENT = "absent", _("absent")
    ACCEPTED = "accepted", _("accepted")
    RETURNED = "returned", _("sent back to mend")


# The good mark of a kind, and the other one.
MARKS: dict[str, tuple[Mark, Mark]] = {
    ItemKind.LESSON: (Mark.ATTENDED, Mark.ABSENT),
    ItemKind.ASSIGNMENT: (Mark.ACCEPTED, Mark.RETURNED),
    ItemKind.REPORT: (Mark.ACCEPTED, Mark.RETURNED),
}
SEEN = re.compile(r"(\d{1,6})\.(\d{1,6})", re.ASCII)
LETTERS: dict[str, str] = {ItemKind.LESSON: "L", ItemKind.ASSIGNMENT: "A", ItemKind.REPORT: "R"}


@dataclass(frozen=True)
class Result:
    """What a student has for one item: nothing yet, a mark, and points of an accepted work."""

    mark: str = ""
    points: int | None = None


@dataclass(frozen=True)
class Seen:
    """What whoever records a result has read of it: its version, and that of the work; 0 is none.

    None asks nothing.
    """

    result: int | None = None
    work: int | None = None

    def __str__(self) -> str:
        return f"{self.result or 0}.{self.work or 0}"

    @classmethod
    def read(cls, text: str) -> "Seen":
        """What `str` wrote; anything else has seen what was never there."""
        found = SEEN.fullmatch(text)
        return cls(int(found[1]), int(found[2])) if found else cls(-1, -1)


NOTHING_SEEN = Seen(0, 0)
ASKS_NOTHING = Seen()  # a program that records has no page in front of it


@dataclass(frozen=True)
class Tally:
    """How a student stands: lessons attended, assignments and reports accepted, and of how many."""

    attended: int = 0
    held: int = 0
    lessons: int = 0
    accepted: int = 0
    assignments: int = 0
    reported: int = 0
    reports: int = 0
    points: tuple[int, ...] = ()

    @property
    def average(self) -> float | None:
        return sum(self.points) / len(self.points) if self.points else None


def item_code(kind: str, number: int) -> str:
    """The item's name in tables: L1 is the first lesson, A2 the second assignment, R1 a report."""
    return f"{LETTERS[kind]}{number}"


def read_result(kind: str, text: str) -> Result:
    """A result as curators type it: + or -, or the points of an accepted work; empty for none.

    Raises ValueError for anything else.
    """
    typed = text.strip().lower()
    good, bad = MARKS[kind]
    if not typed:
        return Result()
    if typed == PRESENT:
        return Result(good)
    if typed in ABSENT:
        return Result(bad)
    if kind != ItemKind.LESSON and typed.isascii() and typed.isdigit():
        points = int(typed[:4])
        if points <= MOST_POINTS:
            return Result(good, points)
    raise ValueError(typed)


def result_text(result: Result) -> str:
    """A result as `read_result` reads it."""
    if not result.mark:
        return ""
    if result.points is not None:
        return str(result.points)
    return PRESENT if result.mark in (Mark.ATTENDED, Mark.ACCEPTED) else ABSENT[0]


def seen_text(seen: Mapping[str, Seen]) -> str:
    """The versions of several items in one field, as `read_seen` reads them: "A1=2.1 L1=1.0"."""
    return " ".join(f"{code}={each}" for code, each in seen.items())


def read_seen(text: str) -> dict[str, Seen]:
    """The versions by item code; of an item that is not named nothing was there to be seen."""
    parts = (part.partition("=") for part in text.upper().split())
    return {code: Seen.read(versions) for code, _sign, versions in parts}


def fits(kind: str, result: Result) -> bool:
    """True if an item of this kind can have this result."""
    if not result.mark:
        return result.points is None
    if result.mark not in MARKS[kind]:
        return False
    if result.points is None:
        return True
    return result.mark == Mark.ACCEPTED and 0 <= result.points <= MOST_POINTS


def shifted(day: date, *, days: int, last: date) -> date:
    """A day of the former cohort in the new one; one after its end becomes its last day."""
    return min(day + timedelta(days=days), last)


def tally(results: Iterable[tuple[str, date, Result]], *, today: date) -> Tally:
    """Count the results of one student: kind, day and result of each item of the programme."""
    counted = dict.fromkeys(
        ("attended", "held", "lessons", "accepted", "assignments", "reported", "reports"), 0
    )
    points = []
    for kind, day, result in results:
        if kind == ItemKind.LESSON:
            counted["lessons"] += 1
            counted["held"] += day <= today
            counted["attended"] += result.mark == Mark.ATTENDED
        else:
            of_reports = kind == ItemKind.REPORT
            counted["reports" if of_reports else "assignments"] += 1
            counted["reported" if of_reports else "accepted"] += result.mark == Mark.ACCEPTED
        if result.points is not None:
            points.append(result.points)
    return Tally(**counted, points=tuple(points))
