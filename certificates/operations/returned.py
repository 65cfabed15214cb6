"""A certificate whose letter came back was not sent: the deadline of 9.1 runs again (12.1)."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from certificates.models import LIVE, Certificate
from enrollment.models import Deadline, Order
from enrollment.operations.terms.deadlines import reopen_deadline
from offer_site.journal.models import Entry
from offer_site.journal.operations import SYSTEM, Line, record_lines
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Bounce, Notice

from .sending import CLAUSE

ACCEPTED = "service.accepted"


def reopen_returned(*, at: datetime) -> list[str]:
    """Reopen the deadline of every certificate whose letter came back; return the orders' codes.

    If another letter with it was sent, that one meets the deadline at its own time
    (`confirm_sent`).
    The letter of a replaced or revoked certificate is withdrawn (C2).
    """
    void = Certificate.objects.exclude(LIVE).values("number")
    notices = Notice.objects.came_back().filter(
        kind=NoticeKind.CERTIFICATE_READY, about_key__in=void
    )
    notices.update(withdrawn_at=at)
    returned = Bounce.objects.filter(
        notice__kind=NoticeKind.CERTIFICATE_READY,
        notice__order_code=OuterRef("order__code"),
        sent_at=OuterRef("met_at"),
    )
    met = Deadline.objects.filter(
        Exists(returned), clause=CLAUSE, met_at__isnull=False, stopped_for=""
    ).order_by("pk")
    return [order for pk in met.values_list("pk", flat=True) if (order := _reopen(pk, at=at))]


@transaction.atomic
def _reopen(deadline_id: int, *, at: datetime) -> str:
    order = Order.objects.locked().get(deadlines=deadline_id)
    deadline = Deadline.objects.get(pk=deadline_id)
    bounce = (
        Bounce.objects.filter(
            notice__kind=NoticeKind.CERTIFICATE_READY,
            notice__order_code=order.code,
            sent_at=deadline.met_at,
        )
        .select_related("notice")
        .first()
    )
    if bounce is None or bounce.sent_at is None:
        return ""
    if not reopen_deadline(
        order=order, clause=CLAUSE, met_at=bounce.sent_at, at=at, occasion=deadline.occasion
    ):
        return ""
    facts = {
        "sent_at": bounce.sent_at.isoformat(),
        "status": bounce.status,
        "report": bounce.raw_sha256,
    }
    lines = [Line("certificate.returned", ("certificate", bounce.notice.about_key), facts, CLAUSE)]
    accepted = (
        Entry.objects.of_order(order.code)
        .filter(verb=ACCEPTED, facts__sent_at=facts["sent_at"])
        .exists()
    )
    if accepted:
        lines.append(Line("service.acceptance_contradicted", ("order", order.code), facts, "7.2.1"))
    record_lines(lines, order=order.code, by=SYSTEM, at=at)
    return order.code
