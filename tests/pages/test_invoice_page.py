"""The page of a company's invoice: to whom it opens, what it says, and what can be done there."""

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from enrollment.operations.corrections.email import correct_email
from enrollment.operations.links import invoice_link
from enrollment.operations.ordering.invoices import cancel_invoice
from offer_site.accounts.models import User
from tests.enrollment.company import a_placed_invoice
from tests.enrollment.ordering.test_company_checkout import a_file
from tests.given import NOON, a_cohort
from tests.papers import a_document

pytestmark = [pytest.mark.django_db, pytest.mark.clause("1.1", "4.3")]


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def visitor(invoice) -> Client:
    buyer = Client()
    link = invoice_link(invoice, invoice.orders.with_people()).removeprefix("http://localhost:8000")
    assert buyer.get(link)["Location"] == invoice.get_absolute_url()
    return buyer


@pytest.mark.clause("3.1")
def test_an_invoice_opens_to_its_link_and_its_owner_and_to_no_stranger(client):
    invoice = a_placed_invoice(2, email="hr@example.kz")
    page = invoice.get_absolute_url()
    for path in ("", "invoice.pdf", "report/"):
        assert client.get(f"{page}{path}").status_code == 404
    assert client.post(f"{page}cancellation/").status_code == 404
    assert client.get(page, {"key": "forged"}).status_code == 404
    assert visitor(invoice).get(page).status_code == 200
    for email, status in (("hr@example.kz", 200), ("other@example.kz", 404)):
        client.force_login(User.objects.create_user(email))
        assert client.get(page).status_code == status


@pytest.mark.clause("12.1.2.2")
def test_when_the_email_of_one_order_is_corrected_old_links_stop_working(client):
    invoice = a_placed_invoice(2, email="mistyped@example.kz")
    old = invoice_link(invoice, invoice.orders.with_people())
    known = visitor(invoice)
    correct_email(order=invoice.orders.first(), email="right@example.kz", by="visitor", at=NOON)
    assert client.get(old.removeprefix("http://localhost:8000")).status_code == 404
    assert known.get(invoice.get_absolute_url()).status_code == 404


@pytest.mark.clause("4.3")
def test_a_report_on_the_page_keeps_the_orders_and_a_cancellation_ends_them():
    invoice = a_placed_invoice(2, cohort=a_cohort(seats=20))
    buyer = visitor(invoice)
    page = invoice.get_absolute_url()
    paper = a_file(a_document().content, "t.pdf")
    answer = buyer.post(f"{page}report/", {"number": "15", "day": "23.11.2026", "document": paper})
    assert answer["Location"] == page
    assert buyer.get(page).context["page"].stage == "reported"
    assert buyer.get(f"{page}report/")["Location"] == page
    buyer.post(f"{page}cancellation/", {"no_payment_made": "yes"})
    assert buyer.get(page).context["page"].stage == "lapsed"


def test_a_report_without_its_document_is_told_at_its_field():
    invoice = a_placed_invoice(2)
    answer = visitor(invoice).post(
        f"{invoice.get_absolute_url()}report/", {"number": "15", "day": "23.11.2026"}
    )
    assert "document" in answer.context["form"].errors


def test_what_was_cancelled_asks_as_much_of_a_long_list_as_of_a_short_one():
    counts = []
    for learners in (2, 20):
        invoice = a_placed_invoice(learners, cohort=a_cohort(seats=30))
        cancel_invoice(invoice=invoice, by="visitor", at=NOON)
        buyer = visitor(invoice)
        with CaptureQueriesContext(connection) as queries:
            answer = buyer.get(invoice.get_absolute_url())
        assert answer.context["ended"].can_be_restored
        assert answer.context["ended"].orders == learners
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_page_asks_as_much_of_a_long_list_as_of_a_short_one():
    counts = []
    for learners in (2, 30):
        invoice = a_placed_invoice(learners, cohort=a_cohort(seats=30))
        buyer = visitor(invoice)
        with CaptureQueriesContext(connection) as asked:
            assert buyer.get(invoice.get_absolute_url()).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.clause("5.4")
def test_a_letter_to_a_mailbox_that_another_order_does_not_have_carries_no_key():
    invoice = a_placed_invoice(2)
    first, second = invoice.orders.with_people().order_by("pk")
    assert "?key=" in invoice_link(invoice, [first, second])
    correct_email(order=first, email="right@example.kz", by="visitor", at=NOON)
    listed = list(invoice.orders.with_people())
    assert invoice_link(invoice, listed).endswith(f"/{invoice.code}/")
