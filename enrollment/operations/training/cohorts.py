"""The seats of a cohort, and the links that open its lowest price (4.1, 4.6)."""

from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.models import Cohort, Place
from enrollment.rules.prices import webinar_code
from offer_site.errors import RuleViolation
from offer_site.journal.operations import record
from offer_site.languages import Language, speaking


@transaction.atomic(savepoint=False)
def set_seats(*, cohort: Cohort, seats: int, by: str, at: datetime) -> Cohort:
    """Set the number of seats: places are added at the end, or free ones are removed there (4.6).

    Raises RuleViolation if a place that would go is taken.
    """
    cohort = Cohort.objects.select_for_update(no_key=True).get(pk=cohort.pk)
    # Only places that may go are locked, and the cohort's lock does not stop new orders: buyers go
    # on meanwhile.
    places = list(Place.objects.filter(cohort=cohort).order_by("number"))
    if len(places) == seats:
        return cohort
    ending = [place.pk for place in places[seats:]]
    beyond = list(Place.objects.select_for_update().filter(pk__in=ending).order_by("number"))
    taken = [
        place
        for place in beyond
        if place.order_id and (place.held_until is None or place.held_until > at)
    ]
    if taken:
        raise RuleViolation(
            _("Place %(number)s is taken: there can be no fewer than %(number)s seats.")
            % {"number": places.index(taken[-1]) + 1},
            clause="4.6",
            field="seats",
        )
    last = places[-1].number if places else 0
    Place.objects.bulk_create(
        [Place(cohort=cohort, number=last + more) for more in range(1, seats - len(places) + 1)]
    )
    free = Q(order=None) | Q(held_until__lte=at)
    Place.objects.filter(free, pk__in=ending).delete()
    facts = {"from": len(places), "to": seats}
    record(
        "cohort.seats_set",
        about=("cohort", str(cohort.pk)),
        facts=facts,
        by=by,
        at=at,
        clause="4.6",
    )
    return cohort


@transaction.atomic(savepoint=False)
def make_webinar_links(
    *, cohort: Cohort, ends_at: datetime, by: str, at: datetime
) -> dict[str, str]:
    """The webinar's link in each language; it opens the lowest price until `ends_at` (4.1)."""
    if ends_at <= at:
        raise RuleViolation(
            _("The end of a webinar link lies ahead."), clause="4.1", field="ends_at"
        )
    code = webinar_code(secret=settings.SECRET_KEY, cohort_id=cohort.pk, ends_at=ends_at)
    facts = {"code": code, "ends_at": ends_at.astimezone(UTC).isoformat()}
    record(
        "cohort.webinar_link",
        about=("cohort", str(cohort.pk)),
        facts=facts,
        by=by,
        at=at,
        clause="4.1",
    )
    return {language: _webinar_link(language, code) for language in Language.values}


def _webinar_link(language: str, code: str) -> str:
    with speaking(language):
        return f"{settings.SITE_URL}{reverse('webinar', args=[code])}"
