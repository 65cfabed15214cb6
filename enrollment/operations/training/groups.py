"""The Telegram group of a cohort: whoever has access is invited, whoever has not is put out (11.5).

Access can close by a decision, by money or by a day that ends. So the clock asks the one question
of access for everybody each minute, and nothing else opens or shuts a group.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from enrollment.models import Enrollment, EnrollmentState, Order
from enrollment.operations.access.questions import access_now, open_now
from offer_site.days import almaty_day
from offer_site.journal.operations import SYSTEM, record
from offer_site.sweeps import one_by_one
from offer_site.telegram.groups import current_invite, drop_expired, invite, shut
from offer_site.telegram.models import GroupInvite
from offer_site.telegram.operations import is_open

CLAUSE = "11.5"
KIND = "enrollment"


def keep_groups(*, at: datetime) -> list[tuple[str, str]]:
    """Invite and put out whom it is time for; return the orders' codes and what was done."""
    if not is_open():
        return []
    drop_expired(at=at)
    standing = GroupInvite.objects.standing().filter(about_kind=KIND)
    groups = {int(key): group for key, group in standing.values_list("about_key", "group")}
    today = almaty_day(at)
    taught = Enrollment.objects.not_completed().filter(
        Q(cohort__ends_on__gte=today) | Q(performed_on__gte=today),
        cohort__telegram_group__isnull=False,
    )
    people = Enrollment.objects.filter(
        pk__in=set(groups) | set(taught.values_list("pk", flat=True))
    )
    asked = list(people.select_related("order", "cohort").order_by("pk"))
    have_access = open_now([each.order for each in asked], at=at)
    wrong = [
        each for each in asked if _stands_wrong(each, groups, is_open=each.order_id in have_access)
    ]
    done = one_by_one(wrong, lambda enrollment: keep_group(enrollment=enrollment, at=at))
    return [(enrollment.order.code, what) for enrollment, what in done if what]


@transaction.atomic(savepoint=False)
def keep_group(*, enrollment: Enrollment, at: datetime) -> str:
    """Invite one student, or put out: "invited", "shut", or empty when it stands right."""
    order = Order.objects.locked().get(enrollment=enrollment.pk)
    enrollment = Enrollment.objects.select_related("cohort").get(pk=enrollment.pk)
    enrollment.order = order
    about = about_group(enrollment)
    standing = current_invite(about)
    group = enrollment.cohort.telegram_group
    if standing and (standing.group != group or not may_stay(enrollment, at=at)):
        shut(about=about, at=at)
        return _noted(enrollment, "shut", standing.group, at=at)
    if standing is None and group and access_now(enrollment.order, at=at).is_open:
        invite(about=about, group=group, label=order.code, at=at)
        return _noted(enrollment, "invited", group, at=at)
    return ""


def may_stay(enrollment: Enrollment, *, at: datetime) -> bool:
    """True with access, and for who completed the course: its group is not its lessons."""
    return (
        enrollment.state == EnrollmentState.COMPLETED or access_now(enrollment.order, at=at).is_open
    )


def about_group(enrollment: Enrollment) -> tuple[str, str]:
    return KIND, str(enrollment.pk)


def _stands_wrong(enrollment: Enrollment, groups: Mapping[int, int], *, is_open: bool) -> bool:
    """Asked of all at once and without a lock, so that those who stand right cost no transaction.

    `keep_group` asks again.
    """
    group = enrollment.cohort.telegram_group
    if enrollment.pk not in groups:
        return is_open and group is not None
    may_stay = is_open or enrollment.state == EnrollmentState.COMPLETED
    return groups[enrollment.pk] != group or not may_stay


def _noted(enrollment: Enrollment, what: str, group: int, *, at: datetime) -> str:
    record(
        f"group.{what}",
        about=about_group(enrollment),
        order=enrollment.order.code,
        facts={"group": group},
        by=SYSTEM,
        at=at,
        clause=CLAUSE,
    )
    return what
