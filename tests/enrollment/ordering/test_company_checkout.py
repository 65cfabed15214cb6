"""The company's checkout as a browser meets it: rows, files,
and every error at its row with nothing typed lost.
"""

from dataclasses import asdict
from io import BytesIO

import pytest
import time_machine

from enrollment.forms.company import CompanyForm
from enrollment.models import Academy, Consent, ConsentPurpose, Edition, Invoice, Order
from enrollment.operations.offering.offers import withdraw_offer
from enrollment.operations.ordering.applications import LearnerData
from tests.enrollment.company import NAMES
from tests.given import NOON, a_cohort, a_paid_order, an_owner
from tests.spreadsheet import a_workbook

pytestmark = [pytest.mark.django_db, pytest.mark.clause("1.1", "3.1")]

COMPANY = {
    "company_name": "«Жаңа Өркен» ЖШС",
    "bin": "971240001315",
    "company_address": "Ақтөбе қ., 46",
    "postal_address": "030012, Ақтөбе қаласы, а/ж 118",
    "surname": "Жұмағалиева",
    "name": "Сәуле",
    "patronymic": "",
    "position": "директор",
    "phone": "8 (701) 000-00-00",
    "email": "Hr@Example.kz",
    "consent_truth": "on",
    "consent_contract": "on",
    "consent_employees": "on",
}


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def address(language="kk"):
    return f"/{language}/checkout/birge/company/"


def rows(*names, total=None):
    data = {"learners-TOTAL_FORMS": str(total or max(len(names), 1)), "learners-INITIAL_FORMS": "0"}
    for place, name in enumerate(names):
        data |= {
            f"learners-{place}-{part}": said
            for part, said in zip(("surname", "name", "patronymic"), name, strict=True)
        }
    return data


def send(client, *names, language="kk", **changes):
    shown = {"shown_price": "149990", "shown_edition": str(Edition.objects.get())}
    return client.post(address(language), shown | COMPANY | rows(*names) | changes)


def a_file(text, name="тізім.csv"):
    file = BytesIO(text if isinstance(text, bytes) else text.encode())
    file.name = name
    return file


def typed(page):
    return [
        tuple(form[part].value() or "" for part in ("surname", "name", "patronymic"))
        for form in page.context["rows"]
    ]


@pytest.mark.clause("5.1", "5.2")
def test_a_list_that_was_typed_becomes_one_invoice(client):
    a_cohort()
    answer = send(client, *NAMES[:3], ("", "", ""), NAMES[3])
    invoice = Invoice.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, invoice.get_absolute_url())
    orders = list(invoice.orders.with_people().as_listed())
    assert [each.learner.full_name for each in orders] == [
        " ".join(filter(None, name)) for name in NAMES[:4]
    ]
    assert {(each.party.kind, each.party.email, each.party.address) for each in orders} == {
        ("company", "hr@example.kz", "Ақтөбе қ., 46")
    }
    for order in orders:
        purposes = set(order.party.consents.values_list("purpose", flat=True))
        assert purposes == {ConsentPurpose.TRUTH, ConsentPurpose.CONTRACT, ConsentPurpose.EMPLOYEES}
    assert client.get(invoice.get_absolute_url()).status_code == 200
    assert client.get(orders[2].get_absolute_url()).status_code == 200
    assert send(client, *NAMES[:4])["Location"] == invoice.get_absolute_url()
    assert Order.objects.count() == 4


@pytest.mark.clause("5.3.5")
def test_what_is_taken_back_in_one_tap_is_kept_once(client):
    a_cohort()
    send(client, *NAMES[:3], consent_marketing="on")
    assert Consent.objects.filter(purpose=ConsentPurpose.MARKETING).count() == 1
    assert Consent.objects.filter(purpose=ConsentPurpose.CONTRACT).count() == 3


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_without_the_employees_consent_nothing_is_placed_and_nothing_typed_is_lost(
    client, language
):
    a_cohort()
    answer = send(client, *NAMES[:2], language=language, consent_employees="")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert not Invoice.objects.exists()
    assert 'id="id_consent_employees_error"' in page
    assert typed(answer)[:2] == NAMES[:2]
    assert "Ақтөбе қ., 46" in page


def test_a_mistake_is_told_at_its_row_and_its_field(client):
    a_cohort()
    answer = send(client, NAMES[0], ("Омаров", "Д1ас", ""), ("Ли", "", ""), NAMES[0])
    page = answer.content.decode()
    assert not Invoice.objects.exists()
    for name in ("learners-1-name", "learners-2-name", "learners-3-surname"):
        assert f'id="id_{name}_error"' in page
        assert f'href="#id_{name}"' in page
    assert typed(answer) == [NAMES[0], ("Омаров", "Д1ас", ""), ("Ли", "", ""), NAMES[0]]


def test_five_more_rows_keep_what_was_typed_and_order_nothing(client):
    a_cohort()
    answer = send(client, *NAMES[:2], more="5", consent_truth="on")
    assert typed(answer) == NAMES[:2] + [("", "", "")] * 5
    assert "«Жаңа Өркен» ЖШС" in answer.content.decode()
    assert answer.context["form"]["consent_truth"].value() == "on"
    assert not Invoice.objects.exists()


def test_at_first_there_are_five_rows(client):
    a_cohort()
    assert typed(client.get(address())) == [("", "", "")] * 5


@pytest.mark.parametrize("encoding", ["utf-8-sig", "kz1048"])
@pytest.mark.parametrize("press", [{"read": "yes"}, {"place": "yes"}], ids=["read", "order"])
def test_a_file_is_read_into_the_rows_to_be_looked_at_before_anything_is_ordered(
    client, encoding, press
):
    a_cohort()
    text = "Тегі;Аты;Әкесінің аты\n" + "\n".join(";".join(name) for name in NAMES)
    answer = send(
        client, NAMES[0], ("Жаңа", "Адам", ""), file=a_file(text.encode(encoding)), **press
    )
    assert not Invoice.objects.exists()
    assert typed(answer) == [NAMES[0], ("Жаңа", "Адам", ""), *NAMES[1:]]
    assert answer.context["was_added"] == 6
    placed = send(client, *typed(answer))
    assert placed["Location"] == Invoice.objects.get().get_absolute_url()
    assert Order.objects.count() == 8


@pytest.mark.parametrize("language", ["kk", "ru"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04" + b"\0" * 50,
        b"a;b\0",
        b"x" * 200_000,
        b";\n" * 5,
        "Ли;Анна\n".encode() * 101,
        b"%PDF-1.4 \x98\xff",
    ],
    ids=["empty", "workbook", "nul", "large", "nobody", "long", "pdf"],
)
def test_a_file_that_is_no_list_is_told_at_its_field_and_keeps_what_was_typed(
    client, content, language
):
    a_cohort()
    answer = send(client, NAMES[0], file=a_file(content), read="yes", language=language)
    assert answer.status_code == 200
    assert 'id="id_file_error"' in answer.content.decode()
    assert typed(answer) == [NAMES[0]]
    assert not Invoice.objects.exists()


def test_formulas_in_a_file_are_shown_as_text_and_refused_at_their_rows(client):
    a_cohort()
    answer = send(client, file=a_file("=cmd|' /c calc'!A1;@SUM(1);+7\n"), read="yes")
    assert typed(answer) == [("=cmd|' /c calc'!A1", "@SUM(1)", "+7")]
    assert 'id="id_learners-0-surname_error"' in answer.content.decode()
    assert send(client, *typed(answer)).status_code == 200
    assert not Order.objects.exists()


def test_the_list_to_fill_in_is_understood_when_it_comes_back(client):
    a_cohort()
    for language in ("kk", "ru"):
        template = client.get(f"/{language}/learners.csv").content
        answer = send(client, file=a_file(template + "Омаров;Диас;\r\n".encode()), read="yes")
        assert typed(answer) == [("Омаров", "Диас", "")]


@pytest.mark.parametrize(
    "changes",
    [
        {"learners-TOTAL_FORMS": "999999"},
        {"learners-TOTAL_FORMS": "-1"},
        {"learners-TOTAL_FORMS": ""},
        {"learners-TOTAL_FORMS": "x"},
        {"learners-0-surname": "\0"},
        {"learners-0-surname": "сөз " * 60_000},
        {"learners-0-surname": "{{ 7 }}"},
        {"learners-0-name": "<img src=file:///etc/passwd>"},
        {"kind": "guardian", "bin": ""},
        {"learners-0-name": "e" + "\u0301" * 9},
        {"shown_price": "1"},
        {"shown_edition": "\0"},
        {"email": "a@b\nBcc: c@d"},
    ],
    ids=range(13),
)
def test_what_no_page_asked_for_is_answered_with_the_page(client, changes):
    a_cohort()
    answer = send(client, NAMES[0], **changes)
    assert answer.status_code == 200
    assert not Invoice.objects.exists()
    assert not Order.objects.exists()


def test_bytes_that_are_no_text_are_answered_with_the_page(client):
    a_cohort()
    body = (
        b"learners-TOTAL_FORMS=1&learners-INITIAL_FORMS=0"
        b"&learners-0-surname=%ED%A0%80&learners-0-name=%FF"
    )
    answer = client.generic(
        "POST", address(), body, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 200
    assert not Order.objects.exists()


@pytest.mark.clause("4.6")
def test_too_few_places_are_told_and_the_list_stays(transactional_db, client):
    cohort = a_cohort(seats=3)
    a_paid_order(cohort=cohort)
    answer = send(client, *NAMES[:3])
    assert "2" in str(answer.context["form"].non_field_errors())
    assert typed(answer) == NAMES[:3]
    assert not Invoice.objects.exists()


@pytest.mark.clause("2.4")
def test_a_withdrawn_offer_takes_no_list(client):
    a_cohort()
    withdraw_offer(edition=Edition.objects.get(), reason="сот шешімі", by=an_owner(), at=NOON)
    assert send(client, *NAMES[:2]).status_code == 200
    assert not Invoice.objects.exists()


@pytest.mark.clause("4.3")
def test_a_corrected_list_asks_before_it_replaces_the_unpaid_one(transactional_db, client):
    a_cohort()
    send(client, *NAMES[:2])
    first = Invoice.objects.get()
    asked = send(client, *NAMES[:3])
    assert first.code in asked.content.decode()
    assert 'name="replace"' in asked.content.decode()
    assert send(client, *NAMES[:3], replace="on").status_code == 302
    assert set(first.orders.values_list("state", flat=True)) == {"lapsed"}


@pytest.mark.clause("4.3")
def test_a_corrected_number_of_the_company_asks_too(transactional_db, client):
    a_cohort()
    send(client, *NAMES[:2])
    first = Invoice.objects.get()
    asked = send(client, *NAMES[:2], bin="971240003163")
    assert list(asked.context["form"].errors) == ["replace"]
    assert first.code in asked.content.decode()
    assert send(client, *NAMES[:2], bin="971240003163", replace="on").status_code == 302
    unpaid = Order.objects.awaiting_payment().select_related("party")
    assert {order.party.bin for order in unpaid} == {"971240003163"}


def test_the_checkout_of_one_leads_to_that_of_several(client):
    a_cohort()
    assert f'href="{address()}"' in client.get("/kk/checkout/birge/").content.decode()
    assert client.get("/kk/checkout/unknown/company/").status_code == 404


def test_every_field_of_the_form_is_on_the_page_and_in_the_application(client):
    a_cohort()
    form = CompanyForm(academy=Academy.objects.get(), day=NOON.date())
    page = client.get(address()).content.decode()
    shown = {name for name in form.fields if f'name="{name}"' in page}
    assert shown == set(form.fields) - {"replace"}
    party = {name for name in form.fields if not name.startswith("consent_")} - {
        "replace",
        "company_address",
    }
    form.cleaned_data = dict.fromkeys(form.fields, "x")
    [application] = form.applications(
        [LearnerData("Ли", "Анна")], origin_address=None, origin_agent="", origin_browser=""
    )
    filled = {name for name, value in asdict(application.party).items() if value}
    assert filled == party | {"kind", "address"}


# --- What it costs together
TOTAL = '<data class="amount" value="449970">'


def test_the_total_stands_there_before_anything_is_ordered(client):
    a_cohort()
    page = send(client, *NAMES[:3], more="0").content.decode()
    assert page.count(TOTAL) >= 3, "at the list, in the summary, on the button"
    assert not Invoice.objects.exists()


def test_at_first_the_price_is_that_of_each(client):
    a_cohort()
    page = client.get(address()).content.decode()
    assert TOTAL not in page
    assert 'value="149990"' in page


def test_a_list_with_a_mistake_is_counted_too(client):
    a_cohort()
    page = send(client, *NAMES[:2], ("Ли", "", "")).content.decode()
    assert TOTAL in page
    assert not Invoice.objects.exists()


def test_a_workbook_is_read_into_the_rows_and_counted(client):
    a_cohort()
    content = a_workbook(["Тегі", "Аты", "Әкесінің аты"], *NAMES[:3])
    answer = send(client, file=a_file(content, "тізім.xlsx"), read="yes")
    assert typed(answer) == NAMES[:3]
    assert TOTAL in answer.content.decode()
    assert not Invoice.objects.exists()
