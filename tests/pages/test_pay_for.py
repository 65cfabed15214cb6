"""The link by which somebody else pays: no data of the buyer, and the payment alone."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlparse

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from enrollment.operations.corrections.email import correct_email
from enrollment.operations.links import end_links, order_link, pay_link, pay_signature
from enrollment.operations.ordering.orders import cancel_order
from offer_site.journal.models import Entry
from offer_site.pages.live import LATER
from payments.models import Payment
from payments.operations.paying.payments import start_payment
from tests.at_once import at_once
from tests.enrollment.halves.scenes import a_half_paid_order
from tests.enrollment.ordering.test_reports import reported
from tests.given import NOON, a_paid_order, a_placed_order, a_receipt, receive
from tests.payments.providers.test_kaspi_link import kaspi  # noqa: F401  a fixture
from tests.payments.statements.scenes import bank_details
from tests.payments.waiting import money_that_waits

pytestmark = [pytest.mark.django_db, pytest.mark.clause("5.4")]


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def path_of(order, page: str = "pay_for") -> str:
    return pay_link(order, page=page).removeprefix(settings.SITE_URL)


def start(order, provider="kaspi", client=None):
    return (client or Client()).post(path_of(order, "pay_for_start"), {"provider": provider})


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_page_shows_the_package_and_the_sum_and_nothing_of_the_buyer(language):
    order = a_placed_order(name="Айгерім", email="buyer@mail.kz", kind="guardian")
    page = Client().get(path_of(order).replace("/kk/", f"/{language}/")).text
    assert order.code in page
    assert order.tariff.package.name in page
    assert f'value="{order.price}"' in page
    for person in (order.party, order.learner):
        for value in (person.surname, person.name):
            assert value not in page
    for value in (order.party.email, order.party.phone, order.party.address):
        assert value not in page
    assert reverse("order", args=[order.code]) not in page


def test_only_its_own_key_opens_it():
    order = a_placed_order()
    other = a_placed_order()
    keys = ["", "forged", pay_signature(other), order_link(order).partition("key=")[2]]
    for page in ("pay_for", "pay_for_kaspi", "pay_for_qr"):
        for key in keys:
            assert Client().get(reverse(page, args=[order.code]), {"key": key}).status_code == 404
    address = reverse("pay_for_start", args=[order.code])
    assert Client().post(f"{address}?key=forged").status_code == 404
    assert Client().get(path_of(order, "pay_for_start")).status_code == 405
    assert not Payment.objects.exists()


def test_it_opens_the_payment_and_not_the_order():
    order = a_placed_order()
    payer = Client()
    assert payer.get(path_of(order)).status_code == 200
    for page in ("order", "order_report", "order_email", "order_invoice", "order_state"):
        assert payer.get(reverse(page, args=[order.code])).status_code == 404
        key = pay_signature(order)
        assert payer.get(reverse(page, args=[order.code]), {"key": key}).status_code == 404


@pytest.mark.clause("12.1.2.2")
@pytest.mark.parametrize("end", ["email", "sessions"])
def test_a_corrected_email_and_the_end_of_all_sessions_end_the_link(end):
    order = a_placed_order(email="mistyped@example.kz")
    link = path_of(order)
    known = Client()
    assert known.get(link).status_code == 200
    if end == "email":
        correct_email(order=order, email="right@example.kz", by="visitor", at=NOON)
    else:
        end_links(email=order.party.email, at=NOON)
    for payer in (known, Client()):
        assert payer.get(link).status_code == 404
        assert payer.get(reverse("pay_for_state", args=[order.code])).status_code == 404


@pytest.mark.clause("4.4")
def test_the_bank_is_told_nothing_of_the_buyer_and_leads_back_to_the_link(kaspi):  # noqa: F811
    order = a_placed_order()
    answer = start(order)
    assert (answer.status_code, answer["Location"]) == (302, "https://kaspi.example/pay/1")
    payment = Payment.objects.get()
    assert payment.for_another
    facts = Entry.objects.get(verb="payment.started").facts
    assert facts["for_another"] is True
    assert order.party.email not in str(kaspi.asked)
    back = urlparse(kaspi.asked[0]["returnUrl"])
    returned = Client().get(f"{back.path}?{back.query}")
    assert parse_qs(urlparse(returned["Location"]).query) == {
        "key": [pay_signature(order)],
        "returned": ["1"],
    }
    payer = Client()
    page = payer.get(returned["Location"], follow=True)
    assert page.status_code == 200
    assert page.context["page"].stage == "confirming"
    assert order.party.email not in page.text


def test_a_bank_that_sends_the_payer_back_by_a_form_leads_to_the_link_too():
    order = a_placed_order()
    back = f"{reverse('payment_return', args=[order.code])}?payer={pay_signature(order)}"
    answer = Client(enforce_csrf_checks=True).post(f"{back}&result=failed", {"MD": "1"})
    assert (answer.status_code, answer["Location"]) == (303, f"{back}&result=failed")
    failed = Client().get(answer["Location"])
    assert failed["Location"] == path_of(order)


def test_the_payers_link_and_the_buyers_are_two(kaspi):  # noqa: F811
    order = a_placed_order()
    buyer = Client()
    buyer.get(order_link(order))
    buyer.post(reverse("payment_start", args=[order.code]), {"provider": "kaspi"})
    start(order)
    start(order)
    attempts = Payment.objects.order_by("pk").values_list("for_another", flat=True)
    assert list(attempts) == [False, True]


def test_a_card_of_another_is_asked_for_without_the_buyers_email():
    order = a_placed_order()
    asked = []

    class Bank:
        slug = "card"
        method_text = "VISA"

        def start(self, payment, *, addresses, description):
            from payments.providers.base import Link

            asked.append((payment.for_another, addresses.success, description))
            return Link(payment.invoice_id, "https://bank.example/1")

    start_payment(
        order=order, provider=Bank(), language="kk", for_another=True, at=NOON, by="visitor"
    )
    ((for_another, back, description),) = asked
    assert for_another
    assert back.endswith(f"?payer={pay_signature(order)}")
    assert order.learner.surname not in description


@pytest.mark.clause("4.3")
def test_an_order_that_takes_no_money_offers_no_way_and_starts_nothing(kaspi):  # noqa: F811
    cancelled = a_placed_order()
    cancel_order(order=cancelled, by="visitor", at=NOON)
    paid = a_paid_order()
    for order in (cancelled, paid):
        payer = Client()
        page = payer.get(path_of(order))
        assert page.status_code == 200
        assert "ways-list" not in page.text
        assert start(order, client=payer)["Location"] == path_of(order)
        told = payer.get(path_of(order))
        assert [message.level_tag for message in told.context["messages"]] == ["error"]
    assert not kaspi.asked
    assert not Payment.objects.exists()


def test_kaspi_starts_when_a_phone_opens_the_code_and_not_before(kaspi):  # noqa: F811
    order = a_placed_order()
    buyer = Client()
    page = buyer.get(order_link(order), follow=True).text
    (picture,) = re.findall(r'src="([^"]+qr\.svg[^"]+)"', page)
    drawn = Client().get(picture.replace("&amp;", "&"))
    assert drawn["Content-Type"] == "image/svg+xml"
    assert "no-store" in drawn["Cache-Control"]
    assert b"<svg" in drawn.content
    phone = Client()
    address = path_of(order, "pay_for_kaspi")
    assert phone.head(address)["Location"] == path_of(order)
    assert not kaspi.asked
    assert phone.get(address)["Location"] == "https://kaspi.example/pay/1"
    assert phone.get(address)["Location"] == "https://kaspi.example/pay/1"
    assert len(kaspi.asked) == Payment.objects.count() == 1


def test_many_phones_that_open_the_code_at_once_make_one_attempt(
    transactional_db,
    kaspi,  # noqa: F811
):
    order = a_placed_order()
    address = path_of(order, "pay_for_kaspi")
    answers = at_once([lambda: Client().get(address)] * 6)
    assert {each["Location"] for each in answers} == {"https://kaspi.example/pay/1"}
    assert Payment.objects.count() == 1


def test_a_bank_that_does_not_answer_is_told_in_words(kaspi):  # noqa: F811
    kaspi.status = 500
    order = a_placed_order()
    payer = Client()
    assert payer.get(path_of(order, "pay_for_kaspi"))["Location"] == path_of(order)
    page = payer.get(path_of(order))
    assert [message.level_tag for message in page.context["messages"]] == ["error"]


@pytest.mark.clause("2.2.1")
def test_the_payer_reads_that_the_money_has_come():
    order = a_placed_order()
    payer = Client()
    payer.get(path_of(order))
    receive(a_receipt(order), order)
    state = payer.get(reverse("pay_for_state", args=[order.code])).json()
    assert state["state"] == "concluded-0"
    page = payer.get(path_of(order)).text
    assert "Ақша түсті. Рақмет" in page
    assert "data-live" not in page


@pytest.mark.clause("4.3.1")
def test_after_the_first_half_it_says_so_and_asks_for_the_rest():
    order = a_half_paid_order(language="kk")
    page = Client().get(f"/kk/pay/{order.code}/?key={pay_signature(order)}").text
    heading = re.search(r"<h1>(.+?)</h1>", page, re.DOTALL)[1]
    assert "Бірінші бөлігі түсті" in heading
    assert 'value="74995"' in heading


def test_only_whoever_has_the_order_is_shown_the_link_to_send():
    order = a_placed_order()
    bank_details()
    buyer = Client()
    assert path_of(order).replace("&", "&amp;") in buyer.get(order_link(order), follow=True).text
    assert f'data-copy="{pay_link(order)}"' in buyer.get(path_of(order)).text
    stranger = Client().get(path_of(order)).text
    assert "data-share" not in stranger
    assert 'id="transfer"' not in stranger
    assert 'id="installment"' not in stranger


def test_a_script_without_the_cookie_of_the_page_is_told_nothing():
    order = a_placed_order()
    answer = Client().get(path_of(order, "pay_for_state"))
    assert (answer.status_code, answer.json()["state"]) == (404, "gone")


@pytest.mark.clause("4.3")
@pytest.mark.parametrize("what", ["a report", "money", "money beside an overdue rest"])
def test_nobody_is_asked_to_pay_what_a_person_already_looks_into(what, kaspi, time_machine):  # noqa: F811
    if what == "a report":
        order = a_placed_order()
        reported(order)
    elif what == "money":
        order = a_placed_order()
        money_that_waits(order, amount=10_000)
    else:
        order = a_half_paid_order()
        money_that_waits(order, amount=10_000, invoice=order.code)
        time_machine.move_to(NOON + timedelta(days=40), tick=False)
    payer = Client()
    page = payer.get(path_of(order))
    assert page.status_code == 200
    assert page.context["methods"].ways == ()
    live = page.context["page"].live
    assert live is None or (what == "a report" and live.refresh == LATER)
    began = Payment.objects.count()
    answer = start(order, client=payer)
    assert (answer.status_code, answer["Location"]) == (302, path_of(order))
    assert payer.get(path_of(order, "pay_for_kaspi"))["Location"] == path_of(order)
    assert Payment.objects.count() == began
    assert kaspi.asked == []
