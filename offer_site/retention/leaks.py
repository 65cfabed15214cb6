"""A leak of personal data: recorded, told to the authority in one working day, told to the persons.

The law counts one working day from the discovery. The journal keeps digests of what was written.
"""

import hashlib
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import Order
from offer_site.accounts.models import User
from offer_site.calendar.operations import current_calendar
from offer_site.calendar.rules import working_day_term
from offer_site.days import almaty_day, end_of_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor, record
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import left_to_the_sweep, queue_notice

from .models import Leak

WORKING_DAYS = 1


@transaction.atomic(savepoint=False)
def record_leak(
    *,
    happened: str,
    data: str,
    measures: str,
    contact: str,
    persons: int,
    orders: list[str],
    found_at: datetime,
    by: User,
    at: datetime,
) -> Leak:
    """Record a leak and begin its clock of one working day.

    Raises RuleViolation for a discovery still ahead, and for a code that is no order's.
    """
    if found_at > at:
        raise RuleViolation(_("It cannot have been found later than now."), field="found_at")
    known = set(Order.objects.filter(code__in=orders).values_list("code", flat=True))
    for code in orders:
        if code not in known:
            raise RuleViolation(
                _("There is no order %(code)s.") % {"code": code}, clause="11.4", field="orders"
            )
    calendar = current_calendar()
    due_on = working_day_term(almaty_day(found_at), WORKING_DAYS, calendar)
    leak = Leak.objects.create(
        happened=happened,
        data=data,
        measures=measures,
        contact=contact,
        persons=persons,
        orders=sorted(known),
        found_at=found_at,
        due_on=due_on,
        due_before=end_of_day(due_on),
        calendar_version=calendar.version,
        recorded_at=at,
        recorded_by=by,
    )
    facts = {
        "due_on": due_on.isoformat(),
        "persons": persons,
        "orders": len(known),
        "words": _digest(happened, data, measures),
    }
    _note("leak.recorded", leak, facts, by=by, at=at)
    return leak


@transaction.atomic(savepoint=False)
def report_leak(*, leak: Leak, number: str, reported_at: datetime, by: User, at: datetime) -> Leak:
    """Record that the authority was told, with the number of the report; late is recorded too."""
    leak = Leak.objects.select_for_update().get(pk=leak.pk)
    if leak.reported_at:
        raise RuleViolation(_("The authority was told already."), clause="11.4")
    if not leak.found_at <= reported_at <= at:
        raise RuleViolation(
            _("The report lies between the discovery and now."), clause="11.4", field="reported_at"
        )
    leak.reported_at = reported_at
    leak.report_number = number
    leak.reported_by = by
    leak.save(update_fields=["reported_at", "report_number", "reported_by"])
    facts = {"number": number, "late": reported_at >= leak.due_before}
    _note("leak.reported", leak, facts, by=by, at=at)
    return leak


@transaction.atomic(savepoint=False)
def tell_persons(*, leak: Leak, told_kk: str, told_ru: str, by: User, at: datetime) -> int:
    """Write to everyone whose order is named by the leak, once; returns the number of letters.

    Refused before the authority was told: the letter says that it was.
    """
    leak = Leak.objects.select_for_update().get(pk=leak.pk)
    if leak.persons_told_at:
        raise RuleViolation(_("The persons were told already."), clause="11.4")
    if not leak.reported_at:
        raise RuleViolation(_("Tell the authority first: the letter says so."), clause="11.4")
    orders = Order.objects.filter(code__in=leak.orders).exclude(party__email="")
    readers = dict(orders.order_by("pk").values_list("party__email", "language"))
    with left_to_the_sweep():
        for email, language in readers.items():
            queue_notice(
                NoticeKind.DATA_LEAKED,
                about=("leak", str(leak.pk)),
                to=email,
                language=language,
                facts={
                    "found_on": almaty_day(leak.found_at).isoformat(),
                    "told_kk": told_kk,
                    "told_ru": told_ru,
                },
                at=at,
            )
    leak.persons_told_at = at
    leak.save(update_fields=["persons_told_at"])
    facts = {"letters": len(readers), "words": _digest(told_kk, told_ru)}
    _note("leak.persons_told", leak, facts, by=by, at=at)
    return len(readers)


def _digest(*words: str) -> str:
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def _note(verb: str, leak: Leak, facts: dict[str, object], *, by: User, at: datetime) -> None:
    about = ("leak", str(leak.pk))
    record(verb, about=about, facts=facts, by=actor(by), at=at, clause="11.4")
