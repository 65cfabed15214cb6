"""The programme of a cohort: copied from the last one, and what is taken out of it (7.2.3)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from enrollment.models import Cohort, ProgrammeItem, ProgrammePart
from enrollment.rules.programme import shifted
from offer_site.errors import RuleViolation
from offer_site.journal.operations import record

CLAUSE = "7.2.3"


@dataclass(frozen=True)
class Copied:
    """What was copied: how many weeks and items, and how many days lay after the new end."""

    source: Cohort
    parts: int
    items: int
    beyond: int


def last_with_programme(cohort: Cohort) -> Cohort | None:
    """The last cohort of the course before this one that has lessons; None if there is none."""
    return (
        Cohort.objects.filter(course=cohort.course_id, starts_on__lt=cohort.starts_on)
        .filter(items__isnull=False)
        .order_by("-starts_on", "-pk")
        .first()
    )


@transaction.atomic(savepoint=False)
def copy_programme(*, cohort: Cohort, by: str, at: datetime) -> Copied:
    """Copy weeks, lessons, assignments and reports of the last cohort, moved to the new start.

    A cohort that has a part of it already keeps that part. Raises RuleViolation if it has lessons
    or works, or if no cohort before it has.
    """
    cohort = Cohort.objects.select_for_update(no_key=True).get(pk=cohort.pk)
    if cohort.items.exists():
        raise RuleViolation(_("This cohort has its programme already."), clause=CLAUSE)
    source = last_with_programme(cohort)
    if source is None:
        raise RuleViolation(_("No cohort before this one has a programme."), clause=CLAUSE)
    days = (cohort.starts_on - source.starts_on).days
    last = cohort.ends_on
    parts = [] if cohort.programme.exists() else list(source.programme.all())
    items = list(source.items.all())
    beyond = sum(each.day + timedelta(days=days) > last for each in items)
    for part in parts:
        part.starts_on = shifted(part.starts_on, days=days, last=last)
        part.ends_on = shifted(part.ends_on, days=days, last=last)
        part.pk, part.cohort = None, cohort
    for item in items:
        item.day = shifted(item.day, days=days, last=last)
        item.pk, item.cohort = None, cohort
    ProgrammePart.objects.bulk_create(parts)
    ProgrammeItem.objects.bulk_create(items)
    facts = {"source": source.pk, "days": days, "parts": len(parts), "items": len(items)}
    record(
        "cohort.programme_copied",
        about=("cohort", str(cohort.pk)),
        facts=facts,
        by=by,
        at=at,
        clause=CLAUSE,
    )
    return Copied(source, len(parts), len(items), beyond)


@transaction.atomic(savepoint=False)
def remove_item(*, item: ProgrammeItem, by: str, at: datetime) -> None:
    """Take a lesson or a work out of the programme.

    Refused once a student has a result for it, or anything else was ever put to it: a material,
    also one that was taken back, and a student's work are evidence.
    """
    item = ProgrammeItem.objects.select_for_update().get(pk=item.pk)
    if item.results.exists():
        raise RuleViolation(
            _("Students have results for it: it stays in the programme."), clause="7.2.4"
        )
    about = ("programmeitem", str(item.pk))
    try:
        item.delete()
    except ProtectedError as error:
        raise RuleViolation(
            _("Materials or students' works belong to it: it stays in the programme."),
            clause=CLAUSE,
        ) from error
    record(
        "programmeitem.removed",
        about=about,
        facts={"cohort": item.cohort_id, "code": item.code, "day": item.day.isoformat()},
        by=by,
        at=at,
        clause=CLAUSE,
    )
