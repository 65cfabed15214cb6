"""Questions about certificates that doors ask: by code, how one will look, and what staff read."""

from datetime import datetime

from django.db import transaction

from certificates.models import Certificate
from certificates.rendering import certificate_pdf
from enrollment.models import Order
from offer_site.accounts.models import User
from offer_site.journal.operations import actor, record

from .facts import enrollment_to_certify
from .files import certificate_file
from .numbering import draft_certificate


def find_certificate(code: str) -> Certificate | None:
    """Find an issued certificate by its check code,
    without what is encrypted or not public (C4).
    """
    return Certificate.objects.rendered().defer("record").filter(code=code).first()


def current_certificate(certificate: Certificate) -> Certificate | None:
    """Follow the corrections of a replaced certificate to the one issued last;
    None while it is being made.
    """
    current = certificate
    while current.replaced_by_id:
        current = Certificate.objects.defer("record").get(pk=current.replaced_by_id)
    return current if current.is_rendered else None


def sample_of(order: Order) -> bytes:
    """Set the certificate of an order as it would be with the facts of now,
    without number and code.
    """
    return certificate_pdf(draft_certificate(enrollment_to_certify(order.enrollment.pk)))


@transaction.atomic
def hand_to_staff(*, certificate: Certificate, by: User, at: datetime) -> bytes:
    """Give staff the paper, which states an address, and journal who read it (5.4)."""
    order = Order.objects.locked().get(enrollment__certificates=certificate.pk)
    about = ("certificate", certificate.number)
    record("certificate.read", about=about, order=order.code, by=actor(by), at=at, clause="5.4")
    return certificate_file(certificate)
