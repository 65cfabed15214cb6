"""What letters carry: addresses (the order's page opens to a signed link, the code alone is not found) and names."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from enrollment.models import Order
from offer_site.languages import speaking

_SIGNER = signing.Signer(salt="enrollment.order-page")


def order_signature(order: Order) -> str:
    """Sign an order for its registered e-mail: when the e-mail is corrected, links to the old one stop working."""
    return _SIGNER.signature(f"{order.code}:{order.party.email}")


def order_link(order: Order) -> str:
    """Build the signed link to the order's page for a letter."""
    with speaking(order.language):
        return f"{settings.SITE_URL}{reverse('order', args=[order.code])}?key={order_signature(order)}"


def cabinet_link(language: str) -> str:
    with speaking(language):
        return f"{settings.SITE_URL}{reverse('cabinet')}"


def home_link(language: str) -> str:
    with speaking(language):
        return f"{settings.SITE_URL}{reverse('home')}"


def service_name(order: Order) -> str:
    """Name the service as 4.1 does: course and package."""
    return f"{order.cohort.course.name} – {order.tariff.package.name}"
