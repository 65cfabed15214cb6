"""Questions about certificates that doors ask: by code, and how one will look."""

from certificates.models import Certificate
from certificates.rendering import certificate_pdf
from enrollment.models import Order

from .facts import enrollment_to_certify
from .numbering import draft_certificate


def find_certificate(code: str) -> Certificate | None:
    """Find an issued certificate by its check code, without what is encrypted or not public (C4)."""
    return Certificate.objects.rendered().defer("record").filter(code=code).first()


def current_certificate(certificate: Certificate) -> Certificate | None:
    """Follow the corrections of a replaced certificate to the one issued last; None while it is being made."""
    current = certificate
    while current.replaced_by_id:
        current = Certificate.objects.defer("record").get(pk=current.replaced_by_id)
    return current if current.is_rendered else None


def sample_of(order: Order) -> bytes:
    """Set the certificate of an order as it would be with the facts of now, without number and code."""
    return certificate_pdf(draft_certificate(enrollment_to_certify(order.enrollment.pk)))
