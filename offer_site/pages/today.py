"""What a contract's cabinet opens with: its moment, the next lesson, the works that wait."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.db.models import CharField, Exists, F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from enrollment.models import ProgrammeItem, StudentWork, StudyResult
from enrollment.rules.moments import Moment, next_lesson, works_seen, works_to_do
from enrollment.rules.programme import Mark, Result, Tally, tally
from materials.models import Material
from offer_site.accounts.models import User
from offer_site.days import almaty_day
from offer_site.prepared import Given, Prepared

from .cabinet import Contract
from .rooms import Room, rooms_of
from .states import Look

SOON = 3  # days: from then on a work's day stands in amber
MOST_WORKS = 3
MOST_MATERIALS = 2
_RESULT = StudyResult.objects.filter(
    enrollment=OuterRef("cohort__enrollments"), item=OuterRef("pk")
)
_WORK = StudentWork.objects.filter(enrollment=OuterRef("cohort__enrollments"), item=OuterRef("pk"))
# A company's learners have their programme on the page of their course.
PROGRAMME: Prepared[ProgrammeItem] = Prepared(
    ProgrammeItem.objects.filter(
        cohort__enrollments__order__party__email=Given("email", CharField()),
        cohort__enrollments__order__invoice=None,
    )
    .annotate(
        student=F("cohort__enrollments"),
        mark=Coalesce(Subquery(_RESULT.values("mark")[:1]), Value("")),
        points=Subquery(_RESULT.values("points")[:1]),
        comment=Coalesce(Subquery(_RESULT.values("comment")[:1]), Value("")),
        is_handed_in=Exists(_WORK),
    )
    .order_by("day", "kind", "number")
)


@dataclass(frozen=True)
class ProgrammeRow:
    """A lesson or a work of the programme, with what the student has for it."""

    item: ProgrammeItem
    mark: str
    points: int | None
    comment: str
    is_handed_in: bool
    today: date

    @property
    def kind(self) -> str:
        return str(self.item.kind)

    @property
    def day(self) -> date:
        return self.item.day

    @property
    def begins_at(self) -> time | None:
        return self.item.begins_at

    @property
    def is_today(self) -> bool:
        return self.day == self.today

    @property
    def look(self) -> Look:
        """Of a work: accepted with its points, sent back, handed in, or how many days are left."""
        if self.mark == Mark.ACCEPTED:
            return Look(_("accepted"), "good", "check")
        if self.mark == Mark.RETURNED:
            return Look(_("sent back to mend"), "care", "alert")
        if self.is_handed_in:
            return Look(_("handed in"), "", "check")
        left = (self.day - self.today).days
        if left < 0:
            return Look(_("not handed in"), "bad", "alert")
        if left == 0:
            return Look(_("today"), "care", "clock")
        words = ngettext("%(days)d day left", "%(days)d days left", left) % {"days": left}
        return Look(words, "care" if left <= SOON else "", "clock")  # type: ignore[arg-type]


@dataclass(frozen=True)
class Today:
    """A contract as the cabinet shows it first."""

    contract: Contract
    moment: Moment
    rooms: Sequence[Room]
    day: date
    lesson: ProgrammeRow | None = None
    to_do: Sequence[ProgrammeRow] = ()
    seen: Sequence[ProgrammeRow] = ()
    materials: Sequence[Material] = ()
    standing: Tally = field(default_factory=Tally)

    @property
    def days_until_start(self) -> int:
        return (self.contract.enrollment.cohort.starts_on - self.day).days

    @property
    def days_until_rest(self) -> int:
        rest = self.contract.rest_due
        return (rest.due_on - self.day).days if rest else 0

    @property
    def shows_money(self) -> bool:
        """True while a rest waits that does not lead."""
        return self.contract.rest_due is not None and self.moment != Moment.DEBT

    @property
    def average(self) -> str:
        found = self.standing.average
        return "" if found is None else f"{found:.1f}".replace(".", ",")


def todays_of(
    user: User, contracts: Sequence[Contract], *, at: datetime, new_letters: int = 0
) -> list[Today]:
    """Each contract with its moment; one more query for the programmes, one for the materials."""
    today = almaty_day(at)
    programmes = programmes_of(user, today) if contracts else {}
    moments = {each.order.pk: each.moment(today=today) for each in contracts}
    learning = [each for each in contracts if moments[each.order.pk] == Moment.DURING]
    materials = latest_materials(learning, today)
    return [
        today_of(
            each,
            moments[each.order.pk],
            rooms=rooms_of(each.order.code, here="cabinet", new_letters=new_letters),
            rows=programmes.get(each.enrollment.pk, []),
            materials=materials.get(each.enrollment.cohort_id, []),
            at=at,
        )
        for each in contracts
    ]


def programmes_of(user: User, today: date) -> dict[int, list[ProgrammeRow]]:
    """The programme of each contract of a user, by enrollment, in one query."""
    found: dict[int, list[ProgrammeRow]] = {}
    for each in PROGRAMME.ask(email=user.email):
        known = vars(each)
        row = ProgrammeRow(
            each,
            mark=known["mark"],
            points=known["points"],
            comment=known["comment"],
            is_handed_in=known["is_handed_in"],
            today=today,
        )
        found.setdefault(known["student"], []).append(row)
    return found


def today_of(
    contract: Contract,
    moment: Moment,
    *,
    rooms: Sequence[Room],
    rows: list[ProgrammeRow],
    materials: Sequence[Material],
    at: datetime,
) -> Today:
    today = almaty_day(at)
    teaches = moment in (Moment.BEFORE, Moment.DURING, Moment.DEBT, Moment.FORCE_MAJEURE)
    to_do = works_to_do(rows, today=today)[:MOST_WORKS] if teaches else []
    results = [(row.kind, row.day, Result(row.mark, row.points)) for row in rows]
    return Today(
        contract,
        moment,
        rooms,
        today,
        lesson=next_lesson(rows, at=at) if teaches else None,
        to_do=to_do,
        seen=works_seen(rows)[: MOST_WORKS - len(to_do)] if teaches else [],
        materials=materials if contract.is_open else (),
        standing=tally(results, today=today),
    )


def latest_materials(contracts: Iterable[Contract], today: date) -> dict[int, list[Material]]:
    """The last materials of each cohort that is taught now."""
    cohorts = {each.enrollment.cohort_id for each in contracts if each.is_open}
    if not cohorts:
        return {}
    found: dict[int, list[Material]] = {}
    for each in Material.objects.shown(today).filter(cohort__in=cohorts).order_by("-pk"):
        of_cohort = found.setdefault(each.cohort_id, [])
        if len(of_cohort) < MOST_MATERIALS:
            of_cohort.append(each)
    return found
