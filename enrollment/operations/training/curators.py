"""Who leads a student: the academy gives each student a curator, a co-performer (3.5)."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from enrollment.models import CuratorAssignment, Enrollment, EnrollmentState, Order
from offer_site.accounts.models import User
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor, record

CLAUSE = "3.5"
MARKS_RESULTS = "enrollment.change_studyresult"


def curators() -> QuerySet[User]:
    """Staff who may be given students: those of a group that marks results."""
    return User.objects.staff_who_may(MARKS_RESULTS).order_by("email")


def curator_of(enrollment: Enrollment) -> User | None:
    standing = CuratorAssignment.objects.standing().filter(enrollment=enrollment)
    found = standing.select_related("curator").first()
    return found.curator if found else None


@transaction.atomic(savepoint=False)
def assign_curators(
    *, wishes: Mapping[int, User | None], by: User, at: datetime
) -> list[Enrollment]:
    """Give each enrollment (by key) its curator, or none; return those whose curator changed.

    All or none. Raises RuleViolation for who may not lead students, and for an ended enrollment.
    """
    orders = Order.objects.locked().filter(enrollment__in=list(wishes)).order_by("pk")
    codes = {order.pk: order.code for order in orders}
    enrollments = Enrollment.objects.filter(pk__in=list(wishes)).select_related("learner")
    standing = {
        each.enrollment_id: each
        for each in CuratorAssignment.objects.standing().filter(enrollment__in=list(wishes))
    }
    able = set(curators().values_list("pk", flat=True))
    changed = []
    for enrollment in enrollments.order_by("pk"):
        curator = wishes[enrollment.pk]
        before = standing.get(enrollment.pk)
        if (before.curator_id if before else None) == (curator.pk if curator else None):
            continue
        if curator and curator.pk not in able:
            raise RuleViolation(_("This person marks no results."), clause=CLAUSE)
        if curator and enrollment.state == EnrollmentState.TERMINATED:
            raise RuleViolation(_("The contract ended: nobody is taught."), clause=CLAUSE)
        if before:
            before.ended_at = at
            before.ended_by = actor(by)
            before.save(update_fields=["ended_at", "ended_by"])
        if curator:
            CuratorAssignment.objects.create(
                enrollment=enrollment, curator=curator, begun_at=at, begun_by=actor(by)
            )
        facts = {
            "from": actor(before.curator) if before else "",
            "to": actor(curator) if curator else "",
        }
        record(
            "enrollment.curator_assigned",
            about=("enrollment", str(enrollment.pk)),
            order=codes[enrollment.order_id],
            facts=facts,
            by=actor(by),
            at=at,
            clause=CLAUSE,
        )
        changed.append(enrollment)
    return changed
