"""Corrections and questions about a recipient before a certificate states the data (9.5).

The enrollment app knows no certificates, so the order is locked and checked here.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from certificates.models import Certificate
from enrollment.models import Clarification, Enrollment, Learner, Order
from enrollment.operations.clarification.questions import ask_by_hand, ask_if_doubtful
from enrollment.operations.corrections.learners import correct_name
from offer_site.accounts.models import User
from offer_site.days import almaty_day


def name_can_be_corrected(order: Order) -> bool:
    """True until a certificate is numbered: from then on it states the name (9.5)."""
    return not Certificate.objects.of_order(order.code).live().exists()


@transaction.atomic
def correct_certificate_name(
    *, order: Order, surname: str, name: str, patronymic: str, by: str, at: datetime
) -> Learner:
    """Correct the name for the certificate to come; a doubtful one leads to a question (9.5).

    The order is locked with all of its invoice: the question may be about the company.
    """
    locked = Order.objects.locked().select_related("learner").beside(pk=order.pk)
    order = next(each for each in locked if each.pk == order.pk)
    learner = correct_name(
        learner=order.learner,
        surname=surname,
        name=name,
        patronymic=patronymic,
        issued=not name_can_be_corrected(order),
        by=by,
        at=at,
    )
    if Enrollment.objects.filter(order=order).exists():
        order = Order.objects.with_people().get(pk=order.pk)
        ask_if_doubtful(order, found_on=almaty_day(at), at=at)
    return learner


@transaction.atomic
def ask_about_recipient(
    *,
    order: Order,
    fields: Sequence[str],
    words_kk: str,
    words_ru: str,
    by: User,
    at: datetime,
) -> Clarification:
    """Ask about a recipient whose data no certificate states yet (9.5); the order is locked."""
    order = Order.objects.locked().get(pk=order.pk)
    issued = Certificate.objects.of_order(order.code).live().exclude(record="").exists()
    return ask_by_hand(
        order=order,
        fields=fields,
        words_kk=words_kk,
        words_ru=words_ru,
        issued=issued,
        by=by,
        at=at,
    )
