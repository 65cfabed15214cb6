"""The waiting list: an e-mail with its consent, one letter when sales open (5.1, 5.2)."""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse

from enrollment.models import Cohort, Course, Edition, Place, PriceWindow, WaitingPerson, Withdrawal
from offer_site.days import almaty_day
from offer_site.journal.operations import SYSTEM, record
from offer_site.languages import speaking
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import queue_notice

CLAUSE = "5.1"
# Nobody waits longer: sales did not open, and the e-mail is not needed any more (5.2).
KEPT = timedelta(days=365)
MOST_AT_ONCE = 500


def wait_for_sales(
    *,
    course: Course,
    email: str,
    consent_text: str,
    language: str,
    at: datetime,
    by: str,
    besides: Cohort | None = None,
) -> bool:
    """Put an e-mail on the list with the words it agreed to; False if it stands there already."""
    try:
        with transaction.atomic():
            person = WaitingPerson.objects.create(
                course=course,
                besides=besides,
                email=email,
                language=language,
                consent_text=consent_text,
                asked_at=at,
            )
            consent = hashlib.sha256(consent_text.encode()).hexdigest()
            _record("waiting.asked", person, {"consent": consent}, by=by, at=at)
    except IntegrityError:
        return False
    return True


def tell_of_sales(*, at: datetime) -> Iterator[int]:
    """Write one letter to everybody who waits for a course that is on sale, and erase the e-mail.

    Each letter and its erasing are one transaction; those who were told by another run are passed.
    """
    for cohort in cohorts_on_sale(at):
        waiting = WaitingPerson.objects.filter(course=cohort.course_id).exclude(besides=cohort)
        for key in waiting.order_by("asked_at", "pk").values_list("pk", flat=True)[:MOST_AT_ONCE]:
            if _tell(key, cohort, at=at):
                yield key


def cohorts_on_sale(at: datetime) -> list[Cohort]:
    """The cohort that the home page sells, if it has a free place, and an offer is in force.

    The shop sells the first cohort with an open price, sold out or not: who is told of another one
    would read there that all places are taken.
    """
    edition = Edition.objects.in_force(at, today=almaty_day(at)).first()
    if edition is None or Withdrawal.objects.standing().filter(edition=edition).exists():
        return []
    opened = PriceWindow.objects.not_over(at).filter(opens_at__lte=at).values("cohort")
    free = Place.objects.filter(Q(order=None) | Q(held_until__lte=at))
    sold = Cohort.objects.filter(pk__in=opened).select_related("course").order_by("starts_on", "pk")
    return [each for each in sold[:1] if free.filter(cohort=each).exists()]


@transaction.atomic
def forget(*, person: WaitingPerson, by: str, at: datetime) -> None:
    """Take an e-mail off the list, as its owner asked."""
    _record("waiting.forgotten", person, {}, by=by, at=at)
    person.delete()


def forget_old(*, at: datetime) -> int:
    """Erase those for whom sales did not open within a year; return how many."""
    count, _each = WaitingPerson.objects.filter(asked_at__lt=at - KEPT).delete()
    return count


@transaction.atomic
def _tell(key: int, cohort: Cohort, *, at: datetime) -> bool:
    person = WaitingPerson.objects.select_for_update().filter(pk=key).first()
    if person is None:
        return False
    with speaking(person.language):
        home = f"{settings.SITE_URL}{reverse('home')}"
    queue_notice(
        NoticeKind.SALES_OPEN,
        about=("waiting", str(key)),
        to=person.email,
        language=person.language,
        facts={
            "starts_on": cohort.starts_on.isoformat(),
            "ends_on": cohort.ends_on.isoformat(),
            "home_url": home,
        },
        at=at,
    )
    _record("waiting.told", person, {"cohort": cohort.name}, by=SYSTEM, at=at)
    person.delete()
    return True


def _record(
    verb: str, person: WaitingPerson, facts: dict[str, str], *, by: str, at: datetime
) -> None:
    record(verb, about=("waiting", str(person.pk)), facts=facts, by=by, at=at, clause=CLAUSE)
