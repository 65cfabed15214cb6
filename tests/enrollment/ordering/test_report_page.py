"""The page on which a buyer tells of a payment: what it takes, what it refuses,
and what it says afterwards (4.3).
"""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.storage import default_storage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import override

from enrollment.models import PaymentReport
from enrollment.operations.links import order_signature
from offer_site.journal.models import Entry
from offer_site.pages.methods import OpenMethods
from payments.providers.kaspi.static_link import static_link
from tests.given import NOON, a_cohort, a_placed_order, a_receipt, receive
from tests.papers import HOSTILE, JPEG, PDF, PNG, TOO_LARGE, a_file

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.3")]
REFUSES = pytest.mark.django_db(
    transaction=True
)  # what a refusal rolls back is a transaction of its own
SENT = {"kind": "transfer", "number": "15", "day": "2026-11-23", "amount": "149 990"}


@pytest.fixture(autouse=True)
def at_noon(time_machine):
    time_machine.move_to(NOON)
    return time_machine


@pytest.fixture
def order():
    return a_placed_order()


@pytest.fixture
def page(client, order):
    client.get(reverse("order", args=[order.code]), {"key": order_signature(order)})
    return reverse("order_report", args=[order.code])


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_page_asks_in_both_languages(client, order, language):
    with override(language):
        address = reverse("order_report", args=[order.code])
    answer = client.get(address, {"key": order_signature(order)})
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    assert order.code in answer.text


@pytest.mark.parametrize("content", [PDF, JPEG, PNG], ids=["pdf", "jpeg", "png"])
def test_a_report_is_taken_with_its_document_which_lies_encrypted(client, page, content):
    answer = client.post(page, SENT | {"document": a_file(content)})
    assert answer.headers["Location"] == PaymentReport.objects.get().order.get_absolute_url()
    report = PaymentReport.objects.get()
    with default_storage.open(report.document) as stored:
        assert stored.read() == content
    with open(default_storage.path(report.document), "rb") as sealed:
        assert content not in sealed.read()
    assert "15" in client.get(page, follow=True).text


def test_sent_twice_it_is_one(client, page):
    for _time in range(2):
        client.post(page, SENT | {"document": a_file()})
    assert PaymentReport.objects.count() == 1


@pytest.mark.parametrize("what", HOSTILE)
def test_a_file_is_what_its_bytes_say_not_its_name(client, page, what):
    answer = client.post(
        page, SENT | {"document": a_file(HOSTILE[what], "төлем.pdf", "application/pdf")}
    )
    assert list(answer.context["form"].errors) == ["document"]
    assert not PaymentReport.objects.exists()


@pytest.mark.parametrize("content", [TOO_LARGE, b""], ids=["11 MB", "empty"])
def test_a_file_too_large_or_empty_is_refused_with_a_sentence(client, page, content):
    answer = client.post(page, SENT | {"document": a_file(content)})
    assert list(answer.context["form"].errors) == ["document"]
    assert not PaymentReport.objects.exists()


def test_a_file_with_a_name_that_leads_elsewhere_stays_in_its_folder(client, page):
    client.post(page, SENT | {"document": a_file(PDF, "../../../etc/passwd\x00.pdf")})
    assert PaymentReport.objects.get().document.startswith("reports/")


@REFUSES
@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"day": "2026-11-22"}, "day"),
        ({"day": ""}, "day"),
        ({"kind": "cash"}, "kind"),
        ({"amount": ""}, "amount"),
        ({"amount": "100 000"}, "why_other"),
        ({"amount": "150 000"}, "why_other"),
        ({}, "document"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(client, page, sent, field):
    files = {} if field == "document" else {"document": a_file()}
    answer = client.post(page, SENT | sent | files)
    assert list(answer.context["form"].errors) == [field]
    assert not PaymentReport.objects.exists()


@pytest.mark.parametrize("kind", ["kaspi", "card"])
@pytest.mark.parametrize("proof", ["number", "document"])
def test_of_kaspi_and_card_a_number_or_a_screenshot_is_enough(client, page, kind, proof):
    shown = {"number": "15"} if proof == "number" else {"number": "", "document": a_file(PNG)}
    client.post(page, SENT | {"kind": kind} | shown)
    report = PaymentReport.objects.get()
    assert (report.kind, bool(report.number), bool(report.document)) == (
        kind,
        proof == "number",
        proof == "document",
    )
    assert client.get(report.order.get_absolute_url()).status_code == 200


def test_of_a_transfer_the_document_is_enough(client, page):
    client.post(page, SENT | {"number": "", "document": a_file()})
    assert PaymentReport.objects.get().number == ""


@REFUSES
@pytest.mark.parametrize("kind", ["kaspi", "card"])
def test_with_neither_number_nor_document_nothing_is_kept(client, page, kind):
    answer = client.post(page, SENT | {"kind": kind, "number": ""})
    assert list(answer.context["form"].errors) == ["document"]
    assert not PaymentReport.objects.exists()


@REFUSES
def test_another_amount_is_asked_about_and_the_answer_is_kept(client, page, order):
    assert "why_other" not in client.get(page).text
    short = SENT | {"amount": "100 000", "document": a_file()}
    refused = client.post(page, short).text
    assert 'name="why_other"' in refused
    assert 'value="100 000"' in refused
    told = short | {"why_other": "Қалғанын кешке төлеймін", "document": a_file()}
    client.post(page, told)
    report = PaymentReport.objects.get()
    assert (report.amount, report.why_other) == (100_000, "Қалғанын кешке төлеймін")
    shown = client.get(order.get_absolute_url()).text
    assert "Қалғанын кешке төлеймін" in shown
    fact = Entry.objects.of_order(order.code).get(verb="report.received").facts
    assert Decimal(fact["amount"]) == 100_000
    assert "Қалғанын" not in str(fact), "what a person wrote stays out of the journal"


def test_the_whole_sum_needs_no_reason_and_keeps_none(client, page):
    client.post(page, SENT | {"why_other": "Жай ғана", "document": a_file()})
    report = PaymentReport.objects.get()
    assert (report.amount, report.why_other) == (149_990, "")


def test_the_days_are_rows_to_choose_from(client, page):
    text = client.get(page).text
    assert 'value="2026-11-23"' in text
    assert "Бүгін, " in text
    assert 'value="2026-11-22"' in text
    assert "Кеше, " in text
    assert text.count('name="day"') == 2


@REFUSES
def test_after_midnight_it_is_said_that_the_day_is_over(client, page, order, at_noon):
    at_noon.move_to(order.pay_before)
    assert client.get(page).context["is_over"]
    answer = client.post(page, SENT | {"document": a_file()})
    assert answer.context["form"].non_field_errors()
    assert not PaymentReport.objects.exists()


def test_an_order_that_is_paid_leads_to_itself(client, page, order):
    receive(a_receipt(order), order)
    assert client.get(page).headers["Location"] == order.get_absolute_url()


def test_a_stranger_finds_nothing_and_tells_nothing(client, order):
    page = reverse("order_report", args=[order.code])
    assert client.get(page).status_code == 404
    assert client.post(page, SENT | {"document": a_file()}).status_code == 404
    assert not PaymentReport.objects.exists()


@pytest.mark.clause("4.6")
def test_a_place_that_is_not_kept_is_said_honestly(client):
    order = a_placed_order(cohort=a_cohort(seats=9))
    client.get(reverse("order", args=[order.code]), {"key": order_signature(order)})
    page = reverse("order_report", args=[order.code])
    client.post(page, SENT | {"document": a_file()})
    answer = client.get(page, follow=True)
    assert not answer.context["report"].keeps_place
    assert "notice-care" in answer.text


def test_the_number_and_file_stay_out_of_the_journal(client, page):
    client.post(page, SENT | {"number": "KZ-7700-15", "document": a_file()})
    assert "KZ-7700-15" not in str(list(Entry.objects.values_list("facts", flat=True)))


@pytest.mark.clause("4.4")
def test_the_static_link_of_kaspi_shows_the_exact_amount_and_its_qr(order, settings):
    settings.KASPI_STATIC_LINK = ""
    assert static_link() is None
    settings.KASPI_STATIC_LINK = "https://pay.kaspi.kz/pay/ab12cd34"
    said = render_to_string(
        "pages/order/kaspi_link.html",
        {
            "order": order,
            "methods": OpenMethods(order.price),
            "panel": {"link": static_link()},
        },
    )
    assert 'href="https://pay.kaspi.kz/pay/ab12cd34"' in said
    assert "<svg" in said
    assert f'value="{order.prepayment}"' in said


def test_a_term_that_ends_at_midnight_is_said_as_the_last_day(client, page):
    client.post(page, SENT | {"document": a_file()})
    assert "26.11.2026" in client.get(page, follow=True).text
    assert PaymentReport.objects.get().keeps_until - NOON > timedelta(days=3)
