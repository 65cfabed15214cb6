"""Taking a number: the first of the two transactions of a certificate (C1)."""

from contextlib import suppress
from datetime import datetime

from django.db import transaction

from certificates.models import Certificate, NumberSeries
from certificates.rules import certificate_number
from enrollment.models import Enrollment, Order
from enrollment.operations.clarification.questions import ask_if_doubtful
from offer_site.days import almaty_day
from offer_site.journal.operations import SYSTEM, record

from .facts import INCOMPLETE, CannotStateError, freeze_face, freeze_record


@transaction.atomic(savepoint=False)
def number_certificate(*, enrollment: Enrollment, by: str = SYSTEM, at: datetime) -> Certificate:
    """Give an enrollment's new certificate its number, code and facts;
    the caller holds the order's lock.
    """
    certificate = Certificate(
        enrollment=enrollment,
        number=_next_number(almaty_day(at).year),
        issued_on=almaty_day(at),
        numbered_at=at,
    )
    freeze_facts(certificate, enrollment, at=at)
    certificate.save(force_insert=True)
    order = enrollment.order.code
    about = ("certificate", certificate.number)
    record("certificate.numbered", about=about, order=order, by=by, at=at, clause="9.1")
    return certificate


@transaction.atomic(savepoint=False)
def freeze_facts(certificate: Certificate, enrollment: Enrollment, *, at: datetime) -> None:
    """Take down the facts; where the second sheet cannot be written,
    set the certificate apart with the reason.
    """
    freeze_face(certificate, enrollment)
    try:
        freeze_record(certificate, enrollment)
        certificate.failed_at = None
        certificate.fail_reason = ""
    except CannotStateError as error:
        certificate.failed_at = at
        certificate.fail_reason = error.reason
        if (
            error.reason == INCOMPLETE
        ):  # what was whole when the contract was concluded has been emptied since
            order = Order.objects.with_people().get(pk=enrollment.order_id)
            ask_if_doubtful(order, found_on=almaty_day(at), at=at)


def draft_certificate(enrollment: Enrollment) -> Certificate:
    """Make a certificate that is stored nowhere and has no number:
    how it will look with the name of now.
    """
    draft = Certificate(enrollment=enrollment, number="", code="")
    freeze_face(draft, enrollment)
    with suppress(
        CannotStateError
    ):  # a sample shows the face even where the second sheet cannot be written
        freeze_record(draft, enrollment, complete=False)
    return draft


def _next_number(year: int) -> str:
    NumberSeries.objects.get_or_create(year=year)
    series = NumberSeries.objects.select_for_update().get(year=year)
    series.last += 1
    series.save(update_fields=["last"])
    return certificate_number(year, series.last)
