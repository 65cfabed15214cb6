"""Addresses and names for letters; an order's page opens by its signed link, not by its code."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from django.conf import settings
from django.core import signing
from django.db.models import Q
from django.urls import reverse

from enrollment.models import (
    Cohort,
    Edition,
    GuardianConsent,
    HalvesRequest,
    Invoice,
    LinkSubject,
    Order,
    Partner,
    Party,
    Tariff,
)
from offer_site.languages import speaking

_SIGNER = signing.Signer(salt="enrollment.order-page")
_INVOICE_SIGNER = signing.Signer(salt="enrollment.invoice-page")
_GUARDIAN_SIGNER = signing.Signer(salt="enrollment.guardian-page")
_PROPOSAL_SIGNER = signing.Signer(salt="enrollment.proposal-page")
_CERTIFICATE_SIGNER = signing.Signer(salt="enrollment.certificate-page")
_HALVES_SIGNER = signing.Signer(salt="enrollment.halves-page")
_PAY_SIGNER = signing.Signer(salt="enrollment.pay-page")
PAY_KEY = 22  # characters of six bits


def end_links(*, email: str, at: datetime) -> None:
    """Make every earlier link and cookie of an e-mail's orders, invoices and requests invalid.

    Called when all sessions of its user end (3.1(4)).
    """
    for owner, those in (
        (Party, Q(email=email)),
        (Invoice, Q(pk__in=Order.objects.filter(party__email=email).values("invoice"))),
        (HalvesRequest, Q(email=email) | Q(order__party__email=email)),
    ):
        owner.objects.filter(those).update(links_ended_at=at)


def _ended(owner: Party | Invoice | HalvesRequest) -> str:
    """What a signature holds besides, once earlier links were ended."""
    at = owner.links_ended_at
    return f":{at.astimezone(UTC):%Y%m%dT%H%M%S%f}" if at else ""


def order_signature(order: Order) -> str:
    """The signature over code and registered e-mail: once corrected, old links stop working."""
    return _SIGNER.signature(f"{order.code}:{order.party.email}{_ended(order.party)}")


def first_order_signature(order: Order) -> str:
    """What the signature was before links of the e-mail were first ended; it opens nothing now."""
    return _SIGNER.signature(f"{order.code}:{order.party.email}")


def order_link(order: Order) -> str:
    """The signed link to the order's page, in the order's language."""
    with speaking(order.language):
        return (
            f"{settings.SITE_URL}{reverse('order', args=[order.code])}?key={order_signature(order)}"
        )


def pay_signature(order: Order) -> str:
    """The signature by which somebody else pays an order: it opens the payment and no data.

    It ends as the order's own link does: by a corrected e-mail, and with all sessions. It is as
    short as 128 bits allow: the link is sent in messages and read by cameras.
    """
    signed = f"{order.code}:{order.party.email}{_ended(order.party)}"
    return _PAY_SIGNER.signature(signed)[:PAY_KEY]


def pay_link(order: Order, *, page: str = "pay_for") -> str:
    """The link to the page on which somebody else pays, in the language spoken now."""
    return f"{settings.SITE_URL}{reverse(page, args=[order.code])}?key={pay_signature(order)}"


def clarification_link(order: Order) -> str:
    """The signed link to the page where the question of 9.5 is answered."""
    with speaking(order.language):
        address = reverse("clarification", args=[order.code])
    return f"{settings.SITE_URL}{address}?key={order_signature(order)}"


def confirmation_link(order: Order, subject: str) -> str:
    """The signed link to the page where something is confirmed before the order can be paid."""
    with speaking(order.language):
        address = reverse("order_confirmation", args=[order.code, subject])
    return f"{settings.SITE_URL}{address}?key={order_signature(order)}"


def partner_link(partner: Partner) -> str:
    """The link of a partner, which marks the orders of whoever follows it (2.6)."""
    return f"{settings.SITE_URL}{reverse('partner', args=[partner.link_key])}"


def guardian_signature(consent: GuardianConsent) -> str:
    """The signature over the order and the guardian's e-mail: it opens the consent alone.

    A guardian who is a student too ends it with all sessions: orders of that e-mail say when.
    """
    own = Party.objects.filter(email=consent.email, links_ended_at__isnull=False)
    last = own.order_by("-links_ended_at").first()
    signed = f"{consent.order.code}:{consent.email}{_ended(last) if last else ''}"
    return _GUARDIAN_SIGNER.signature(signed)


def guardian_link(consent: GuardianConsent) -> str:
    """The signed link to the page where a minor's guardian consents (1.1)."""
    with speaking(consent.order.language):
        address = reverse("guardian_consent", args=[consent.order.code])
    return f"{settings.SITE_URL}{address}?key={guardian_signature(consent)}"


def certificate_signature(order: Order) -> str:
    """The signature of the certificate's page: it opens that page and its files alone.

    It dies when the e-mail is corrected, and with all sessions.
    """
    return _CERTIFICATE_SIGNER.signature(f"{order.code}:{order.party.email}{_ended(order.party)}")


def certificate_link(order: Order, language: str) -> str:
    """The signed link to the certificate's page, for its letter."""
    with speaking(language):
        address = reverse("certificate", args=[order.code])
    return f"{settings.SITE_URL}{address}?key={certificate_signature(order)}"


def proposal_signature(order: Order, subject: str, number: int) -> str:
    """The signature over one proposal of the academy and the registered e-mail of its student.

    It opens that proposal's page alone, and dies when the e-mail is corrected.
    """
    signed = f"{order.code}:{subject}:{number}:{order.party.email}{_ended(order.party)}"
    return _PROPOSAL_SIGNER.signature(signed)


def proposal_link(order: Order, subject: str, number: int) -> str:
    """The signed link to the page where a student answers a proposal without signing in."""
    with speaking(order.language):
        address = reverse("proposal", args=[order.code, subject, number])
    return f"{settings.SITE_URL}{address}?key={proposal_signature(order, subject, number)}"


def proposal_in_cabinet(order: Order, subject: str, number: int) -> str:
    """The cabinet's page where the same proposal is answered, with words of one's own."""
    if subject == LinkSubject.ENDING:
        return reverse("cabinet_ending", args=[order.code])
    if subject == LinkSubject.CLAIM:
        return reverse("claim", args=[order.code, number])
    return reverse("cohort_move", args=[order.code])


def invoice_signature(invoice: Invoice, emails: Iterable[str]) -> str:
    """The signature over the e-mails of all orders: correcting one makes the old links invalid."""
    signed = f"{invoice.code}:{' '.join(sorted(set(emails)))}{_ended(invoice)}"
    return _INVOICE_SIGNER.signature(signed)


def invoice_link(invoice: Invoice, orders: Iterable[Order]) -> str:
    """The link to the invoice's page for a letter, signed while all its orders have one e-mail.

    If only some e-mails were corrected, the letter's reader is not certain: the link carries no
    key.
    """
    emails = {order.party.email for order in orders}
    key = f"?key={invoice_signature(invoice, emails)}" if len(emails) == 1 else ""
    with speaking(invoice.language):
        return f"{settings.SITE_URL}{reverse('invoice', args=[invoice.code])}{key}"


def reader_of(request: HalvesRequest) -> str:
    """The e-mail whose owner may read a request: its order's, once there is one.

    An order that was placed under another e-mail, or whose e-mail was corrected, says that the
    request's own one was mistyped.
    """
    return request.order.party.email if request.order else request.email


def halves_signature(request: HalvesRequest) -> str:
    """The signature over the request's code and its reader's e-mail: a corrected one is dead."""
    return _HALVES_SIGNER.signature(f"{request.code}:{reader_of(request)}{_ended(request)}")


def halves_link(request: HalvesRequest) -> str:
    """The signed link to the request's page."""
    return _halves_address("halves", request)


def halves_checkout_link(request: HalvesRequest) -> str:
    """The signed link to the checkout of an agreement (4.3.1)."""
    return _halves_address("halves_checkout", request)


def _halves_address(page: str, request: HalvesRequest) -> str:
    with speaking(request.language):
        address = reverse(page, args=[request.code])
    return f"{settings.SITE_URL}{address}?key={halves_signature(request)}"


def cabinet_link(language: str) -> str:
    with speaking(language):
        return f"{settings.SITE_URL}{reverse('cabinet')}"


def edition_answer_link(order: Order, edition: Edition) -> str:
    """The page of the cabinet where a contract holder reads what changes, and answers (12.2.1)."""
    with speaking(order.language):
        return f"{settings.SITE_URL}{reverse('edition_answer', args=[order.code, edition.name])}"


def work_link(order: Order, number: int) -> str:
    """The cabinet's page of an assignment or a report, by the number of its item (7.2.4)."""
    return _cabinet_address("cabinet_work", order, number)


def lessons_link(order: Order) -> str:
    """The cabinet's page that leads to the lessons while access is open (O5)."""
    return _cabinet_address("cabinet_lessons", order)


def breach_link(order: Order, number: int) -> str:
    """The cabinet's page of a breach, where the user can object."""
    return _cabinet_address("cabinet_breach", order, number)


def ending_link(order: Order) -> str:
    """The cabinet's page where a contract is ended by agreement (12.4)."""
    return _cabinet_address("cabinet_ending", order)


def _cabinet_address(page: str, order: Order, *more: int) -> str:
    with speaking(order.language):
        return f"{settings.SITE_URL}{reverse(page, args=[order.code, *more])}"


def home_link(language: str) -> str:
    with speaking(language):
        return f"{settings.SITE_URL}{reverse('home')}"


def service_name(order: Order) -> str:
    """The service as 4.1 names it: course and package."""
    return service_of(order.tariff, order.cohort)


def service_of(tariff: Tariff, cohort: Cohort) -> str:
    return f"{cohort.course.name} – {tariff.package.name}"


def rest_facts(order: Order, rest_on: date | None) -> dict[str, str | int]:
    """What a letter says about the rest; empty if there is none (4.3.1)."""
    return (
        {"rest": order.price - order.prepayment, "rest_on": rest_on.isoformat()} if rest_on else {}
    )
