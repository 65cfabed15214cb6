"""What letters carry: addresses (the order's page opens to a signed link,
the code alone is not found) and names.
"""

from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.core import signing
from django.urls import reverse

from enrollment.models import Cohort, HalvesRequest, Invoice, Order, Tariff
from offer_site.languages import speaking

_SIGNER = signing.Signer(salt="enrollment.order-page")
_INVOICE_SIGNER = signing.Signer(salt="enrollment.invoice-page")
_HALVES_SIGNER = signing.Signer(salt="enrollment.halves-page")


def order_signature(order: Order) -> str:
    """Sign an order for its registered e-mail: when the e-mail is corrected,
    links to the old one stop working.
    """
    return _SIGNER.signature(f"{order.code}:{order.party.email}")


def order_link(order: Order) -> str:
    """Build the signed link to the order's page for a letter."""
    with speaking(order.language):
        return (
            f"{settings.SITE_URL}{reverse('order', args=[order.code])}?key={order_signature(order)}"
        )


def clarification_link(order: Order) -> str:
    """Build the signed link to the page on which a question
    about the recipient is answered (9.5).
    """
    with speaking(order.language):
        address = reverse("clarification", args=[order.code])
    return f"{settings.SITE_URL}{address}?key={order_signature(order)}"


def invoice_signature(invoice: Invoice, emails: Iterable[str]) -> str:
    """Sign an invoice for the registered e-mails of its orders: when one is corrected,
    links to the old one die.
    """
    return _INVOICE_SIGNER.signature(f"{invoice.code}:{' '.join(sorted(set(emails)))}")


def invoice_link(invoice: Invoice, orders: Iterable[Order]) -> str:
    """Build the link to the invoice's page for a letter, signed while all its orders have one
    e-mail.

    Where one was corrected and others were not, nobody knows whose mailbox the letter goes to: it
    carries no key.
    """
    emails = {order.party.email for order in orders}
    key = f"?key={invoice_signature(invoice, emails)}" if len(emails) == 1 else ""
    with speaking(invoice.language):
        return f"{settings.SITE_URL}{reverse('invoice', args=[invoice.code])}{key}"


def halves_signature(request: HalvesRequest) -> str:
    """Sign a request for halves for the e-mail it was made with."""
    return _HALVES_SIGNER.signature(f"{request.code}:{request.email}")


def halves_link(request: HalvesRequest) -> str:
    """Build the signed link to the request's page for a letter."""
    return _halves_address("halves", request)


def halves_checkout_link(request: HalvesRequest) -> str:
    """Build the signed link to the checkout of an agreement (4.3.1)."""
    return _halves_address("halves_checkout", request)


def _halves_address(page: str, request: HalvesRequest) -> str:
    with speaking(request.language):
        address = reverse(page, args=[request.code])
    return f"{settings.SITE_URL}{address}?key={halves_signature(request)}"


def cabinet_link(language: str) -> str:
    with speaking(language):
        return f"{settings.SITE_URL}{reverse('cabinet')}"


def home_link(language: str) -> str:
    with speaking(language):
        return f"{settings.SITE_URL}{reverse('home')}"


def service_name(order: Order) -> str:
    """Name the service as 4.1 does: course and package."""
    return service_of(order.tariff, order.cohort)


def service_of(tariff: Tariff, cohort: Cohort) -> str:
    return f"{cohort.course.name} – {tariff.package.name}"


def rest_facts(order: Order, rest_on: date | None) -> dict[str, str | int]:
    """Give what a letter says of the rest, if there is one (4.3.1)."""
    return (
        {"rest": order.price - order.prepayment, "rest_on": rest_on.isoformat()} if rest_on else {}
    )
