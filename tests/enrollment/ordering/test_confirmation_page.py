"""The link that confirms an order taken on the phone, and a partner's link (2.6)."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from enrollment.models import Confirmation, Consent, ConsentsBy, Edition, Order, Partner
from enrollment.operations.corrections.email import correct_email
from enrollment.operations.links import (
    confirmation_link,
    halves_checkout_link,
    order_link,
    partner_link,
)
from enrollment.operations.ordering.orders import lapse_order
from enrollment.rules.masks import masked_address, masked_phone
from enrollment.rules.order_states import OrderState
from offer_site.notices.models import Notice
from payments.models import LedgerEntry
from payments.operations.ledger.allocations import give_to_order
from tests.enrollment.called import a_called_order, a_partner, confirm
from tests.enrollment.halves.scenes import an_agreement
from tests.enrollment.ordering.test_checkout import PERSON, send
from tests.enrollment.ordering.test_company_checkout import COMPANY, rows
from tests.given import NOON, a_cohort, a_placed_order, a_receipt, an_owner, receive
from tests.staff.conftest import signed_in

pytestmark = pytest.mark.clause("2.6")
TICKED = {"consent_truth": "on", "consent_contract": "on"}


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def path_of(link):
    return "/" + link.split("//", 1)[1].partition("/")[2]


def opened(client, order):
    """Follow the link of the letter; the page it leads to."""
    away = client.get(path_of(confirmation_link(order, "consents")))
    assert away.status_code == 302
    assert "key" not in away["Location"]
    return away["Location"]


@pytest.mark.clause("5.1")
@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_caller_confirms_on_the_page_and_then_pays(db, client, language):
    order = a_called_order(consents=ConsentsBy.LINK)
    opened(client, order)
    with override(language):
        page = reverse("order_confirmation", args=[order.code, "consents"])
    shown = client.get(page)
    assert order.learner.full_name in shown.text
    assert "checked" not in shown.text
    assert client.post(page, TICKED).status_code == 302
    given = Consent.objects.filter(party=order.party_id)
    assert {(each.purpose, each.way, each.language) for each in given} == {
        ("truth", "link", language),
        ("contract", "link", language),
    }
    after = client.get(order.get_absolute_url())
    assert after.context["page"].stage == "awaiting"
    assert after.context["methods"].due == order.price


def test_to_open_the_link_confirms_nothing(db, client):
    order = a_called_order(consents=ConsentsBy.LINK)
    page = opened(client, order)
    client.get(page)
    client.head(page)
    assert Confirmation.objects.open().filter(order=order).exists()
    assert not Consent.objects.exists()


@pytest.mark.clause("5.1")
def test_without_the_consent_nothing_is_confirmed_and_what_was_ticked_stays(db, client):
    order = a_called_order(consents=ConsentsBy.LINK)
    page = opened(client, order)
    answer = client.post(page, {"consent_truth": "on", "consent_marketing": "on"})
    assert list(answer.context["form"].errors) == ["consent_contract"]
    assert answer.context["form"]["consent_marketing"].value()
    assert Order.objects.get().awaits_confirmation


@pytest.mark.parametrize("door", ["order_report", "order_instalments"])
def test_before_it_the_orders_page_offers_the_confirmation_alone(db, client, door):
    order = a_called_order(consents=ConsentsBy.LINK)
    opened(client, order)
    shown = client.get(order.get_absolute_url())
    assert shown.context["page"].stage == "unconfirmed"
    assert not shown.context["methods"].ways
    assert "/confirmations/consents/" in shown.text
    assert client.get(reverse(door, args=[order.code]))["Location"] == order.get_absolute_url()
    start = client.post(reverse("payment_start", args=[order.code]), {"provider": "card"})
    assert start.status_code == 302
    assert not order.payments.exists()


@pytest.mark.clause("5.1", "12.1.2.2")
@pytest.mark.parametrize("who", ["buyer", "staff", "staff, lapsed"])
def test_what_a_stranger_confirmed_at_a_mistyped_email_becomes_nobodys_consent(
    transactional_db, client, who
):
    order = a_called_order(consents=ConsentsBy.LINK, email="wrnog@example.kz")
    page = opened(client, order)
    client.post(page, TICKED)
    if who == "staff, lapsed":
        lapse_order(order=order, at=order.lapses_at)
    if who == "buyer":
        right = {"email": "right@example.kz"}
        answer = client.post(reverse("order_email", args=[order.code]), right)
    else:
        right = {"email": "right@example.kz", "document": "өтініш № 1", "is_shared": "on"}
        button = reverse("admin:enrollment_order_email", args=[order.pk])
        answer = signed_in(an_owner()).post(button, right)
    assert list(answer.context["form"].errors) == ["email"]
    assert Order.objects.select_related("party").get().party.email == "wrnog@example.kz"
    assert not Notice.objects.filter(kind="email-corrected").exists()


def test_before_the_confirmation_the_email_is_corrected_and_its_link_confirms(db):
    order = a_called_order(consents=ConsentsBy.LINK, email="wrnog@example.kz")
    correct_email(
        order=order, email="right@example.kz", document="өтініш № 1", by="staff:1", at=NOON
    )
    reader = Client()
    order = Order.objects.select_related("party").get()
    assert reader.post(opened(reader, order), TICKED).status_code == 302
    assert not Order.objects.get().awaits_confirmation


@pytest.mark.clause("5.4")
def test_the_page_tells_whoever_reads_the_mailbox_no_whole_phone_and_address(db, client):
    order = a_called_order(consents=ConsentsBy.LINK)
    shown = client.get(opened(client, order)).text
    assert order.party.phone not in shown
    assert order.party.address not in shown
    assert "Абай" not in shown
    assert masked_phone(order.party.phone) in shown
    assert masked_address(order.party.address) in shown


@pytest.mark.clause("4.3")
@pytest.mark.parametrize("when", ["on its day", "after it"])
def test_money_that_came_first_hides_no_confirmation_and_then_is_given(db, client, when):
    order = a_called_order(consents=ConsentsBy.LINK)
    receive(a_receipt(order), order)
    entry = LedgerEntry.objects.get()
    later = NOON + timedelta(minutes=5)
    if when == "after it":
        lapse_order(order=order, at=order.lapses_at)
        later = order.lapses_at + timedelta(hours=1)
    with time_machine.travel(later, tick=False):
        page = opened(client, order)
        shown = client.get(order.get_absolute_url())
        assert shown.context["page"].stage == "money_waits"
        assert f'href="{page}"' in shown.text
        assert client.get(page).status_code == 200
        assert client.post(page, TICKED).status_code == 302
        assert f'href="{page}"' not in client.get(order.get_absolute_url()).text
    assert not Order.objects.get().awaits_confirmation
    give_to_order(entry=entry, code=order.code, reason="оның ақшасы", by=an_owner(), at=later)
    assert Order.objects.get().state == OrderState.PAID


def test_a_stranger_confirms_nothing(db, client):
    order = a_called_order(consents=ConsentsBy.LINK)
    page = reverse("order_confirmation", args=[order.code, "consents"])
    assert client.get(page).status_code == 404
    assert client.post(page, TICKED).status_code == 404
    assert client.get(f"{page}?key=made-up").status_code == 404
    assert Order.objects.get().awaits_confirmation


def test_what_is_confirmed_or_needs_no_confirmation_leads_to_the_order(db, client):
    for order in (a_placed_order(), a_called_order(consents=ConsentsBy.LINK)):
        client.get(path_of(order_link(order)))
        if order.awaits_confirmation:
            confirm(order)
        page = reverse("order_confirmation", args=[order.code, "consents"])
        for answer in (client.get(page), client.post(page, TICKED)):
            assert answer["Location"] == order.get_absolute_url()
    unknown = reverse("order_confirmation", args=[order.code, "something"])
    assert client.get(unknown).status_code == 404


def test_the_order_says_on_its_page_who_took_it(db, client):
    order = a_called_order(partner=a_partner())
    client.get(path_of(order_link(order)))
    assert "«Білім» ЖШС" in client.get(order.get_absolute_url()).text
    receive(a_receipt(order), order)
    assert Order.objects.get().state == OrderState.PAID


def test_a_partners_link_marks_what_is_ordered_after_it_at_the_price_of_everybody(db, client):
    a_cohort()
    partner = a_partner()
    away = client.get(path_of(partner_link(partner)))
    assert away["Location"].endswith("#packages")
    assert "«Білім» ЖШС" in client.get("/kk/checkout/birge/").text
    assert not Order.objects.exists()
    send(client, PERSON)
    order = Order.objects.get()
    assert (order.taken_by, order.taking.partner, order.price) == ("partner", partner, 149_990)


@pytest.mark.parametrize("why", ["closed before", "closed after", "of nobody", "another's cookie"])
def test_a_link_that_names_no_partner_of_today_marks_nothing(db, client, why):
    a_cohort()
    partner = a_partner(is_active=why != "closed before")
    path = path_of(partner_link(partner))
    client.get("/partner/nobody/" if why == "of nobody" else path)
    if why == "closed after":
        Partner.objects.update(is_active=False)
    if why == "another's cookie":
        client.cookies["partner"] = partner.link_key
    send(client, PERSON)
    assert Order.objects.get().taken_by == ""


def test_a_webinars_code_passes_on_through_a_partners_link(db):
    away = Client().get("/partner/nobody/", {"webinar": "CODE"})
    assert away["Location"].endswith("/?webinar=CODE#packages")


def test_a_companys_list_is_marked_order_by_order(db, client):
    a_cohort()
    partner = a_partner()
    client.get(path_of(partner_link(partner)))
    shown = {"shown_price": "149990", "shown_edition": str(Edition.objects.get())}
    listed = rows(("Омаров", "Диас", ""), ("Ли", "Анна", ""))
    client.post("/kk/checkout/birge/company/", shown | COMPANY | listed)
    assert [order.taking.partner for order in Order.objects.all()] == [partner] * 2


def test_an_order_under_an_agreement_on_halves_is_marked_too(db, client):
    agreed = an_agreement()
    partner = a_partner()
    client.get(path_of(partner_link(partner)))
    client.get(path_of(halves_checkout_link(agreed)))
    page = reverse("halves_checkout", args=[agreed.code])
    shown = {"shown_price": "149990", "shown_edition": str(Edition.objects.get())}
    assert client.post(page, shown | PERSON).status_code == 302
    assert Order.objects.get().taking.partner == partner
