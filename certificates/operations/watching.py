"""The deadline of 9.1 for staff: a warning a working day before its end, then an alarm (C3)."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from certificates.models import Certificate
from enrollment.models import Clarification, Deadline, EnrollmentState
from enrollment.operations.terms.deadlines import end_of_the_next_working_day
from offer_site.accounts.models import User
from offer_site.calendar.operations import current_calendar
from offer_site.calendar.rules import Calendar
from offer_site.days import almaty_day, short_day
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice, NoticeState
from offer_site.notices.operations import queue_notice
from offer_site.retries import once_more_if_beaten

from .sending import CLAUSE

# The permission of the owner and the managers, whose work certificates are.
RIGHT = "certificates.change_certificate"
MOST_LISTED = 40  # in one notice; the rest is counted, and the list in the admin has them all


@dataclass(frozen=True)
class OwedCertificate:
    """A certificate that has not reached its student: the order, the last day, and why.

    It goes into notices to staff unchanged, so it names nobody: `detail` is a reason of ours or a
    status code.
    """

    order: str
    number: str
    due_on: str
    why: str
    detail: str = ""

    def __str__(self) -> str:
        return " ".join(
            filter(None, [self.order, self.number or "-", self.due_on, self.why, self.detail])
        )


@dataclass(frozen=True)
class WatchResult:
    """The deadlines of 9.1 that are over, and those that end by the next working day."""

    overdue: list[OwedCertificate]
    near: list[OwedCertificate]


def watch_deadlines(*, at: datetime) -> WatchResult:
    """Tell staff which certificates are late and which will soon be, one notice each a day (9.1).

    Warnings belong to working days; one that the clock job missed on a Friday is sent on Saturday.
    """
    calendar = current_calendar()
    today = almaty_day(at)
    running = Deadline.objects.filter(clause=CLAUSE)
    watched = WatchResult(
        overdue=list(owed_of(running.overdue(at))),
        near=list(owed_of(running.due_within(at, end_of_the_next_working_day(at, calendar)))),
    )
    tell_staff(NoticeKind.DEADLINE_ALARM, watched.overdue, day=today, attention="overdue", at=at)
    warned_on = working_day_up_to(today, calendar)
    tell_staff(NoticeKind.DEADLINE_WARNING, watched.near, day=warned_on, attention="near", at=at)
    return watched


def owed_of(deadlines: QuerySet[Deadline]) -> Iterator[OwedCertificate]:
    """The certificate owed under each deadline and why it is not out; a fixed number of queries."""
    running = list(
        deadlines.select_related("order__enrollment").order_by("due_before", "order__code")
    )
    orders = [deadline.order_id for deadline in running]
    certificates = {
        each.enrollment_id: each
        for each in Certificate.objects.filter(enrollment__order__in=orders)
        .defer("record")
        .order_by("pk")
    }
    asked = set(
        Clarification.objects.open().filter(order__in=orders).values_list("order", flat=True)
    )
    numbers = [each.number for each in certificates.values()]
    notices: dict[str, list[Notice]] = {}
    about_them = Notice.objects.filter(
        kind=NoticeKind.CERTIFICATE_READY, about_kind="certificate", about_key__in=numbers
    )
    for notice in about_them.prefetch_related("bounces").order_by("pk"):
        notices.setdefault(notice.about_key, []).append(notice)
    for deadline in running:
        enrollment = deadline.order.enrollment
        certificate = certificates.get(enrollment.pk)
        number = certificate.number if certificate else ""
        why, detail = why_it_is_not_out(
            enrollment.state,
            certificate,
            notices.get(number, []),
            is_asked=deadline.order_id in asked,
        )
        yield OwedCertificate(deadline.order.code, number, short_day(deadline.due_on), why, detail)


def why_it_is_not_out(
    state: str, certificate: Certificate | None, notices: list[Notice], *, is_asked: bool
) -> tuple[str, str]:
    """The reason and its detail; emails/owed.txt has the words."""
    if state != EnrollmentState.COMPLETED:
        return "not-completed", ""
    if is_asked:
        return "question-open", ""
    if certificate is None:
        return "not-numbered", ""
    if not certificate.is_live:
        return "revoked", ""
    if certificate.failed_at:
        return "apart", certificate.fail_reason
    if not certificate.is_rendered:
        return "not-printed", ""
    last = notices[-1] if notices else None
    if last is None or last.withdrawn_at:
        return "no-letter", ""
    if last.state != NoticeState.DEAD:
        return "letter-waits", ""
    if last.bounced_at:
        return "came-back", next((bounce.status for bounce in last.bounces.all()), "")
    return "given-up", ""


def tell_staff(
    kind: str, owed: list[OwedCertificate], *, day: date, attention: str, at: datetime
) -> None:
    """Queue one notice for each recipient and day; none if nothing is owed."""
    if not owed:
        return
    addresses = sorted({user.email for user in User.objects.staff_who_may(RIGHT)}) or [
        settings.PROVIDER_EMAIL
    ]
    changelist = reverse("admin:enrollment_deadline_changelist")
    facts = {
        "owed": [asdict(each) for each in owed[:MOST_LISTED]],
        "count": len(owed),
        "more": max(len(owed) - MOST_LISTED, 0),
        "list_url": f"{settings.SITE_URL}{changelist}?attention={attention}",
    }
    for address in addresses:
        _tell_once(kind, to=address, day=day, facts=facts, at=at)


@once_more_if_beaten
@transaction.atomic
def _tell_once(kind: str, *, to: str, day: date, facts: dict[str, object], at: datetime) -> None:
    about = ("terms", CLAUSE)
    occasion = day.isoformat()
    queued = Notice.objects.filter(
        kind=kind, about_kind=about[0], about_key=about[1], recipient=to, occasion=occasion
    )
    if not queued.exists():
        queue_notice(
            kind,
            about=about,
            to=to,
            language=settings.LANGUAGE_CODE,
            occasion=occasion,
            facts=facts,
            at=at,
        )


def working_day_up_to(day: date, calendar: Calendar) -> date:
    """The day itself, or the last working day before it."""
    while not calendar.is_working(day):
        day -= timedelta(days=1)
    return day
