"""Checkout as a browser meets it: nothing typed is lost, no other price is taken,
every error is a sentence.
"""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from enrollment.forms.checkout import CheckoutForm
from enrollment.models import ConsentPurpose, Edition, Order, PartyKind, PriceWindow
from enrollment.operations.links import order_link
from enrollment.operations.offering.offers import withdraw_offer
from enrollment.rules.masks import masked_email
from enrollment.rules.order_states import OrderState
from enrollment.rules.prices import webinar_code
from offer_site.accounts.models import User
from tests.given import NOON, a_cohort, a_paid_order, a_placed_order, an_owner

CONSENTS = {"consent_truth": "on", "consent_contract": "on"}
PERSON = {
    "kind": "person",
    "surname": "Әбілқасымова",
    "name": "Гүлнұр",
    "patronymic": "Қайратқызы",
    "phone": "8 (701) 000-00-00",
    "email": "Gulnur@Example.kz",
    "address": "Алматы қ., Абай даңғылы, 1",
    **CONSENTS,
}
GUARDIAN = PERSON | {
    "kind": "guardian",
    "relation": "parent",
    "iin": "900101300811",
    "learner_surname": "Әбілқасым",
    "learner_name": "Іңкәр",
    "birth_date": "22.11.2012",
    "learner_iin": "121122500003",
}
COMPANY = PERSON | {
    "kind": "company",
    "address": "",
    "company_name": "«Жаңа Өркен» ЖШС",
    "bin": "971240001315",
    "company_address": "Ақтөбе қ., 46",
    "postal_address": "030012, а/ж 118",
    "position": "директор",
    "learner_surname": "Қожағұлова",
    "learner_name": "Жұлдызай",
}


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def address(tariff="birge", language="kk"):
    with override(language):
        return reverse("checkout", args=[tariff])


def shown(tariff="birge"):
    price = {"ozim": 99_990, "birge": 149_990, "vip": 259_990}[tariff]
    return {"shown_price": str(price), "shown_edition": str(Edition.objects.get())}


def send(client, values, tariff="birge", language="kk", **changes):
    return client.post(address(tariff, language), shown(tariff) | values | changes)


def test_no_page_changes_the_fields_that_all_forms_have_in_common(db, client):
    a_cohort()

    def fields():
        with override("ru"):
            return {
                name: repr((vars(field), vars(field.widget)))
                for name, field in CheckoutForm.base_fields.items()
            }

    before = fields()
    for values in (PERSON, GUARDIAN, COMPANY):
        for language in ("kk", "ru"):
            refused = send(client, values, language=language, email="gulnur@gmial.com", phone="")
            assert refused.status_code == 200
            form = refused.context["form"]
            assert form.fields["surname"] is CheckoutForm.base_fields["surname"]
            assert "consent_truth" not in CheckoutForm.base_fields
    assert fields() == before


@pytest.mark.clause("3.1", "5.1", "5.2")
@pytest.mark.parametrize(
    "values", [PERSON, GUARDIAN, COMPANY], ids=["person", "guardian", "company"]
)
def test_each_kind_of_buyer_places_an_order(db, client, values):
    a_cohort()
    answer = send(client, values)
    order = Order.objects.select_related("party", "learner").get()
    assert answer.status_code == 302
    assert answer["Location"] == order.get_absolute_url()
    assert (order.party.kind, order.party.email, order.party.phone) == (
        values["kind"],
        "gulnur@example.kz",
        "+77010000000",
    )
    assert order.party.origin_address == "127.0.0.1"
    assert (order.price, order.language) == (149_990, "kk")


@pytest.mark.clause("5.2")
def test_what_this_kind_of_buyer_is_not_asked_is_not_kept(db, client):
    a_cohort()
    send(
        client,
        GUARDIAN
        | COMPANY
        | {"kind": "person", "address": "Шелек ауылы", "iin": "rubbish", "birth_date": "yesterday"},
    )
    party = Order.objects.get().party
    assert (party.iin, party.bin, party.company_name, party.relation, party.position) == (
        "",
        "",
        "",
        "",
        "",
    )
    assert Order.objects.get().learner.birth_date is None


@pytest.mark.clause("3.1")
def test_without_confirming_that_the_offer_was_read_nothing_is_placed_and_nothing_typed_is_lost(
    db, client
):
    a_cohort()
    for missing in ("consent_truth", "consent_contract"):
        answer = send(client, {name: value for name, value in PERSON.items() if name != missing})
        assert answer.status_code == 200
        page = answer.content.decode()
        assert "Гүлнұр" in page
        assert "Абай даңғылы" in page
        assert f'id="id_{missing}_error"' in page
    assert not Order.objects.exists()


@pytest.mark.clause("5.1", "5.3.5")
def test_no_consent_is_given_beforehand_and_marketing_is_apart(db, client):
    a_cohort()
    page = client.get(address()).content.decode()
    ticks = re.findall(r'<input type="checkbox"[^>]*>', page)
    assert len(ticks) == 5
    assert not any("checked" in tick for tick in ticks)
    send(client, PERSON)
    send(client, PERSON, email="other@example.kz", consent_marketing="on")
    first, second = Order.objects.order_by("pk")
    assert ConsentPurpose.MARKETING not in first.party.consents.values_list("purpose", flat=True)
    consent = second.party.consents.get(purpose=ConsentPurpose.MARKETING)
    assert "5.3.5" in consent.text
    assert consent.language == "kk"


@pytest.mark.clause("4.1")
@pytest.mark.parametrize("price", ["149989", "1", "", "abc", "-149990"])
def test_at_another_price_than_was_shown_nothing_is_placed(db, client, price):
    a_cohort()
    answer = send(client, PERSON, shown_price=price)
    assert answer.status_code == 200
    assert not Order.objects.exists()
    assert "Гүлнұр" in answer.content.decode()
    assert 'name="shown_price" value="149990"' in answer.content.decode()


@pytest.mark.clause("4.1")
def test_a_price_that_rose_while_the_page_was_open_is_shown_and_asked_again(db, client):
    a_cohort()
    values = shown() | PERSON
    with time_machine.travel(PriceWindow.objects.get(level="standard").closes_at, tick=False):
        answer = client.post(address(), values)
        assert not Order.objects.exists()
        assert 'name="shown_price" value="299990"' in answer.content.decode()
        client.post(address(), values | {"shown_price": "299990"})
    assert Order.objects.get().price == 299_990


@pytest.mark.clause("2.1")
def test_under_another_edition_than_was_shown_nothing_is_placed(db, client):
    a_cohort()
    answer = send(client, PERSON, shown_edition="2020-01-01")
    assert answer.status_code == 200
    assert not Order.objects.exists()


@pytest.mark.clause("4.1")
def test_a_webinar_link_opens_the_lowest_level_until_its_own_end(db, client, settings):
    cohort = a_cohort()
    code = webinar_code(
        secret=settings.SECRET_KEY, cohort_id=cohort.pk, ends_at=NOON + timedelta(hours=2)
    )
    client.get(reverse("webinar", args=[code]), follow=True)
    assert 'value="143990"' in client.get(address()).content.decode()
    with time_machine.travel(NOON + timedelta(hours=2), tick=False):
        assert 'value="149990"' in client.get(address()).content.decode()
    client.get(reverse("home"), {"webinar": "W" + code[1:][::-1]})
    assert 'value="149990"' in Client().get(address()).content.decode()


@pytest.mark.clause("2.4", "4.6")
def test_ordering_is_closed_when_the_offer_is_withdrawn_or_nothing_is_on_sale_or_no_place_is_free(
    db, client
):
    cohort = a_cohort(seats=1)
    a_placed_order(cohort=cohort)
    for close in (
        lambda: None,
        lambda: PriceWindow.objects.all().delete(),
        lambda: withdraw_offer(
            edition=Edition.objects.get(), reason="причина", by=an_owner(), at=NOON
        ),
    ):
        close()
        page = client.get(address()).content.decode()
        assert "<form method" not in page.replace('<form method="post" action="/theme/"', "")
        assert 'id="id_surname"' not in page
    assert client.post(address(), shown() | PERSON).status_code == 200
    assert Order.objects.count() == 1


def test_an_unknown_tariff_is_not_found(db, client):
    a_cohort()
    assert client.get(address("gold")).status_code == 404


@pytest.mark.clause("3.3")
def test_two_tabs_make_one_order_and_a_stranger_gets_none(transactional_db, client):
    a_cohort()
    client.get(address())
    first = send(client, PERSON)
    second = send(client, PERSON)
    assert first["Location"] == second["Location"]
    stranger = Client()
    stranger.get(address())
    refused = send(stranger, PERSON)
    assert refused.status_code == 200
    page = refused.content.decode()
    assert f"Сілтемені {masked_email('g@example.kz')} поштасына жіберу" in page
    assert 'name="surname" value="Әбілқасымова"' in page, "what was typed stays"
    assert Order.objects.get().code not in page
    assert stranger.get(first["Location"]).status_code == 404
    assert Order.objects.count() == 1


def test_another_package_is_asked_about_and_then_replaces(transactional_db, client):
    a_cohort()
    client.get(address())
    send(client, PERSON)
    asked = send(client, PERSON, tariff="vip")
    assert 'name="replace"' in asked.content.decode()
    assert Order.objects.count() == 1
    send(client, PERSON, tariff="vip", replace="on")
    assert set(Order.objects.values_list("state", flat=True)) == {
        OrderState.LAPSED,
        OrderState.AWAITING_PAYMENT,
    }


WRONG = {
    "surname": "Ан1на",
    "name": "",
    "phone": "8701",
    "email": "ulgi.mail.kz",
    "address": "",
    "iin": "900101300812",
    "learner_iin": "12",
    "birth_date": "32.13.2012",
    "bin": "900101300811",
    "kind": "",
    "relation": "uncle",
    "company_name": "\ud800",
    "learner_surname": "<b>",
    "learner_name": "{{ x }}",
}
ENGLISH = re.compile(
    r"\b(?:this|field|required|enter|valid|value|select|choose|must|please|the|ensure|characters)\b",
    re.I,
)
RUSSIAN_ONLY = re.compile(
    r"\b(?:поле|введите|обязательно|выберите|значение|это|должно|заполните|цифры|цифра)\b", re.I
)
KAZAKH_ONLY = re.compile(r"[әғқңөұүһі]", re.I)


@pytest.mark.parametrize("kind", [*PartyKind.values, "", "robot"])
@pytest.mark.parametrize("language", ["kk", "ru"])
def test_every_error_is_said_in_the_visitors_language(db, client, language, kind):
    a_cohort()
    empty = send(client, {"kind": kind}, language=language)
    wrong = send(client, WRONG | {"kind": kind, "company_name": "x" * 400}, language=language)
    told = []
    for answer in (empty, wrong):
        told += re.findall(r'class="error"[^>]*>(?:<svg.*?</svg>)?(.*?)</', answer.content.decode())
        told += [
            str(error) for errors in answer.context["form"].errors.values() for error in errors
        ]
    assert len(told) > 10
    for sentence in told:
        assert not ENGLISH.search(sentence), sentence
        assert not (RUSSIAN_ONLY if language == "kk" else KAZAKH_ONLY).search(sentence), sentence


@pytest.mark.parametrize(
    "name",
    [
        "surname",
        "name",
        "patronymic",
        "address",
        "email",
        "phone",
        "kind",
        "iin",
        "company_name",
        "relation",
    ],
)
@pytest.mark.parametrize(
    "value",
    ["\x00", "a" * 70_000, "💥", "'; DROP TABLE", "\u202e", "{% now 'Y' %}", "e\u0301" * 300],
)
def test_rubbish_in_a_field_is_an_error_or_text_never_a_failure(db, client, name, value):
    a_cohort()
    for values in (PERSON, COMPANY):
        assert send(client, values | {name: value}).status_code in (200, 302)


def test_a_child_who_is_grown_up_or_not_born_is_told_so(db, client):
    a_cohort()
    for birth_date in ("23.11.2008", "24.11.2026", "22.11.2011"):
        answer = send(client, GUARDIAN, birth_date=birth_date)
        assert answer.context["form"].errors.keys() & {"birth_date", "learner_iin"}
    assert not Order.objects.exists()


@pytest.mark.clause("3.1")
def test_the_orders_page_opens_to_its_browser_its_letter_and_its_owner_only(db, client):
    a_cohort()
    send(client, PERSON)
    order = Order.objects.get()
    page = order.get_absolute_url()
    assert client.get(page).status_code == 200
    assert Client().get(page).status_code == 404
    assert Client().get(page, {"key": "x" * 43}).status_code == 404
    by_letter = Client()
    link = order_link(order)
    assert by_letter.get(link[link.index("/kk/") :], follow=True).status_code == 200
    assert by_letter.get(page).status_code == 200
    owner = Client()
    other = Client()
    owner.force_login(User.objects.create_user("gulnur@example.kz"))
    other.force_login(User.objects.create_user("other@example.kz"))
    assert owner.get(page).status_code == 200
    assert other.get(page).status_code == 404
    for action in ("order_cancellation", "order_email", "payment_start"):
        assert other.post(reverse(action, args=[order.code])).status_code == 404
    assert Order.objects.get().state == OrderState.AWAITING_PAYMENT


def test_the_buyer_corrects_the_email_and_cancels_from_the_page(db, client):
    a_cohort()
    send(client, PERSON)
    order = Order.objects.get()
    answer = client.post(reverse("order_email", args=[order.code]), {"email": "bad"})
    assert answer.status_code == 200
    client.post(reverse("order_email", args=[order.code]), {"email": "Right@Example.kz"})
    assert Order.objects.get().party.email == "right@example.kz"
    client.post(reverse("order_cancellation", args=[order.code]))
    assert Order.objects.get().state == OrderState.LAPSED
    assert client.get(order.get_absolute_url()).status_code == 200


@pytest.mark.clause("2.3", "12.2.2")
def test_the_contract_is_downloaded_by_its_party_only_and_only_when_there_is_one(db):
    order = a_paid_order()
    owner = Client()
    owner.force_login(User.objects.create_user(order.party.email))
    contract = reverse("order_contract", args=[order.code])
    first = owner.get(contract)
    second = owner.get(contract)
    assert first.content.startswith(b"%PDF")
    assert first.content == second.content
    assert "no-store" in first["Cache-Control"]
    assert Client().get(contract).status_code == 404
    unpaid = a_placed_order(email=order.party.email)
    assert owner.get(reverse("order_contract", args=[unpaid.code])).status_code == 404


def test_pages_of_an_order_are_not_stored_by_anyone_on_the_way(db, client):
    a_cohort()
    send(client, PERSON)
    answer = client.get(Order.objects.get().get_absolute_url())
    assert answer["Cache-Control"] == "private, no-store"
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
