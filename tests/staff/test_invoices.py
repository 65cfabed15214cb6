"""Companies' invoices as staff read them."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.enrollment.company import a_placed_invoice
from tests.given import a_cohort, a_placed_order

pytestmark = pytest.mark.django_db


def test_an_invoice_is_found_by_its_code_and_its_company_and_lists_its_orders(
    at_managers_desk: Client,
):
    cohort = a_cohort(seats=20)
    invoice = a_placed_invoice(3, cohort=cohort)
    other = a_placed_order(cohort=cohort)
    listed = reverse("admin:enrollment_invoice_changelist")
    for term in (invoice.code.lower(), "Жаңа Өркен", invoice.orders.first().code):
        page = at_managers_desk.get(listed, {"q": term}).content.decode()
        assert invoice.code in page
        assert "449" in page
    page = at_managers_desk.get(
        reverse("admin:enrollment_invoice_change", args=[invoice.pk])
    ).content.decode()
    for order in invoice.orders.all():
        assert order.code in page
    assert other.code not in page


def test_an_order_leads_to_its_invoice_and_shows_the_letter_about_it(at_managers_desk: Client):
    invoice = a_placed_invoice(2)
    order = invoice.orders.first()
    page = at_managers_desk.get(
        reverse("admin:enrollment_order_change", args=[order.pk])
    ).content.decode()
    assert reverse("admin:enrollment_invoice_change", args=[invoice.pk]) in page
    assert order.party.email in page
    found = at_managers_desk.get(
        reverse("admin:enrollment_order_changelist"), {"q": invoice.code}
    ).content.decode()
    assert all(each.code in found for each in invoice.orders.all())
