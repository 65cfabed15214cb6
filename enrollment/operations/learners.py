"""Correcting the learner's name, until the certificate states it (9.5)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import LIVE, Enrollment, Learner, Order
from enrollment.operations.orders import learner_key
from offer_site.errors import RuleViolation
from offer_site.journal.operations import record


@transaction.atomic(savepoint=False)
def correct_name(
    *, learner: Learner, surname: str, name: str, patronymic: str, issued: bool, by: str, at: datetime
) -> Learner:
    """Correct the name that the certificate will state; refused once one is issued (9.5).

    The core knows no certificates: the caller says whether one is `issued`, and holds the order's lock while it asks.
    """
    order = Order.objects.locked().select_related("party").get(learner=learner.pk)
    learner = Learner.objects.select_for_update().get(pk=learner.pk)
    if issued:
        raise RuleViolation(
            _("The certificate is issued already. To correct it, write to us: the old one will read as replaced."),
            clause="9.5",
        )
    if (learner.surname, learner.name, learner.patronymic) == (surname, name, patronymic):
        return learner
    learner.keep_former()
    before = learner.digest()
    learner.surname, learner.name, learner.patronymic = surname, name, patronymic
    key = learner_key(email=order.party.email, full_name=learner.full_name)
    enrolled = Enrollment.objects.filter(learner_key=key, cohort=order.cohort_id, state__in=LIVE)
    if enrolled.exclude(order=order).exists():
        raise RuleViolation(_("This learner is already enrolled in this cohort."), clause="3.3", field="surname")
    learner.save(update_fields=["surname", "name", "patronymic"])
    Enrollment.objects.filter(order=order).update(learner_key=key)
    order.learner_key = key
    order.save(update_fields=["learner_key"])
    facts = {"learner_before": before, "learner": learner.digest()}
    about = ("order", order.code)
    record("learner.name_corrected", about=about, order=order.code, facts=facts, by=by, at=at, clause="9.5")
    return learner
