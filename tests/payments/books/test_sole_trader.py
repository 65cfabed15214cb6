"""A sole trader orders for employees with an IIN: "company" is not "legal person" (1.1, 9.2)."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from certificates.models import Certificate
from certificates.operations.issuing import issue_due_certificates
from enrollment.models import Acceptance, Clarification, Invoice, Order, Party
from enrollment.operations.links import clarification_link
from enrollment.operations.training.enrollments import complete_enrollment
from enrollment.rendering import acceptance_rows
from offer_site.audit.people import personal_values_are_those_that_were_digested
from offer_site.audit.plain import no_protected_value_stands_in_plain
from offer_site.days import start_of_day
from payments.operations.books.acts import act_of
from payments.operations.statements.imports import import_statement
from payments.operations.statements.lines import candidate_of
from payments.providers.bank_transfer.details import transfer_details
from payments.providers.bank_transfer.invoice import invoice_pdf
from tests.enrollment.clarifications import question_of
from tests.enrollment.company import a_placed_invoice
from tests.enrollment.ordering import test_company_checkout as lists
from tests.enrollment.ordering.test_checkout import COMPANY
from tests.enrollment.ordering.test_checkout import send as send_one
from tests.enrollment.ordering.test_doubts import buttons
from tests.given import NOON, a_cohort, a_paid_order, an_application, an_owner
from tests.pages.answering import OpenPage
from tests.payments.statements.scenes import DAY, PAYER, a_statement, an_operation, bank_details
from tests.payments.statements.test_invoice import text_of
from tests.staff.conftest import a_member, signed_in

TRADER = {"company_name": "ИП «Ахметова А. К.»", "bin": PAYER}
NAMES = [("Омаров", "Диас", ""), ("Ли", "Анна", "")]


def a_trader(**party):
    return an_application(
        kind="company", **{"company_name": "ИП «Ахметова А. К.»", "bin": "", "iin": PAYER} | party
    )


@pytest.mark.clause("1.1")
@pytest.mark.parametrize(
    "name",
    [
        "ИП «Ахметова А. К.»",
        "ЖК Қожағұлов Ерлан",
        "КХ «Достык»",
        "Шаруа қожалығы «Нұр»",
        "Нотариус Омарова Д.",
        "Жеке кәсіпкер Ахметова",
    ],
)
def test_a_sole_trader_orders_with_an_iin_and_is_asked_nothing_more(db, client, name):
    a_cohort()
    with time_machine.travel(NOON, tick=False):
        assert send_one(client, COMPANY, bin=PAYER, company_name=name).status_code == 302
    order = Order.objects.with_people().get()
    assert (order.party.bin, order.party.iin) == ("", PAYER)
    assert order.party.business_number == PAYER
    assert list(no_protected_value_stands_in_plain(NOON)) == []


@pytest.mark.parametrize(
    "name", ["ТОО «Жаңа Өркен»", "«Нұр» АҚ", "ТОО «ЖК Береке»", "КГУ «Школа № 15»"]
)
def test_an_iin_of_a_legal_person_is_doubted(db, client, name):
    a_cohort()
    with time_machine.travel(NOON, tick=False):
        asked = send_one(client, COMPANY, bin=PAYER, company_name=name)
        assert not Order.objects.exists()
        assert buttons(asked)["kept"] == [f"bin:{PAYER}"]
        assert (
            send_one(client, COMPANY, bin=PAYER, company_name=name, kept=f"bin:{PAYER}").status_code
            == 302
        )


@pytest.mark.parametrize("number", ["900181300811", "123456789012", "9001013008110"])
def test_what_is_neither_a_bin_nor_an_iin_is_refused(db, client, number):
    a_cohort()
    with time_machine.travel(NOON, tick=False):
        answer = send_one(client, COMPANY, bin=number)
    assert answer.context["form"].errors["bin"]
    assert not Order.objects.exists()


@pytest.mark.clause("1.1", "4.4")
def test_a_traders_list_is_paid_by_the_traders_own_transfer(db, client):
    a_cohort()
    with time_machine.travel(NOON, tick=False):
        assert lists.send(client, *NAMES, **TRADER).status_code == 302
    invoice = Invoice.objects.get()
    orders = list(invoice.orders.select_related("party", "learner"))
    assert {(each.party.bin, each.party.iin) for each in orders} == {("", PAYER)}
    assert {candidate_of(each, received=0).payer_ids for each in orders} == {frozenset({PAYER})}
    bank_details()
    paid = an_operation(purpose=f"Счёт {invoice.code}", amount=f"{2 * 149_990}.00", payer_id=PAYER)
    import_statement(
        content=a_statement([paid]), name="bank.txt", by="staff:1", at=NOON + timedelta(days=1)
    )
    assert Acceptance.objects.count() == 2
    assert not Clarification.objects.exists()
    assert list(no_protected_value_stands_in_plain(NOON)) == []
    assert list(personal_values_are_those_that_were_digested(NOON)) == []


@pytest.mark.clause("2.3", "9.1", "9.2")
def test_every_paper_calls_the_number_by_its_name(db):
    order = a_paid_order(application=a_trader())
    bank_details()
    at = start_of_day(order.cohort.ends_on) + timedelta(hours=12)
    complete_enrollment(enrollment=order.enrollment, by=an_owner(), at=at)
    issue_due_certificates(at=at)
    order = Order.objects.with_people().get()
    invoice = invoice_pdf(order, transfer_details(order, amount=order.price), issued_on=DAY)
    papers = [
        str(acceptance_rows(order)),
        text_of(invoice),
        text_of(act_of(order=order, by="staff:1", at=at)),
        Certificate.objects.get().record,
    ]
    for text in papers:
        assert PAYER in text
        assert "ЖСН" in text
        assert "ИИН" in text
        assert "БСН" not in text
        assert "БИН" not in text
    assert papers[2].count("ЖСН · ИИН") == 2  # of the customer and of the academy


@pytest.mark.clause("9.5")
@pytest.mark.parametrize(
    ("given", "told", "stored"),
    [
        ({"company_name": "«Жаңа Өркен» ЖШС", "bin": ""}, PAYER, ("", PAYER)),
        ({"company_name": "«Жаңа Өркен» ЖШС"}, "971240001315", ("971240001315", "")),
    ],
)
def test_a_question_about_the_number_is_answered_with_either(db, given, told, stored):
    order = a_paid_order(
        application=a_trader(
            **{"company_name": "ТОО «Жаңа Өркен»"}
            | given
            | {
                "bin": "",
                "iin": PAYER,
            }
        )
    )
    assert question_of(order).asked == [["bin", "not-an-organization"]]
    client = Client()
    url = clarification_link(order).partition("8000")[2]
    shown = client.get(url, follow=True)
    page = shown.redirect_chain[-1][0] if shown.redirect_chain else url
    assert f'value="{PAYER}"' in shown.content.decode()
    confirmed = {"confirmed_bin": "on"} if told == PAYER else {}
    OpenPage(client, page).send({"bin": told, **confirmed})
    party = Party.objects.get(order=order)
    assert (party.bin, party.iin) == stored
    assert not question_of(order).is_open
    assert list(personal_values_are_those_that_were_digested(NOON)) == []
    assert list(no_protected_value_stands_in_plain(NOON)) == []


@pytest.mark.clause("5.4")
def test_staff_see_the_owners_iin_only_on_request(db):
    invoice = a_placed_invoice(2, company_name="ИП «Ахметова А. К.»", bin="", iin=PAYER)
    order = invoice.orders.first()
    desk = signed_in(a_member("manager"))
    for name, subject in (("order", order), ("invoice", invoice)):
        page = desk.get(reverse(f"admin:enrollment_{name}_change", args=[subject.pk]))
        assert page.status_code == 200
        assert PAYER not in page.text
        assert "•••" in page.text
    told = desk.post(
        reverse("admin:enrollment_order_personal-data", args=[order.pk]), {"reason": "шарт"}
    )
    assert PAYER in told.text
