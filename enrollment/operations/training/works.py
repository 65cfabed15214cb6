"""A student hands in a work; each version stays, and the curator answers with a result (7.2.4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from enrollment.models import (
    Enrollment,
    EnrollmentState,
    Order,
    ProgrammeItem,
    StudentWork,
    StudyResult,
    WorkFile,
)
from enrollment.operations.access.questions import access_now
from enrollment.rules.programme import ItemKind, Mark
from offer_site.days import almaty_day
from offer_site.documents import NamedDocument, all_kept, forget_all
from offer_site.errors import RuleViolation
from offer_site.journal.operations import record

CLAUSE = "7.2.4"
MEGABYTE = 1024 * 1024
MOST_FILES = 5  # of one version
MOST_VERSIONS = 10  # of one work
MOST_BYTES = 300 * MEGABYTE  # of all files of a student


@dataclass(frozen=True)
class HandedIn:
    """What a student sends; empty text is no text."""

    words: str = ""
    link: str = ""
    files: Sequence[NamedDocument] = ()


def hand_in(
    *, enrollment: Enrollment, item: ProgrammeItem, given: HandedIn, by: str, at: datetime
) -> tuple[StudentWork, bool]:
    """Take a version of a work; return it, and whether it is new.

    The same again changes nothing. After its day it is taken and marked as late. Raises
    RuleViolation without access, for a lesson, for an item of another cohort, once the work is
    accepted, and past the bounds.
    """
    with all_kept(given.files, under="works") as papers:
        work, is_new = _take(
            enrollment=enrollment, item=item, given=given, papers=papers, by=by, at=at
        )
    if not is_new:
        forget_all(papers)
    return work, is_new


@transaction.atomic
def _take(
    *,
    enrollment: Enrollment,
    item: ProgrammeItem,
    given: HandedIn,
    papers: Sequence[Mapping[str, str]],
    by: str,
    at: datetime,
) -> tuple[StudentWork, bool]:
    order = Order.objects.locked().get(enrollment=enrollment.pk)
    enrollment = Enrollment.objects.get(pk=enrollment.pk)
    item = ProgrammeItem.objects.get(pk=item.pk)
    _require_taken(order, enrollment, item, at=at)
    if not (given.words or given.link or papers):
        raise RuleViolation(
            _("Write the text, give a link or attach a file."), clause=CLAUSE, field="words"
        )
    versions = list(StudentWork.objects.filter(enrollment=enrollment, item=item))
    last = max(versions, key=lambda each: each.version, default=None)
    if last and _is_same(last, given, papers):
        return last, False
    _require_room(enrollment, versions, given)
    today = almaty_day(at)
    work = StudentWork.objects.create(
        enrollment=enrollment,
        item=item,
        version=last.version + 1 if last else 1,
        words=given.words,
        link=given.link,
        number_of_files=len(papers),
        handed_in_at=at,
        handed_in_by=by,
        due_on=item.day,
        is_late=today > item.day,
    )
    for file, paper in zip(given.files, papers, strict=True):
        WorkFile.objects.create(work=work, size=len(file.document.content), **paper)
    record(
        "work.handed_in",
        about=("studentwork", str(work.pk)),
        order=order.code,
        facts={
            "code": item.code,
            "version": work.version,
            "files": len(papers),
            "is_late": work.is_late,
        },
        by=by,
        at=at,
        clause=CLAUSE,
    )
    return work, True


def _require_taken(
    order: Order, enrollment: Enrollment, item: ProgrammeItem, *, at: datetime
) -> None:
    if item.cohort_id != enrollment.cohort_id or item.kind == ItemKind.LESSON:
        raise RuleViolation(_("This work is not in your programme."), clause="7.2.3")
    if enrollment.state != EnrollmentState.ACTIVE or not access_now(order, at=at).is_open:
        raise RuleViolation(_("Access to the course is closed today."), clause="6.5")
    if StudyResult.objects.filter(enrollment=enrollment, item=item, mark=Mark.ACCEPTED).exists():
        raise RuleViolation(_("The work is accepted already."), clause=CLAUSE)


def _is_same(last: StudentWork, given: HandedIn, papers: Sequence[Mapping[str, str]]) -> bool:
    known = sorted(last.files.values_list("document_sha256", flat=True))
    sent = sorted(paper["document_sha256"] for paper in papers)
    return (last.words, last.link, known) == (given.words, given.link, sent)


def _require_room(enrollment: Enrollment, versions: Sequence[StudentWork], given: HandedIn) -> None:
    if len(versions) >= MOST_VERSIONS:
        raise RuleViolation(
            _("A work has at most %(most)d versions. Write to your curator.")
            % {"most": MOST_VERSIONS},
            clause=CLAUSE,
        )
    if len(given.files) > MOST_FILES:
        raise RuleViolation(
            _("At most %(most)d files at once. Send the others afterwards.") % {"most": MOST_FILES},
            clause=CLAUSE,
            field="files",
        )
    sent = sum(len(each.document.content) for each in given.files)
    kept = WorkFile.objects.filter(work__enrollment=enrollment).aggregate(all=Sum("size"))["all"]
    if sent and sent + (kept or 0) > MOST_BYTES:
        raise RuleViolation(
            _("All files of your works may be %(most)d MB together. Give a link instead.")
            % {"most": MOST_BYTES // MEGABYTE},
            clause=CLAUSE,
            field="files",
        )


def versions_of(enrollment: Enrollment, item: ProgrammeItem) -> list[StudentWork]:
    """The versions of one work, the last one first."""
    works = StudentWork.objects.filter(enrollment=enrollment, item=item)
    return list(works.prefetch_related("files").order_by("-version"))


def last_versions(enrollments: Iterable[Enrollment]) -> dict[tuple[int, int], StudentWork]:
    """The last version of each work of these students, by enrollment and item."""
    found = StudentWork.objects.last_ones().filter(enrollment__in=[each.pk for each in enrollments])
    found = found.defer("words", "link")
    return {(each.enrollment_id, each.item_id): each for each in found}
