"""Shutting off access on a ground, and ending that: the row and its journal (4.3.1, 6.5)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from enrollment.models import Breach, Enrollment, Order, Suspension, SuspensionGround
from enrollment.models.suspension import SuspensionQuerySet
from offer_site.journal.operations import record


def suspend_access(
    *,
    order: Order,
    enrollment: Enrollment,
    ground: SuspensionGround,
    clause: str,
    by: str,
    at: datetime,
    facts: Mapping[str, Any],
    breach: Breach | None = None,
) -> bool:
    """Shut off access; False if it is shut off on this ground, or for this breach, already.

    The caller holds the order's lock.
    """
    _suspension, is_new = Suspension.objects.get_or_create(
        enrollment=enrollment,
        ground=ground,
        breach=breach,
        ended_at=None,
        defaults={"clause": clause, "begun_at": at, "begun_by": by},
    )
    if is_new:
        record(
            "enrollment.suspended",
            about=("enrollment", str(enrollment.pk)),
            order=order.code,
            facts={"ground": ground.value, **facts},
            by=by,
            at=at,
            clause=clause,
        )
    return is_new


def end_suspension(
    *,
    order: Order,
    standing: SuspensionQuerySet,
    by: str,
    at: datetime,
    facts: Mapping[str, Any],
    reason: str = "",
) -> bool:
    """End what still stands of these suspensions of one order; False if nothing does.

    The caller holds the order's lock. Access may stay closed for another reason.
    """
    ended = list(standing.standing().filter(enrollment__order=order))
    for suspension in ended:
        suspension.ended_at = at
        suspension.ended_by = by
        suspension.end_reason = reason
        suspension.save(update_fields=["ended_at", "ended_by", "end_reason"])
        record(
            "enrollment.restored",
            about=("enrollment", str(suspension.enrollment_id)),
            order=order.code,
            facts={"ground": suspension.ground, **facts},
            by=by,
            at=at,
            clause=suspension.clause,
        )
    return bool(ended)
