"""Correcting the learner's name, until the certificate states it (9.5)."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import LIVE, Enrollment, Learner, Order
from enrollment.operations.clarification.questions import follow_correction
from enrollment.operations.ordering.applications import learner_key
from offer_site.errors import RuleViolation
from offer_site.journal.operations import record


@transaction.atomic(savepoint=False)
def correct_name(
    *,
    learner: Learner,
    surname: str,
    name: str,
    patronymic: str,
    issued: bool,
    by: str,
    at: datetime,
) -> Learner:
    """Correct the name that the certificate will state; refused once one is issued (9.5).

    The core knows no certificates: the caller says whether one is `issued`, and holds the order's
    lock while it asks.
    """
    order = Order.objects.locked().select_related("party").get(learner=learner.pk)
    learner = Learner.objects.select_for_update().get(pk=learner.pk)
    if issued:
        raise RuleViolation(
            _(
                "The certificate is issued already. To correct it, write to us: "
                "the old one will read as replaced."
            ),
            clause="9.5",
        )
    store_learner(
        order, learner, {"surname": surname, "name": name, "patronymic": patronymic}, by=by, at=at
    )
    follow_correction(order, by=by, at=at)
    return learner


def store_learner(
    order: Order, learner: Learner, values: dict[str, Any], *, by: str, at: datetime
) -> None:
    """Store new values of a learner; the accepted ones are kept beside them (A3).

    The caller holds the order's lock. Raises RuleViolation if the new name is that of somebody
    enrolled in the same cohort (3.3, O4).
    """
    changed = {
        name: value
        for name, value in values.items()
        if (getattr(learner, name) or "") != (value or "")
    }
    if not changed:
        return
    before = learner.digest()
    learner.keep_former()
    for name, value in changed.items():
        setattr(learner, name, value)
    key = learner_key(email=order.party.email, full_name=learner.full_name)
    enrolled = Enrollment.objects.filter(learner_key=key, cohort=order.cohort_id, state__in=LIVE)
    if enrolled.exclude(order=order).exists():
        raise RuleViolation(
            _("This learner is already enrolled in this cohort."), clause="3.3", field="surname"
        )
    learner.save(update_fields=list(changed))
    Enrollment.objects.filter(order=order).update(learner_key=key)
    order.learner_key = key
    order.save(update_fields=["learner_key"])
    facts = {"learner_before": before, "learner": learner.digest()}
    about = ("order", order.code)
    record(
        "learner.name_corrected",
        about=about,
        order=order.code,
        facts=facts,
        by=by,
        at=at,
        clause="9.5",
    )
