"""Issuing: the number in one transaction, the PDF outside any, file and letter in another (9.1).

Anything may end the process between the two transactions: the next run finds a numbered certificate
without a file and goes on with the same number (C1, C2). The sweep numbers, the earliest deadline
first, and queues; workers print.
"""

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime

from billiard.exceptions import SoftTimeLimitExceeded
from celery import current_app
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Exists, OuterRef, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from kombu.exceptions import OperationalError as BrokerIsAway

from certificates.models import MOST_DEATHS, Certificate
from certificates.rendering import certificate_pdf
from enrollment.models import Deadline, Enrollment, EnrollmentState, Order
from enrollment.operations.terms.certificate_clock import require_no_open_question
from offer_site.errors import RuleViolation
from offer_site.journal.operations import SYSTEM, record
from offer_site.leases import Clock
from offer_site.priorities import Priority

from .claiming import (
    MOST_LOOKS,
    claim,
    claim_deadly,
    give_up,
    mark_queued,
    take_back,
)
from .facts import enrollment_to_certify
from .numbering import freeze_facts, number_certificate
from .papers import sign_paper
from .returned import reopen_returned
from .second_look import DeadlyPaperError, NotPrintedError, NoVerdictError, print_alone
from .sending import CLAUSE, confirm_sent, queue_certificate

log = logging.getLogger(__name__)

TASK = "certificates.issue_certificate"
TOOK_TOO_LONG = gettext_noop("Printing it took too long and was stopped.")


class CertificateSetApartError(Exception):
    """A certificate could not be issued: it waits apart with its reason, and the others go on."""

    def __init__(self, certificate: Certificate) -> None:
        super().__init__(f"{certificate.number}: {certificate.fail_reason}")
        self.certificate = certificate


@dataclass(frozen=True)
class IssuingResult:
    """The result for one order: `issued`, `handed`, `busy`, `sent`, `returned` or `failed`.

    `handed`: queued for a worker. `busy`: a worker prints it at this moment. `sent`: its letter has
    left, in time or late. `returned`: its letter came back, and its term runs again.
    """

    what: str
    order: str
    number: str = ""
    detail: str = ""

    @property
    def needs_a_person(self) -> bool:
        return self.what in ("failed", "returned")


def issue_certificate(*, enrollment_id: int, at: datetime) -> Certificate:
    """Issue the certificate of a completed enrollment, or return the live one (9.1).

    It may not be printed yet, if another worker prints it at this moment. Raises RuleViolation if
    none is due, CertificateSetApartError if it cannot be printed.
    """
    certificate = reserve_certificate(enrollment_id=enrollment_id, at=at)
    if not certificate.is_rendered:
        certificate = print_certificate(certificate, at=at)
        if certificate.is_rendered:
            confirm_sent(at=at, order=certificate.enrollment.order.code)
    return certificate


def issue_due_certificates(*, at: datetime) -> list[IssuingResult]:
    """Issue every certificate that is due, each in its own transactions; workers print, if any.

    One failure must not stop the others. Without a broker, this process prints.
    """
    outcomes = [
        IssuingResult("returned", order) for order in reopen_returned(at=at)
    ] + confirm_outcomes(at=at)
    outcomes += look_again(at=at)
    broker_answers = not settings.CELERY_TASK_ALWAYS_EAGER
    for enrollment_id, order in due_enrollments(at=at):
        queued = _queue_for_worker(enrollment_id, order, at=at) if broker_answers else None
        broker_answers = broker_answers and queued is not None
        outcomes.append(queued or _issue_one(enrollment_id, order, at=at))
    return outcomes + confirm_outcomes(at=at)


def due_enrollments(*, at: datetime) -> list[tuple[int, str]]:
    """Completed enrollments whose certificate is to be printed and in no queue, by deadline.

    Those set apart come last. A revoked certificate is never reissued here: staff decide that, with
    `replace_certificate`.
    """
    certificates = Certificate.objects.filter(enrollment=OuterRef("pk"))
    deadlines = Deadline.objects.filter(order=OuterRef("order"), clause=CLAUSE).order_by(
        "-opened_at"
    )
    due = (
        Enrollment.objects.completed()
        .without_open_clarification()
        .filter(~Exists(certificates) | Exists(certificates.to_hand_over(at)))
        .order_by(
            Exists(certificates.set_apart()),
            Subquery(deadlines.values("due_before")[:1]),
            "completed_at",
            "pk",
        )
    )
    return list(due.values_list("pk", "order__code"))


def print_certificate(certificate: Certificate, *, at: datetime) -> Certificate:
    """Make and store the PDF outside any transaction; on an error the certificate is set apart.

    Returns the certificate unchanged if another worker has it. Raises CertificateSetApartError. A
    time-stamp is asked for over the network.
    """
    if certificate.record:
        if not claim(certificate, at=at):
            return _as_it_stands(certificate.pk)
        try:
            return _sign_and_store(certificate, certificate_pdf(certificate), at=at)
        except Exception as error:
            log.exception("certificate %s was not printed", certificate.number)
            _set_apart(certificate, error, at=at)
            raise CertificateSetApartError(certificate) from error
    raise CertificateSetApartError(certificate)


def look_again(*, at: datetime) -> list[IssuingResult]:
    """Print alone, one by one, the certificates on which workers died; only then ask a person."""
    clock = Clock(at)
    deadly = Certificate.objects.deadly(at).with_order().defer("record")
    return [_look_at(certificate, at=clock.now()) for certificate in deadly]


def _look_at(certificate: Certificate, *, at: datetime) -> IssuingResult:
    """The second look at one certificate; an end from outside says nothing, and it waits on."""
    order = certificate.enrollment.order.code
    if certificate.attempts >= MOST_DEATHS + MOST_LOOKS:
        return failed(give_up(certificate, at=at))
    if not claim_deadly(certificate, at=at):
        return IssuingResult("busy", order, certificate.number)
    try:
        certificate = Certificate.objects.with_order().get(pk=certificate.pk)
        _sign_and_store(certificate, print_alone(certificate), at=at)
    except NoVerdictError as outside:
        log.warning("certificate %s was not printed alone: %s", certificate.number, outside)
        return IssuingResult("busy", order, certificate.number, str(outside))
    except DeadlyPaperError as deadly:
        log.error("certificate %s ends who prints it: %s", certificate.number, deadly)
        return failed(give_up(certificate, at=at))
    except Exception as error:
        log.exception("certificate %s was not printed", certificate.number)
        _set_apart(certificate, error, at=at)
        return failed(certificate)
    return IssuingResult("issued", order, certificate.number)


def _sign_and_store(certificate: Certificate, drawn: bytes, *, at: datetime) -> Certificate:
    pdf, stamp = sign_paper(drawn, at=at)
    path = default_storage.save(
        f"certificates/{certificate.issued_on.year}/{certificate.file_name}", ContentFile(pdf)
    )
    return store_paper(certificate, pdf=pdf, path=path, stamp=stamp, at=at)


def store_paper(
    certificate: Certificate, *, pdf: bytes, path: str, stamp: dict[str, str], at: datetime
) -> Certificate:
    """Make a stored file the certificate's own; delete it if another worker was faster.

    A refused file is deleted too. After a lost connection it stays: the database may have taken it.
    """
    try:
        stored = _store(
            certificate.pk, file=path, sha256=hashlib.sha256(pdf).hexdigest(), stamp=stamp, at=at
        )
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        if not Certificate.objects.filter(pk=certificate.pk, file=path).exists():
            default_storage.delete(path)
        raise
    if stored.file != path:
        default_storage.delete(path)
    return stored


def confirm_outcomes(*, at: datetime) -> list[IssuingResult]:
    return [
        IssuingResult("sent", sent.order, sent.number, "" if sent.in_time else "late")
        for sent in confirm_sent(at=at)
    ]


@transaction.atomic
def reserve_certificate(*, enrollment_id: int, at: datetime) -> Certificate:
    """The live certificate, or a newly numbered one: the first transaction, the order locked.

    It is locked with all of its invoice: what the second sheet lacks may be asked of the company.
    Raises RuleViolation if the service is not performed or the certificate was revoked (9.1), or
    while a question about the recipient is open.
    """
    Order.objects.lock_beside(enrollment=enrollment_id)
    Order.objects.locked().get(enrollment=enrollment_id)
    enrollment = enrollment_to_certify(enrollment_id)
    certificate = Certificate.objects.live().filter(enrollment=enrollment).first()
    if certificate is None or not certificate.record:
        require_no_open_question(enrollment)
    if certificate is None:
        if enrollment.state != EnrollmentState.COMPLETED:
            raise RuleViolation(
                _("The certificate is issued when the service is performed."), clause="9.1"
            )
        if enrollment.certificates.exists():
            raise RuleViolation(
                _("The certificate was revoked. Reissue it with a reason."), clause="9.1"
            )
        certificate = number_certificate(enrollment=enrollment, at=at)
    elif not certificate.record:
        freeze_facts(certificate, enrollment, at=at)
        certificate.save()
    certificate.enrollment = enrollment
    return certificate


@transaction.atomic
def _store(pk: int, *, file: str, sha256: str, stamp: dict[str, str], at: datetime) -> Certificate:
    """Record the file and its digest, and queue the letter: the second transaction."""
    order = Order.objects.locked().get(enrollment__certificates=pk)
    certificate = Certificate.objects.locked().with_order().get(pk=pk)
    if certificate.is_rendered or not certificate.is_live:
        return certificate
    certificate.file = file
    certificate.sha256 = sha256
    certificate.rendered_at = at
    certificate.failed_at = None
    certificate.fail_reason = ""
    certificate.handed_at = None
    certificate.lease_until = None
    certificate.attempts = 0
    certificate.save(
        update_fields=[
            "file",
            "sha256",
            "rendered_at",
            "failed_at",
            "fail_reason",
            "handed_at",
            "lease_until",
            "attempts",
        ]
    )
    about = ("certificate", certificate.number)
    facts = {"sha256": sha256, **stamp}
    record(
        "certificate.issued",
        about=about,
        order=order.code,
        facts=facts,
        by=SYSTEM,
        at=at,
        clause="9.1",
    )
    queue_certificate(certificate, at=at)
    return certificate


def _set_apart(certificate: Certificate, error: Exception, *, at: datetime) -> None:
    """Record why it could not be printed; a timeout counts like a death, other errors do not."""
    was_stopped = isinstance(error, SoftTimeLimitExceeded)
    reason = TOOK_TOO_LONG if was_stopped else _reason_of(error)
    certificate.failed_at = at
    certificate.fail_reason = reason
    came_back = {} if was_stopped else {"attempts": 0}
    waiting = Certificate.objects.waiting_to_be_rendered().filter(pk=certificate.pk)
    # An ended lease, and not none: after the second stop it is printed alone.
    ended = at if was_stopped else None
    waiting.update(failed_at=at, fail_reason=reason, lease_until=ended, handed_at=None, **came_back)


def _reason_of(error: Exception) -> str:
    """The name of the error; one of another process brings its own."""
    return str(error) if isinstance(error, NotPrintedError) else type(error).__name__


def _as_it_stands(pk: int) -> Certificate:
    """A certificate that another process prints; CertificateSetApartError if set apart for good."""
    certificate = Certificate.objects.with_order().get(pk=pk)
    if certificate.attempts >= MOST_DEATHS and certificate.failed_at:
        raise CertificateSetApartError(certificate)
    return certificate


def _queue_for_worker(enrollment_id: int, order: str, *, at: datetime) -> IssuingResult | None:
    """Number a certificate and queue it; None when no broker answers, and the caller prints it."""
    try:
        certificate = reserve_certificate(enrollment_id=enrollment_id, at=at)
    except Exception as error:
        log.exception("the certificate of %s was not numbered", order)
        return IssuingResult("failed", order, detail=type(error).__name__)
    if not certificate.record:
        return failed(certificate)
    if not mark_queued(certificate, at=at):
        return IssuingResult("busy", order, certificate.number)
    try:
        current_app.send_task(TASK, [enrollment_id], retry=False, priority=int(Priority.PAPER))
    except BrokerIsAway:
        log.warning("No broker answers: certificates are issued by this process.")
        take_back(certificate, at=at)
        return None
    return IssuingResult("handed", order, certificate.number)


def _issue_one(enrollment_id: int, order: str, *, at: datetime) -> IssuingResult:
    try:
        certificate = issue_certificate(enrollment_id=enrollment_id, at=at)
    except CertificateSetApartError as error:
        return failed(error.certificate)
    except Exception as error:
        log.exception("the certificate of %s was not issued", order)
        return IssuingResult("failed", order, detail=type(error).__name__)
    return IssuingResult("issued" if certificate.is_rendered else "busy", order, certificate.number)


def failed(certificate: Certificate) -> IssuingResult:
    return IssuingResult(
        "failed", certificate.enrollment.order.code, certificate.number, certificate.fail_reason
    )
