"""What staff do to a cohort before it is sold out."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from enrollment.models import Cohort, Place
from offer_site.errors import RuleViolation
from offer_site.journal.operations import record


@transaction.atomic(savepoint=False)
def set_seats(*, cohort: Cohort, seats: int, by: str, at: datetime) -> Cohort:
    """Give a cohort so many numbered places; only free ones at the end are taken away again (4.6, O1)."""
    Cohort.objects.select_for_update().get(pk=cohort.pk)
    places = Place.objects.filter(cohort=cohort)
    last = places.aggregate(last=Max("number"))["last"] or 0
    if seats == last:
        return cohort
    Place.objects.bulk_create([Place(cohort=cohort, number=number) for number in range(last + 1, seats + 1)])
    surplus = places.filter(number__gt=seats)
    if surplus.select_for_update().exclude(order=None).exists():
        raise RuleViolation(
            _("Places above %(seats)d are sold or held. Choose a larger number.") % {"seats": seats}, clause="4.6",
            field="seats",
        )  # fmt: skip
    surplus.delete()
    record(
        "cohort.seats_set",
        about=("cohort", str(cohort.pk)),
        facts={"from": last, "to": seats},
        by=by,
        at=at,
        clause="4.6",
    )
    return cohort
