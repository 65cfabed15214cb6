"""Issuing: a number in one transaction, the paper outside any, the file and the letter in another (9.1, C1, C2).

Between the two transactions anything may end the process: the next run finds a numbered certificate without a file
and goes on with the same number.
"""

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime

from celery import current_app
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError as BrokerIsAway

from certificates.models import Certificate
from certificates.rendering import certificate_pdf
from enrollment.models import Enrollment, EnrollmentState, Order
from enrollment.operations.certificate_clock import require_no_open_question
from offer_site.errors import RuleViolation
from offer_site.journal.operations import SYSTEM, record

from .facts import enrollment_to_certify
from .numbering import freeze_facts, number_certificate
from .sending import confirm_sent, queue_certificate

log = logging.getLogger(__name__)

TASK = "certificates.issue_certificate"


class CertificateSetApartError(Exception):
    """Say that a certificate could not be issued: it stands apart with its reason, and the others go out."""

    def __init__(self, certificate: Certificate) -> None:
        super().__init__(f"{certificate.number}: {certificate.fail_reason}")
        self.certificate = certificate


@dataclass(frozen=True)
class Outcome:
    """What a run did about one order: `issued`, `handed` to a worker, `sent` in time or late, or `failed`."""

    what: str
    order: str
    number: str = ""
    detail: str = ""

    @property
    def needs_a_person(self) -> bool:
        return self.what == "failed"


def issue_certificate(*, enrollment_id: int, at: datetime) -> Certificate:
    """Issue the certificate of a completed enrollment, or return the one that stands (9.1)."""
    certificate = reserve_certificate(enrollment_id=enrollment_id, at=at)
    if not certificate.is_rendered:
        certificate = print_certificate(certificate, at=at)
        confirm_sent(at=at, order=certificate.enrollment.order.code)
    return certificate


def issue_due_certificates(*, at: datetime) -> list[Outcome]:
    """Issue every certificate that is due, each in its own transactions; hand them to workers where there are any."""
    outcomes, broker_answers = confirm_outcomes(at=at), not settings.CELERY_TASK_ALWAYS_EAGER
    for enrollment_id, order in due_enrollments():
        broker_answers = broker_answers and _hand_over(enrollment_id)
        outcomes.append(Outcome("handed", order) if broker_answers else _issue_one(enrollment_id, order, at=at))
    return outcomes + confirm_outcomes(at=at)


def due_enrollments() -> list[tuple[int, str]]:
    """List the completed enrollments without a printed certificate; those set apart come last.

    A revoked certificate is not issued anew by a clock: that is a decision, and `replace_certificate` takes it.
    """
    certificates = Certificate.objects.filter(enrollment=OuterRef("pk"))
    due = (
        Enrollment.objects.completed()
        .without_open_clarification()
        .filter(~Exists(certificates) | Exists(certificates.waiting_to_be_rendered()))
        .order_by(Exists(certificates.set_apart()), "completed_at", "pk")
    )
    return list(due.values_list("pk", "order__code"))


def print_certificate(certificate: Certificate, *, at: datetime) -> Certificate:
    """Make the paper outside any transaction, keep it, and set the certificate apart if it cannot be made."""
    if certificate.record:
        try:
            pdf = certificate_pdf(certificate)
            kept_as = default_storage.save(
                f"certificates/{certificate.issued_on.year}/{certificate.file_name}", ContentFile(pdf)
            )
        except Exception as error:
            log.exception("certificate %s was not printed", certificate.number)
            _set_apart(certificate, reason=type(error).__name__, at=at)
            raise CertificateSetApartError(certificate) from error
        stored = _store(certificate.pk, file=kept_as, sha256=hashlib.sha256(pdf).hexdigest(), at=at)
        if stored.file != kept_as:
            default_storage.delete(kept_as)  # another worker was faster with the same paper
        return stored
    raise CertificateSetApartError(certificate)


def confirm_outcomes(*, at: datetime) -> list[Outcome]:
    return [Outcome("sent", sent.order, sent.number, "" if sent.in_time else "late") for sent in confirm_sent(at=at)]


@transaction.atomic
def reserve_certificate(*, enrollment_id: int, at: datetime) -> Certificate:
    """Find the certificate that stands, or number a new one: the first transaction."""
    Order.objects.locked().get(enrollment=enrollment_id)
    enrollment = enrollment_to_certify(enrollment_id)
    certificate = Certificate.objects.live().filter(enrollment=enrollment).first()
    if certificate is None or not certificate.record:
        require_no_open_question(enrollment)
    if certificate is None:
        if enrollment.state != EnrollmentState.COMPLETED:
            raise RuleViolation(_("The certificate is issued when the service is performed."), clause="9.1")
        if enrollment.certificates.exists():
            raise RuleViolation(_("The certificate was revoked. Reissue it with a reason."), clause="9.1")
        certificate = number_certificate(enrollment=enrollment, at=at)
    elif not certificate.record:
        freeze_facts(certificate, enrollment, at=at)
        certificate.save()
    certificate.enrollment = enrollment
    return certificate


@transaction.atomic
def _store(pk: int, *, file: str, sha256: str, at: datetime) -> Certificate:
    """Keep the paper's name and digest, and queue the letter: the second transaction."""
    order = Order.objects.locked().get(enrollment__certificates=pk)
    certificate = Certificate.objects.locked().with_order().get(pk=pk)
    if certificate.is_rendered or not certificate.is_live:
        return certificate
    certificate.file, certificate.sha256, certificate.rendered_at = file, sha256, at
    certificate.failed_at, certificate.fail_reason = None, ""
    certificate.save(update_fields=["file", "sha256", "rendered_at", "failed_at", "fail_reason"])
    about = ("certificate", certificate.number)
    record(
        "certificate.issued", about=about, order=order.code, facts={"sha256": sha256}, by=SYSTEM, at=at, clause="9.1"
    )
    queue_certificate(certificate, at=at)
    return certificate


@transaction.atomic
def _set_apart(certificate: Certificate, *, reason: str, at: datetime) -> None:
    certificate.failed_at, certificate.fail_reason = at, reason
    waiting = Certificate.objects.waiting_to_be_rendered().filter(pk=certificate.pk)
    waiting.update(failed_at=at, fail_reason=reason)


def _hand_over(enrollment_id: int) -> bool:
    """Ring for a worker; False when no broker answers, and the certificate is issued here and now."""
    try:
        current_app.send_task(TASK, [enrollment_id], retry=False)
    except BrokerIsAway:
        log.warning("No broker answers: certificates are issued by this process.")
        return False
    return True


def _issue_one(enrollment_id: int, order: str, *, at: datetime) -> Outcome:
    try:
        certificate = issue_certificate(enrollment_id=enrollment_id, at=at)
    except CertificateSetApartError as error:
        return Outcome("failed", order, error.certificate.number, error.certificate.fail_reason)
    except Exception as error:
        log.exception("the certificate of %s was not issued", order)
        return Outcome("failed", order, detail=type(error).__name__)
    return Outcome("issued", order, certificate.number)
