"""Taking a number: the first of a certificate's two transactions (C1)."""

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
    """A new certificate with number, code and facts; the caller has locked the order."""
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
    """Copy the facts; if the second sheet cannot be written, set the certificate apart."""
    freeze_face(certificate, enrollment)
    try:
        freeze_record(certificate, enrollment)
        certificate.failed_at = None
        certificate.fail_reason = ""
    except CannotStateError as error:
        certificate.failed_at = at
        certificate.fail_reason = error.reason
        # The address was never told, or a value was emptied since the contract was concluded.
        if error.reason == INCOMPLETE:
            order = Order.objects.with_people().get(pk=enrollment.order_id)
            ask_if_doubtful(order, found_on=almaty_day(at), at=at, gaps=True)


def draft_certificate(enrollment: Enrollment) -> Certificate:
    """A sample with the facts of now: no number, not stored."""
    draft = Certificate(enrollment=enrollment, number="", code="")
    freeze_face(draft, enrollment)
    # A sample shows the face even if the second sheet cannot be written.
    with suppress(CannotStateError):
        freeze_record(draft, enrollment, complete=False)
    return draft


def _next_number(year: int) -> str:
    NumberSeries.objects.get_or_create(year=year)
    series = NumberSeries.objects.select_for_update().get(year=year)
    series.last += 1
    series.save(update_fields=["last"])
    return certificate_number(year, series.last)
