"""Questions about certificates that doors ask: by code, how one will look, and what staff read."""

from datetime import datetime

from django.db import transaction

from certificates.models import Certificate
from certificates.rendering import certificate_pdf
from enrollment.models import Order
from enrollment.operations.personal_data import record_sight
from offer_site.accounts.models import User
from offer_site.documents import SeenAs
from offer_site.journal.operations import actor

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
    seen = SeenAs(
        about=("certificate", certificate.number),
        order=certificate.enrollment.order.code,
        verb="certificate.read",
    )
    record_sight(seen, by=actor(by), at=at)
    return certificate_file(certificate)
