"""What a reported payment does to its order and place, and what ends it.

The caller holds the order's lock.
"""

from datetime import datetime

from enrollment.models import Cohort, Order, PaymentReport, Place, ReportEnding
from enrollment.rules.reports import places_kept_at_most

from .places import claim_place


def keep_place_overnight(*, order: Order, at: datetime, until: datetime) -> bool:
    """Hold the order's place, if reports keep fewer than a tenth of the cohort's places (4.6).

    False when they keep a tenth already, or the order's hold was over and no place is free. Reports
    of one cohort wait for each other by its lock. The lock is a statement of its own, so that the
    count after it reads fresh rows.
    """
    Cohort.objects.select_for_update(no_key=True).get(pk=order.cohort_id)
    kept = PaymentReport.objects.keeping_places().filter(order__cohort=order.cohort_id).count()
    if kept >= places_kept_at_most(Place.objects.filter(cohort=order.cohort_id).count()):
        return False
    own = Place.objects.filter(order=order).update(held_until=until)
    return own == 1 or claim_place(order=order, at=at, until=until)


def stop_keeping(
    *, order: Order, ending: ReportEnding, by: str, at: datetime, reason: str = ""
) -> None:
    """End the order's standing report, if any: the order is kept no longer than its day."""
    if order.kept_until is None:
        return
    PaymentReport.objects.filter(order=order, ended_at=None).update(
        ended_at=at, ending=ending, ended_by=by, reason=reason
    )
    order.kept_until = None
    order.save(update_fields=["kept_until"])
