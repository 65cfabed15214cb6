"""Attendance and results: marked one by one, in a grid, or from a table (7.2.4)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import (
    Cohort,
    Enrollment,
    EnrollmentState,
    Order,
    ProgrammeItem,
    StudentWork,
    StudyResult,
)
from enrollment.operations.links import service_name, work_link
from enrollment.rules.programme import (
    ASKS_NOTHING,
    MOST_POINTS,
    NOTHING_SEEN,
    ItemKind,
    Result,
    Seen,
    Tally,
    fits,
    read_result,
    result_text,
    seen_text,
    tally,
)
from enrollment.rules.results_table import SEEN, TableRow
from offer_site.accounts.models import User
from offer_site.days import almaty_day, short_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import Line, actor, record_lines
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import queue_notice

from .works import last_versions

CLAUSE = "7.2.4"


@dataclass(frozen=True)
class ResultWish:
    """A result to record; a comment of None leaves the one that is there.

    `seen` are the versions of the result and of the work that were read before.
    """

    enrollment: int
    item: int
    result: Result
    comment: str | None = None
    seen: Seen = ASKS_NOTHING


class TableRefusedError(RuleViolation):
    """A table of results has faults: `sentences` names each by its line; nothing was taken."""

    def __init__(self, faults: Sequence[tuple[int, str]]) -> None:
        self.sentences = [
            _("Line %(line)d: %(fault)s") % {"line": line, "fault": fault} for line, fault in faults
        ]
        super().__init__(" ".join(self.sentences), clause=CLAUSE, field="file")


@transaction.atomic(savepoint=False)
def record_results(*, wishes: Iterable[ResultWish], by: User, at: datetime) -> int:
    """Record results, all or none, and return how many changed; the same again changes nothing.

    Raises RuleViolation for a student of another curator (3.5), for an item of another cohort, for
    a lesson that was not held yet, for a work or a result of another version than was seen, and
    once the service is performed or the contract ended. The same answer to a new version of the
    work is a new answer.
    """
    wished = {(wish.enrollment, wish.item): wish for wish in wishes}
    students = {enrollment for enrollment, _item in wished}
    orders = {
        order.pk: order
        for order in Order.objects.locked().filter(enrollment__in=students).order_by("pk")
    }
    theirs = Enrollment.objects.seen_by(by).filter(pk__in=students)
    enrollments = {each.pk: each for each in theirs.select_related("learner")}
    if len(enrollments) < len(students):
        raise RuleViolation(_("There is no such student."), clause="3.5")
    items = ProgrammeItem.objects.in_bulk({item for _enrollment, item in wished})
    known = {
        (each.enrollment_id, each.item_id): each
        for each in StudyResult.objects.filter(enrollment__in=students, item__in=items)
    }
    works = StudentWork.objects.last_ones().filter(enrollment__in=students, item__in=items)
    last = {
        (each.enrollment_id, each.item_id): each
        for each in works.only("enrollment_id", "item_id", "version")
    }
    changed = 0
    for order_key in sorted(orders):
        lines = []
        for (student, number), wish in wished.items():
            enrollment = enrollments[student]
            if enrollment.order_id != order_key:
                continue
            item = items.get(number)
            stands = known.get((student, number))
            work = last.get((student, number))
            line = _take(wish, enrollment, item, stands, work, by, at)
            if line:
                lines.append(line)
                if work:
                    version = line.facts["version"]
                    _tell(orders[order_key], items[number], wish.result, version, at=at)
        if lines:
            record_lines(lines, order=orders[order_key].code, by=actor(by), at=at)
        changed += len(lines)
    return changed


def _take(
    wish: ResultWish,
    enrollment: Enrollment,
    item: ProgrammeItem | None,
    known: StudyResult | None,
    work: StudentWork | None,
    by: User,
    at: datetime,
) -> Line | None:
    """Write one result and return its journal row; None if it stands so already."""
    before = known.result if known else Result()
    said = known.comment if known else ""
    comment = said if wish.comment is None else wish.comment
    now = versions_now(known, work)
    if wish.seen.work not in (None, now.work):
        raise _refused(enrollment, item, another_version())
    is_new = bool(wish.seen.work and known and known.work_version < wish.seen.work)
    if (before, said) == (wish.result, comment) and not is_new:
        return None
    if wish.seen.result not in (None, now.result):
        raise _refused(enrollment, item, recorded_meanwhile(before))
    if item is None or item.cohort_id != enrollment.cohort_id or not fits(item.kind, wish.result):
        raise RuleViolation(
            _("This is not in the programme of the student's cohort."), clause=CLAUSE
        )
    _require_open(enrollment, item, wish.result, today=almaty_day(at))
    row = known or StudyResult(enrollment=enrollment, item=item, version=0)
    row.mark = wish.result.mark
    row.points = wish.result.points
    row.comment = comment
    row.at = at
    row.by = actor(by)
    row.version += 1
    row.work_version = work.version if work else 0
    row.save()
    facts = {
        "item": item.pk,
        "code": item.code,
        "from": [before.mark, before.points],
        "to": [wish.result.mark, wish.result.points],
        "version": row.version,
        "work": row.work_version,
    }
    if comment != said:
        # The words stay on the row: they are a curator's own and may name a person.
        facts["comment"] = "changed"
    return Line("result.recorded", ("enrollment", str(enrollment.pk)), facts, CLAUSE)


def versions_now(result: StudyResult | None, work: StudentWork | None) -> Seen:
    """The versions that whoever records has to have read: of the result, and of the work."""
    return Seen(result.version if result else 0, work.version if work else 0)


def _refused(enrollment: Enrollment, item: ProgrammeItem | None, why: str) -> RuleViolation:
    code = item.code if item else ""
    return RuleViolation(f"{enrollment.learner.full_name}, {code}: {why}", clause=CLAUSE)


def another_version() -> str:
    return _("Another version was handed in meanwhile. Read it, then answer.")


def recorded_meanwhile(result: Result) -> str:
    """Who reads this sees beside it what stands now."""
    return _("Somebody recorded %(result)s meanwhile. Look at it, then record yours again.") % {
        "result": result_text(result) or "–"
    }


def _tell(order: Order, item: ProgrammeItem, result: Result, version: int, *, at: datetime) -> None:
    """A letter to the student who handed the work in; the curator's words stay in the cabinet."""
    if not result.mark:
        return
    order = Order.objects.with_people().get(pk=order.pk)
    queue_notice(
        NoticeKind.WORK_RESULT,
        about=("order", order.code),
        to=order.party.email,
        language=order.language,
        order=order.code,
        occasion=f"{item.pk} version {version}",
        at=at,
        facts={
            "work": item.code,
            "mark": result.mark,
            "package": service_name(order),
            "work_url": work_link(order, item.pk),
            **({} if result.points is None else {"points": result.points}),
        },
    )


def _require_open(
    enrollment: Enrollment, item: ProgrammeItem, result: Result, *, today: date
) -> None:
    if enrollment.state != EnrollmentState.ACTIVE:
        raise RuleViolation(
            _("%(name)s: the service is performed or ended, and the results stand.")
            % {"name": enrollment.learner.full_name},
            clause=CLAUSE,
        )
    if item.kind == ItemKind.LESSON and result.mark and item.day > today:
        raise RuleViolation(
            _("%(lesson)s is held on %(day)s: it has not come yet.")
            % {"lesson": item.code, "day": short_day(item.day)},
            clause=CLAUSE,
        )


@transaction.atomic(savepoint=False)
def import_results(*, cohort: Cohort, rows: Sequence[TableRow], by: User, at: datetime) -> int:
    """Take a table of results, all or nothing; raises TableRefusedError with the faults by line.

    An empty cell changes nothing. A student of another curator is as unknown as one who is not
    there (3.5). What a cell changes must be as the table showed it; a table without that column
    has shown nothing, and fills in what is empty. Locks the orders of its students.
    """
    students = {
        each.order.code: each
        for each in Enrollment.objects.seen_by(by)
        .filter(cohort=cohort)
        .select_related("order", "learner")
    }
    items = {item.code: item for item in cohort.items.all()}
    named = [students[row.order].pk for row in rows if row.order in students]
    list(Order.objects.locked().filter(enrollment__in=named).order_by("pk").values_list("pk"))
    there = RecordedResults.of(students.values())
    today = almaty_day(at)
    faults: list[tuple[int, str]] = []
    wishes: list[ResultWish] = []
    seen: dict[str, int] = {}
    for row in rows:
        enrollment = students.get(row.order)
        if enrollment is None:
            faults.append((row.line, _("There is no such student.")))
            continue
        if row.order in seen:
            faults.append(
                (
                    row.line,
                    _("This student is in line %(line)d already.") % {"line": seen[row.order]},
                )
            )
            continue
        seen[row.order] = row.line
        for code, text in row.cells.items():
            try:
                wish = _wish(enrollment, items.get(code), there, row, code, text, today=today)
            except RuleViolation as refused:
                faults.append((row.line, str(refused.message)))
            else:
                wishes += [wish] if wish else []
    if faults:
        raise TableRefusedError(faults)
    return record_results(wishes=wishes, by=by, at=at)


@dataclass(frozen=True)
class RecordedResults:
    """What students have now: results, and the last versions of works, by enrollment and item."""

    results: Mapping[tuple[int, int], StudyResult]
    works: Mapping[tuple[int, int], StudentWork]

    @classmethod
    def of(cls, enrollments: Collection[Enrollment]) -> "RecordedResults":
        return cls(results_of(enrollments), last_versions(enrollments))

    def result(self, enrollment: Enrollment, item: ProgrammeItem) -> Result:
        found = self.results.get((enrollment.pk, item.pk))
        return found.result if found else Result()

    def versions(self, enrollment: Enrollment, item: ProgrammeItem) -> Seen:
        place = (enrollment.pk, item.pk)
        return versions_now(self.results.get(place), self.works.get(place))


def _wish(
    enrollment: Enrollment,
    item: ProgrammeItem | None,
    there: RecordedResults,
    row: TableRow,
    code: str,
    text: str,
    *,
    today: date,
) -> ResultWish | None:
    """The wish of one cell, None if it stands so; raises RuleViolation with what is wrong in it."""
    if item is None:
        raise RuleViolation(_("%(code)s is not in the programme.") % {"code": code}, clause=CLAUSE)
    try:
        result = read_result(item.kind, text)
    except ValueError:
        raise RuleViolation(how_to_type(item), clause=CLAUSE) from None
    stands = there.result(enrollment, item)
    if stands == result:
        return None
    _require_open(enrollment, item, result, today=today)
    now = there.versions(enrollment, item)
    if row.seen is None and now != NOTHING_SEEN:
        raise RuleViolation(
            _("%(code)s: something is here already. Take the table here anew and fill that in.")
            % {"code": code},
            clause=CLAUSE,
        )
    shown = (row.seen or {}).get(code, NOTHING_SEEN)
    if shown.work != now.work:
        raise RuleViolation(
            _(
                "%(code)s: another version of the work was handed in meanwhile. Read it, then take "
                "the table here anew."
            )
            % {"code": code},
            clause=CLAUSE,
        )
    if shown.result != now.result:
        raise RuleViolation(
            _(
                "%(code)s: somebody recorded %(result)s meanwhile. Take the table here anew and "
                "fill that in."
            )
            % {"code": code, "result": result_text(stands) or "–"},
            clause=CLAUSE,
        )
    return ResultWish(enrollment.pk, item.pk, result, seen=now)


def how_to_type(item: ProgrammeItem) -> str:
    """What the cell of an item may hold."""
    if item.kind == ItemKind.LESSON:
        return _("%(code)s: write + or −.") % {"code": item.code}
    return _("%(code)s: write +, − or points from 0 to %(most)d.") % {
        "code": item.code,
        "most": MOST_POINTS,
    }


def results_of(enrollments: Iterable[Enrollment]) -> dict[tuple[int, int], StudyResult]:
    """The results of these students, by enrollment and item."""
    found = StudyResult.objects.filter(enrollment__in=[each.pk for each in enrollments])
    return {(each.enrollment_id, each.item_id): each for each in found}


def tallies(
    enrollments: Sequence[Enrollment], items: Sequence[ProgrammeItem], *, today: date
) -> dict[int, Tally]:
    """How each of these students of one cohort stands, in two queries."""
    known = results_of(enrollments)
    return {
        each.pk: tally(
            [
                (item.kind, item.day, known[each.pk, item.pk].result)
                if (each.pk, item.pk) in known
                else (item.kind, item.day, Result())
                for item in items
            ],
            today=today,
        )
        for each in enrollments
    }


def table_of_results(
    enrollments: Sequence[Enrollment], items: Sequence[ProgrammeItem]
) -> list[Sequence[object]]:
    """The table that `import_results` reads: a row a student, a column a lesson or a work.

    The last column says what the table shows: versions of results and of works.
    """
    there = RecordedResults.of(enrollments)
    heading = _("%(letter)s. versions, leave them as they are") % {"letter": SEEN}
    table: list[Sequence[object]] = [
        [_("order"), _("learner"), *(str(item) for item in items), heading]
    ]
    for each in enrollments:
        texts = [result_text(there.result(each, item)) for item in items]
        versions = {item.code: there.versions(each, item) for item in items}
        seen = {code: now for code, now in versions.items() if now != NOTHING_SEEN}
        table.append([each.order.code, each.learner.full_name, *texts, seen_text(seen)])
    return table
