"""Reading certificates: by check code, as a sample, and for staff."""

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
    """An issued certificate by its check code, without its encrypted rows (C4)."""
    return Certificate.objects.rendered().defer("record").filter(code=code).first()


def current_certificate(certificate: Certificate) -> Certificate | None:
    """The last certificate in a chain of corrections; None while it is being made."""
    current = certificate
    while current.replaced_by_id:
        current = Certificate.objects.defer("record").get(pk=current.replaced_by_id)
    return current if current.is_rendered else None


def sample_of(order: Order) -> bytes:
    """The PDF of an order's certificate with the facts of now, without number and code."""
    return certificate_pdf(draft_certificate(enrollment_to_certify(order.enrollment.pk)))


@transaction.atomic
def show_certificate(*, certificate: Certificate, by: User, at: datetime) -> bytes:
    """The PDF for staff; it states an address, so the journal records who read it (5.4)."""
    seen = SeenAs(
        about=("certificate", certificate.number),
        order=certificate.enrollment.order.code,
        verb="certificate.read",
    )
    record_sight(seen, by=actor(by), at=at)
    return certificate_file(certificate)
