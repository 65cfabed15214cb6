"""The letter with the certificate, its attachments, and the deadline that sending meets (9.1)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.lookups import Exact

from certificates.models import Certificate, PictureKind
from enrollment.models import Deadline, Order
from enrollment.operations.links import certificate_link
from enrollment.operations.terms.deadlines import meet_deadline
from offer_site.journal.operations import SYSTEM, Line, record_lines
from offer_site.notices.attachments import Attachment
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice, NoticeState
from offer_site.notices.operations import queue_notice

from .files import certificate_file
from .pictures import certificate_picture

CLAUSE = "9.1"
FIRST = "first"  # the occasion of a deadline that no question has stopped


@dataclass(frozen=True)
class SentCertificate:
    """A certificate whose letter was sent, and whether that was by the deadline of 9.1."""

    order: str
    number: str
    in_time: bool


def queue_certificate(certificate: Certificate, *, occasion: str = "first", at: datetime) -> Notice:
    """Queue the notice to the registered e-mail (9.1); the caller has locked the order."""
    order = certificate.enrollment.order
    facts: dict[str, str | int] = {
        "holder": certificate.company_name or certificate.learner_name,
        "number": certificate.number,
        "issued_on": certificate.issued_on.isoformat(),
        # Its page opens without a code; letters that wait already know the fact by this name.
        "cabinet_url": certificate_link(order, certificate.language),
    }
    return queue_notice(
        NoticeKind.CERTIFICATE_READY,
        about=("certificate", certificate.number),
        to=order.party.email,
        language=certificate.language,
        order=order.code,
        occasion=occasion,
        facts=facts,
        attachments=[("certificate", certificate.number)],
        at=at,
    )


def certificate_attachment(key: str, *, at: datetime) -> list[Attachment]:
    """The certificate as a PDF for print and as a colour picture of 300 dpi (9.4)."""
    certificate = Certificate.objects.rendered().get(number=key)
    picture = certificate_picture(certificate=certificate, kind=PictureKind.PRINT)
    return [
        Attachment(
            certificate.name_for_people(ending="pdf"),
            "application/pdf",
            certificate_file(certificate),
        ),
        Attachment(certificate.name_for_people(ending="png"), "image/png", picture.content),
    ]


def confirm_sent(*, at: datetime, order: str = "") -> list[SentCertificate]:
    """Meet the deadline of every certificate whose letter was sent, at the time it was sent.

    A certificate sent in time is the acceptance of the service (9.1, 7.2.1). A letter sent before a
    deadline was reopened does not meet it: a question has stopped the deadline since, and that
    certificate was revoked (9.5). Each order is locked in its own transaction.
    """
    since_it_opened = Q(sent_at__gte=OuterRef("opened_at")) | Exact(
        OuterRef("occasion"), Value(FIRST)
    )
    notices = Notice.objects.filter(
        since_it_opened,
        kind=NoticeKind.CERTIFICATE_READY,
        order_code=OuterRef("order__code"),
        state=NoticeState.SENT,
    ).order_by("sent_at")
    running = Deadline.objects.running().filter(clause=CLAUSE)
    if order:
        running = running.filter(order__code=order)
    left = (
        running.annotate(notice=Subquery(notices.values("pk")[:1]))
        .filter(notice__isnull=False)
        .order_by("pk")
    )
    return [
        sent
        for pk, notice in left.values_list("pk", "notice")
        if (sent := _confirm(pk, notice, at=at))
    ]


@transaction.atomic
def _confirm(deadline_id: int, notice_id: int, *, at: datetime) -> SentCertificate | None:
    order = Order.objects.locked().get(deadlines=deadline_id)
    deadline = Deadline.objects.get(pk=deadline_id)
    notice = Notice.objects.get(pk=notice_id)
    sent_at = notice.sent_at
    if sent_at is None or not meet_deadline(
        order=order, clause=CLAUSE, at=sent_at, occasion=deadline.occasion
    ):
        return None
    in_time = sent_at < deadline.due_before
    certificate = Certificate.objects.get(number=notice.about_key)
    about = ("certificate", certificate.number)
    facts = {
        "sent_at": sent_at.isoformat(),
        "performed_on": certificate.ends_on.isoformat(),
        "in_time": in_time,
    }
    lines = [Line("certificate.sent", about, facts, CLAUSE)]
    if in_time:
        lines.append(Line("service.accepted", ("order", order.code), facts, "7.2.1"))
    record_lines(lines, order=order.code, by=SYSTEM, at=at)
    return SentCertificate(order.code, certificate.number, in_time)
