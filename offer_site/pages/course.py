"""The course in the cabinet: weeks and lessons, works, attendance and results (7.2.3, 7.2.4)."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from enrollment.models import (
    DayPutOff,
    Enrollment,
    Order,
    ProgrammeItem,
    ProgrammePart,
    PutOff,
    StudentWork,
    StudyResult,
)
from enrollment.operations.access.questions import access_to, standing_grounds
from enrollment.operations.training.groups import about_group
from enrollment.operations.training.results import results_of
from enrollment.operations.training.works import last_versions
from enrollment.rules.programme import ItemKind, Mark, Result, Tally, tally
from materials.models import Material
from offer_site.days import almaty_day
from offer_site.telegram.groups import current_invite
from offer_site.telegram.models import GroupInvite
from offer_site.telegram.operations import is_open as is_telegram_open

from .states import Look

LOOKS = {
    Mark.ATTENDED: Look(_("you attended"), "good", "check"),
    Mark.ABSENT: Look(_("you were absent"), "off", "minus"),
    Mark.ACCEPTED: Look(_("accepted"), "good", "check"),
    Mark.RETURNED: Look(_("sent back to mend"), "care", "alert"),
}
TODAY = Look(_("today"), "care", "clock")


@dataclass(frozen=True)
class ItemRow:
    """A lesson or a work with what the student has for it."""

    item: ProgrammeItem
    found: StudyResult | None
    is_today: bool
    materials: Sequence[Material] = ()
    version: StudentWork | None = None  # the last one that was handed in
    is_former: bool = False  # of a cohort that the student has left

    @property
    def can_be_handed_in(self) -> bool:
        """True for a work of the present cohort that is not accepted yet."""
        is_accepted = self.found is not None and self.found.mark == Mark.ACCEPTED
        return self.item.kind != ItemKind.LESSON and not self.is_former and not is_accepted

    @property
    def look(self) -> Look | None:
        if self.found and self.found.mark:
            return LOOKS[Mark(self.found.mark)]
        return TODAY if self.is_today else None


@dataclass
class Week:
    """A part of the programme with its lessons."""

    part: ProgrammePart
    is_now: bool
    lessons: list[ItemRow] = field(default_factory=list)


@dataclass(frozen=True)
class Course:
    """Everything that the page of a course shows.

    `loose` are lessons outside of every week, `materials` those of no lesson, `former` works of a
    cohort that the student has left. Without access there are no materials.
    """

    order: Order
    enrollment: Enrollment
    is_open: bool
    standing: Tally
    weeks: Sequence[Week]
    loose: Sequence[ItemRow]
    assignments: Sequence[ItemRow]
    reports: Sequence[ItemRow]
    materials: Sequence[Material]
    former: Sequence[ItemRow] = ()
    has_group: bool = False
    invite: GroupInvite | None = None
    put_off: DayPutOff | None = None  # why the course ends later for this student (8.6)

    @property
    def is_empty(self) -> bool:
        parts = (self.weeks, self.loose, self.assignments, self.reports, self.materials)
        return not any(parts) and not self.former and not self.has_group

    @property
    def average(self) -> str:
        found = self.standing.average
        return "" if found is None else f"{found:.1f}".replace(".", ",")


def course_of(order: Order, *, at: datetime) -> Course:
    enrollment = order.enrollment
    today = almaty_day(at)
    items = list(order.cohort.items.all())
    found = results_of([enrollment])
    handed_in = last_versions([enrollment])
    # The order was read by this very request, so its access is judged as of this moment (6.5).
    is_open = access_to(order, suspended_for=standing_grounds(order), at=at).is_open
    by_item = materials_by_item(order, today) if is_open else {}
    rows = [
        ItemRow(
            item,
            found.get((enrollment.pk, item.pk)),
            is_today=item.day == today,
            materials=by_item.get(item.pk, ()),
            version=handed_in.get((enrollment.pk, item.pk)),
        )
        for item in items
    ]
    weeks = [
        Week(part, part.starts_on <= today <= part.ends_on) for part in order.cohort.programme.all()
    ]
    loose: list[ItemRow] = []
    for row in rows:
        if row.item.kind == ItemKind.LESSON:
            week = _week_of(weeks, row.item.day)
            (week.lessons if week else loose).append(row)
    results = [
        (row.item.kind, row.item.day, row.found.result if row.found else Result()) for row in rows
    ]
    return Course(
        order=order,
        put_off=DayPutOff.objects.leading_to(order, PutOff.PERFORMANCE, enrollment.performed_on),
        enrollment=enrollment,
        is_open=is_open,
        standing=tally(results, today=today),
        weeks=weeks,
        loose=loose,
        assignments=[row for row in rows if row.item.kind == ItemKind.ASSIGNMENT],
        reports=[row for row in rows if row.item.kind == ItemKind.REPORT],
        materials=by_item.get(None, ()),
        former=_former(enrollment, found, handed_in, {item.pk for item in items}),
        has_group=is_open and is_telegram_open() and order.cohort.telegram_group is not None,
        invite=current_invite(about_group(enrollment)) if is_open else None,
    )


def _former(
    enrollment: Enrollment,
    found: Mapping[tuple[int, int], StudyResult],
    handed_in: Mapping[tuple[int, int], StudentWork],
    present: Set[int],
) -> list[ItemRow]:
    """The works of former cohorts for which the student has a version or a result (4.6)."""
    known = {item for _enrollment, item in {*found, *handed_in}}
    elsewhere = known - present
    if not elsewhere:
        return []
    items = ProgrammeItem.objects.filter(pk__in=elsewhere).exclude(kind=ItemKind.LESSON)
    return [
        ItemRow(
            item,
            found.get((enrollment.pk, item.pk)),
            is_today=False,
            version=handed_in.get((enrollment.pk, item.pk)),
            is_former=True,
        )
        for item in items.order_by("day", "pk")
    ]


def materials_by_item(order: Order, today: date) -> dict[int | None, list[Material]]:
    """The materials of the cohort that are open now, by their lesson or work."""
    found: dict[int | None, list[Material]] = {}
    for each in Material.objects.shown(today).filter(cohort=order.cohort_id):
        found.setdefault(each.item_id, []).append(each)
    return found


def _week_of(weeks: Sequence[Week], day: date) -> Week | None:
    return next((week for week in weeks if week.part.starts_on <= day <= week.part.ends_on), None)
