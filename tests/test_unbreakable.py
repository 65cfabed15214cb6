"""A value without a place to break stays inside its column, on every paper and in every letter."""

import pytest

from certificates.rendering import certificate_pdf
from enrollment.models import Order
from enrollment.operations.offering.offers import texts_of
from enrollment.operations.ordering.applications import Application
from enrollment.rendering import contract_paper
from offer_site.notices.kinds import NoticeKind
from payments.operations.refunds.letters import refund_letter_attachment
from payments.providers.bank_transfer.details import transfer_details
from payments.providers.bank_transfer.invoice import invoice_pdf
from payments.rendering import act_paper
from tests.certificates.papers import sheets_of, words_in_millimetres
from tests.certificates.test_paper import a_certificate
from tests.given import (
    NOON,
    a_completed_enrollment,
    a_paid_order,
    a_placed_order,
    an_application,
    receive,
)
from tests.notices.post import FACTS
from tests.notices.test_letters import html_of, the_letter
from tests.payments.refunds.scenes import a_case, a_proposal, an_approval, by_kaspi
from tests.payments.statements.scenes import DAY, bank_details

SOLID = "Ш" * 90
ADDRESS = "Щ" * 180
HYPHENED = "-".join(["Ж" * 28] * 4)
MAILBOX = f"{'w' * 64}@{'w' * 60}.kz"
TYPED = {"reason", "holder", "package", "asked_kk", "asked_ru", "number", "subject", "reference"}


@pytest.fixture(params=[SOLID, HYPHENED], ids=["solid", "hyphened"])
def value(request) -> str:
    return request.param


def faults_of(pdf: bytes, *, width: float, margin: float) -> list[str]:
    """Text that leaves the sheet's column, and text that lies on other text."""
    found = []
    for sheet in range(sheets_of(pdf)):
        boxes = words_in_millimetres(pdf, sheet)
        found += [f"{sheet}: ends at {box[2]:.1f}" for box in boxes if box[2] > width - margin + 1]
        found += [
            f"{sheet}: {one} lies on {other}"
            for number, one in enumerate(boxes)
            for other in boxes[:number]
            if lies_on(one, other)
        ]
    return found


def lies_on(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """True when two boxes share more than a hair's breadth, and half of their height."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    upright = min(one[3], other[3]) - max(one[1], other[1])
    return across > 0.5 and upright > 0.5 * min(one[3] - one[1], other[3] - other[1])


def company(value: str) -> Application:
    return an_application(
        kind="company", company_name=value, address=ADDRESS, email=MAILBOX, position=value
    )


def test_a_certificates_second_sheet_keeps_it_in_its_column(value):
    pdf = certificate_pdf(a_certificate(company=value, address=ADDRESS))
    assert sheets_of(pdf) == 2
    # The record ends at 186 mm; what tells how to verify it begins at 199.
    across = [box for box in words_in_millimetres(pdf, 1) if box[0] < 186.5 < box[2]]
    assert across == []


@pytest.mark.django_db
def test_an_invoice_keeps_it_in_its_column(value):
    order = a_placed_order(application=company(value))
    bank_details()
    order.refresh_from_db()
    pdf = invoice_pdf(order, transfer_details(order, amount=order.price), issued_on=DAY)
    assert faults_of(pdf, width=210, margin=16) == []


@pytest.mark.django_db
def test_an_act_keeps_it_in_its_column(value):
    enrollment = a_completed_enrollment(application=company(value))
    bank_details()
    order = Order.objects.with_people().get(pk=enrollment.order_id)
    assert faults_of(act_paper(order), width=297, margin=14) == []


@pytest.mark.django_db
def test_a_contract_keeps_it_in_its_column(value):
    order = a_paid_order(application=company(value))
    order = Order.objects.with_people().select_related("acceptance").get(pk=order.pk)
    pdf = contract_paper(order, texts_of(order.edition))
    assert faults_of(pdf, width=210, margin=16) == []


@pytest.mark.django_db
def test_a_refund_letter_keeps_it_in_its_column(value):
    order = a_placed_order(application=company(value))
    receive(by_kaspi(order), order)
    case = a_case(order)
    a_proposal(case, 1000, reasons_kk=value, reasons_ru=value)
    an_approval(case)
    [paper] = refund_letter_attachment(str(case.pk), at=NOON)
    assert faults_of(paper.content, width=210, margin=16) == []


@pytest.mark.django_db
@pytest.mark.parametrize("width", [360, 700])
def test_a_letter_keeps_it_on_its_card(new_page, width):
    page = new_page(width=width, javascript=True)
    for kind in NoticeKind:
        facts = {
            name: SOLID if isinstance(fact, str) and name in TYPED else fact
            for name, fact in FACTS[kind].items()
        }
        page.set_content(html_of(the_letter(kind, facts=facts)))
        assert page.evaluate("document.documentElement.scrollWidth") <= width, kind
