"""Staff's decisions about a certificate, with reasons: reissue, revoke, send again (C2, S1)."""

from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from certificates.models import Certificate
from enrollment.models import Order
from enrollment.operations.corrections.learners import correct_name
from enrollment.operations.terms.certificate_clock import require_no_open_question
from offer_site.accounts.models import User
from offer_site.errors import RuleViolation
from offer_site.journal.operations import Line, actor, record, record_lines
from offer_site.notices.models import Notice
from offer_site.notices.operations import withdraw_notices

from .facts import enrollment_to_certify
from .issuing import print_certificate
from .numbering import number_certificate
from .sending import confirm_sent, queue_certificate

REASON_LENGTH = 300


class LearnerName(NamedTuple):
    """The learner's name for a corrected certificate."""

    surname: str
    name: str
    patronymic: str = ""


def replace_certificate(
    *,
    certificate: Certificate,
    reason: str,
    learner_name: LearnerName | None = None,
    by: User,
    at: datetime,
) -> Certificate:
    """Issue a new certificate with the facts of now; the old one is replaced at once (C2).

    `learner_name` is the corrected name, if the mistake was there. A revoked certificate is
    reissued in this way too. Raises RuleViolation without a reason, if it was replaced already
    (9.1), or while a question about the recipient is open.
    """
    new = _number_anew(certificate, reason=_reason(reason), learner_name=learner_name, by=by, at=at)
    printed = print_certificate(new, at=at)
    confirm_sent(at=at, order=printed.enrollment.order.code)
    return printed


@transaction.atomic
def revoke_certificate(
    *, certificate: Certificate, reason: str, by: User, at: datetime
) -> Certificate:
    """Revoke a certificate; its public page says so at once. The order is locked first.

    Letters that carry it are withdrawn. Raises RuleViolation if it is not live (9.1).
    """
    reason = _reason(reason)
    order = Order.objects.locked().get(enrollment__certificates=certificate.pk)
    certificate = Certificate.objects.locked().get(pk=certificate.pk)
    if not certificate.is_live:
        raise RuleViolation(_("This certificate was replaced or revoked already."), clause="9.1")
    certificate.revoked_at = at
    certificate.revoke_reason = reason
    certificate.save(update_fields=["revoked_at", "revoke_reason"])
    # The reason is only on the certificate: staff may name a person in it, the journal never (A2).
    about = ("certificate", certificate.number)
    withdraw_notices(about=about, at=at)
    record("certificate.revoked", about=about, order=order.code, by=actor(by), at=at, clause="9.1")
    return certificate


@transaction.atomic
def send_again(*, certificate: Certificate, by: User, at: datetime) -> Notice:
    """Queue the letter with the certificate again, to the e-mail registered now.

    The order is locked. Raises RuleViolation if the certificate is not issued and live (9.1).
    """
    order = Order.objects.locked().get(enrollment__certificates=certificate.pk)
    certificate = Certificate.objects.locked().with_order().get(pk=certificate.pk)
    if not certificate.is_rendered or not certificate.is_live:
        raise RuleViolation(
            _("Only a certificate that is issued and valid can be sent."), clause="9.1"
        )
    about = ("certificate", certificate.number)
    times = Notice.objects.filter(about_kind=about[0], about_key=about[1]).count()
    notice = queue_certificate(certificate, occasion=f"again-{times}", at=at)
    record(
        "certificate.sent_again", about=about, order=order.code, by=actor(by), at=at, clause="9.1"
    )
    return notice


@transaction.atomic
def try_again(*, certificate: Certificate, by: User, at: datetime) -> Certificate:
    """Let workers try a certificate again on which two have died, after a person checked its data.

    The order is locked. Raises RuleViolation if it is not given up (9.1).
    """
    order = Order.objects.locked().get(enrollment__certificates=certificate.pk)
    given_up = Certificate.objects.given_up().filter(pk=certificate.pk)
    if not given_up.update(attempts=0, handed_at=None, lease_until=None):
        raise RuleViolation(_("This certificate is not given up."), clause="9.1")
    about = ("certificate", certificate.number)
    record(
        "certificate.tried_again", about=about, order=order.code, by=actor(by), at=at, clause="9.1"
    )
    certificate.refresh_from_db(fields=["attempts", "handed_at", "lease_until"])
    return certificate


@transaction.atomic
def _number_anew(
    certificate: Certificate,
    *,
    reason: str,
    learner_name: LearnerName | None,
    by: User,
    at: datetime,
) -> Certificate:
    Order.objects.lock_beside(enrollment__certificates=certificate.pk)
    order = Order.objects.locked().get(enrollment__certificates=certificate.pk)
    old = Certificate.objects.locked().get(pk=certificate.pk)
    if old.replaced_at:
        raise RuleViolation(_("This certificate was replaced already."), clause="9.1")
    old.replaced_at = at
    old.replace_reason = reason
    old.save(update_fields=["replaced_at", "replace_reason"])
    withdraw_notices(about=("certificate", old.number), at=at)
    if learner_name:
        # The name is closed once a certificate states it; here that certificate is replaced.
        names = learner_name._asdict()
        correct_name(learner=order.learner, **names, issued=False, by=actor(by), at=at)
    enrollment = enrollment_to_certify(old.enrollment_id)
    require_no_open_question(enrollment)
    new = number_certificate(enrollment=enrollment, by=actor(by), at=at)
    old.replaced_by = new
    old.save(update_fields=["replaced_by"])
    line = Line(
        "certificate.replaced", ("certificate", old.number), {"by_number": new.number}, "9.1"
    )
    record_lines([line], order=order.code, by=actor(by), at=at)
    return new


def _reason(reason: str) -> str:
    reason = " ".join(reason.split())
    if not reason:
        raise RuleViolation(_("Say why."), field="reason")
    if len(reason) > REASON_LENGTH:
        raise RuleViolation(_("Say why in 300 characters at most."), field="reason")
    return reason
