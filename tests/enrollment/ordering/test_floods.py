"""Who sends many forms holds little and mails few, and shuts nobody out: not the class behind one
address, not the buyer whose e-mail a stranger types, not whoever pays.
"""

from datetime import timedelta

import pytest
from django.test import Client

from enrollment.models import HalvesRequest, Order, Place
from enrollment.operations.links import invoice_link, order_link
from enrollment.rules.bounds import (
    CORRECTIONS,
    DEEDS_AN_HOUR,
    LETTERS_TO_A_STRANGER,
    ClaimedPlace,
    may_claim,
)
from offer_site.notices.models import Notice
from tests.at_once import at_once
from tests.enrollment.ordering.test_checkout import PERSON, address, send, shown
from tests.enrollment.ordering.test_company_checkout import send as send_list
from tests.given import NOON, a_cohort, a_placed_order, a_receipt, receive

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.clause("4.6")]
SITE = "http://localhost:8000"
SHORT = timedelta(minutes=10)
LONG = timedelta(minutes=30)
FATHERS = "АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЭЮЯ"


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)
    return time_machine


def a_browser(home: str = "203.0.113.7") -> Client:
    browser = Client(REMOTE_ADDR=home)
    browser.get(address())
    return browser


def order_as(number: int, *, home: str = "203.0.113.7", browser: Client | None = None, **more):
    """Order as another person, from another browser unless one is given."""
    first, second = divmod(number, len(FATHERS))
    values = {"email": f"p{number}@example.kz", "name": f"Ан{FATHERS[first]}{FATHERS[second]}"}
    return send(browser or a_browser(home), PERSON | values, **more)


def held() -> int:
    return Place.objects.exclude(order=None).count()


def letters() -> list[str]:
    """To whom letters go."""
    return list(Notice.objects.exclude(state="dead").values_list("recipient", flat=True))


def opened(link: str) -> None:
    assert Client().get(link.removeprefix(SITE)).status_code == 302


# --- places
def test_one_address_holds_four_fifths_at_once_and_not_for_long(noon):
    a_cohort(seats=40)
    browsers = [a_browser() for _number in range(40)]
    answers = at_once(
        [
            lambda number=number, browser=browser: order_as(number, browser=browser)
            for number, browser in enumerate(browsers)
        ]
    )
    assert [answer.status_code for answer in answers] == [302] * 40
    assert held() == 32
    assert order_as(50, home="198.51.100.1").status_code == 302
    assert held() == 33, "a buyer from elsewhere finds a place"
    noon.move_to(NOON + SHORT, tick=False)
    assert order_as(51, home="198.51.100.2").status_code == 302
    assert Place.objects.filter(held_until__gt=NOON + SHORT).count() == 1


def test_a_class_of_31_behind_one_address_orders_and_each_holds_a_place():
    a_cohort(seats=40)
    answers = [order_as(number) for number in range(31)]
    assert [answer.status_code for answer in answers] == [302] * 31
    assert held() == 31
    for number, answer in enumerate(answers):
        code = answer["Location"].strip("/").split("/")[-1]
        assert Place.objects.filter(order__code=code).exists(), number


def test_strangers_from_everywhere_leave_a_tenth_to_whoever_pays():
    a_cohort(seats=10)
    for number in range(12):
        home = f"2001:db8:0:{number:x}::1"
        assert order_as(number, home=home).status_code == 302
    assert held() == 9
    last = Order.objects.latest("pk")
    assert not Place.objects.filter(order=last).exists()
    receive(a_receipt(last), last)
    assert Place.objects.get(order=last).held_until is None


def test_a_subscriber_with_a_network_of_his_own_is_one_address():
    a_cohort(seats=10)
    for number in range(10):
        order_as(number, home=f"2001:db8:0:1::{number:x}")
    assert held() == 8


@pytest.mark.parametrize("shared", ["browser", "email"])
def test_a_browser_and_an_email_hold_one_unpaid_place(shared):
    a_cohort(seats=10)
    browser = a_browser()
    for number in range(3):
        if shared == "browser":
            answer = order_as(number, browser=browser)
        else:
            answer = order_as(number, home=f"203.0.113.{number}", email="one@example.kz")
        assert answer.status_code == 302
    assert held() == 1
    first, second, _third = Order.objects.order_by("pk")
    receive(a_receipt(first), first)
    receive(a_receipt(second), second)
    assert Place.objects.filter(held_until=None).exclude(order=None).count() == 2


def test_the_page_says_that_no_place_is_held_and_that_one_can_be_paid_for():
    a_cohort(seats=10)
    browser = a_browser()
    order_as(1, browser=browser)
    page = browser.get(order_as(2, browser=browser)["Location"]).content.decode()
    assert "орын төлем түскенде беріледі" in page


def test_a_place_is_held_longer_once_the_letter_is_opened_and_only_once(noon):
    a_cohort(seats=10)
    order_as(1)
    order = Order.objects.get()
    place = Place.objects.get(order=order)
    assert place.held_until == NOON + SHORT
    later = NOON + timedelta(minutes=5)
    noon.move_to(later, tick=False)
    for _again in range(3):
        opened(order_link(order))
        place.refresh_from_db()
        assert place.held_until == later + LONG
        noon.shift(timedelta(minutes=7))


def test_an_order_without_a_place_takes_one_when_its_letter_is_opened():
    a_cohort(seats=10)
    for number in range(9):
        order_as(number)
    order = Order.objects.latest("pk")
    assert not Place.objects.filter(order=order).exists()
    opened(order_link(order))
    assert Place.objects.get(order=order).held_until == NOON + LONG


def test_a_cookie_and_a_wrong_key_show_no_life():
    a_cohort(seats=10)
    browser = a_browser()
    page = order_as(1, browser=browser)["Location"]
    assert browser.get(page, {"key": "guess"}).status_code == 302
    assert Place.objects.get(number=1).held_until == NOON + SHORT


def test_replacing_an_order_again_and_again_holds_its_place_no_longer(noon):
    a_cohort(seats=10)
    browser = a_browser()
    order_as(1, browser=browser)
    for tariff in ("vip", "birge", "vip"):
        noon.shift(timedelta(minutes=2))
        order_as(1, browser=browser, tariff=tariff, replace="on")
    assert Order.objects.count() == 4
    assert Place.objects.exclude(order=None).get().held_until == NOON + SHORT


def test_a_list_holds_no_more_than_an_address_may_and_still_is_ordered():
    a_cohort(seats=10)
    names = [("Ли", "Анна", f"{father}ич") for father in FATHERS[:9]]
    browser = a_browser()
    answer = send_list(browser, *names)
    assert answer.status_code == 302
    assert held() == 0
    page = browser.get(answer["Location"]).content.decode()
    assert "орындар төлем түскенде беріледі" in page
    invoice = Order.objects.first().invoice
    opened(invoice_link(invoice, invoice.orders.select_related("party")))
    assert held() == 9


@pytest.mark.parametrize(
    ("seats", "address_has", "strangers_have"), [(1, 1, 1), (10, 8, 9), (40, 32, 36), (100, 80, 90)]
)
def test_the_shares(seats, address_has, strangers_have):
    me = ClaimedPlace("me@example.kz", "mine", "203.0.113.7", is_seen=False)

    def others(count: int, home: str) -> list[ClaimedPlace]:
        return [ClaimedPlace(f"{n}@example.kz", f"b{n}", home, is_seen=False) for n in range(count)]

    for count, home, allowed in (
        (address_has - 1, me.home, True),
        (address_has, me.home, False),
        (strangers_have - 1, "198.51.100.9", True),
        (strangers_have, "198.51.100.9", False),
    ):
        held = others(count, home)
        assert may_claim(wanted=1, by=me, held=held, seats=seats) == allowed
        seen = ClaimedPlace(me.email, me.browser, me.home, is_seen=True)
        assert may_claim(wanted=1, by=seen, held=held, seats=seats)


# --- letters
@pytest.mark.clause("12.1")
def test_a_mailbox_that_shows_no_life_gets_few_letters_and_its_owner_can_still_order(noon):
    a_cohort(seats=40)
    for number in range(25):
        plus = f"+{number}" if number % 2 else ""
        more = {"email": f"victim{plus}@example.kz", "home": f"203.0.113.{number}"}
        assert order_as(number, **more).status_code == 302
    assert len(letters()) == LETTERS_TO_A_STRANGER
    assert Notice.objects.filter(state="dead", withdrawn_at=NOON).count() == 20

    owner = a_browser("198.51.100.1")
    assert order_as(30, browser=owner, email="victim@example.kz").status_code == 302
    opened(order_link(Order.objects.first()))
    order_as(31, email="victim@example.kz")
    assert len(letters()) == LETTERS_TO_A_STRANGER + 1, "somebody reads it"
    noon.shift(timedelta(days=1, hours=1))


@pytest.mark.clause("12.1.2.2")
def test_corrections_are_few_and_mail_few_strangers(noon):
    order = a_placed_order(cohort=a_cohort())
    Notice.objects.all().delete()
    browser = a_browser()
    browser.get(order_link(order).removeprefix(SITE))
    page = f"/kk/orders/{order.code}/email/"
    answers = []
    for number in range(119):
        noon.shift(timedelta(seconds=1))
        answers.append(browser.post(page, {"email": f"stranger{number}@example.kz"}))
    assert [answer.status_code for answer in answers].count(302) == CORRECTIONS
    assert "email" in answers[CORRECTIONS].context["form"].errors
    assert answers[-1].status_code == 429
    assert len(letters()) == 2 * CORRECTIONS


@pytest.mark.clause("4.3.1")
def test_requests_for_halves_mail_few_letters():
    a_cohort()
    typed = {"name": "Айгерім", "email": "victim@example.kz", "phone": "87010000001"}
    for number in range(30):
        browser = a_browser(f"203.0.113.{number}")
        answer = browser.post("/kk/halves/birge/", shown() | typed | {"consent": "on"})
        assert answer.status_code == 302
    assert HalvesRequest.objects.count() == 30
    assert letters() == ["victim@example.kz"] * LETTERS_TO_A_STRANGER


# --- an address
def test_one_address_sends_so_many_forms_an_hour_and_another_is_not_hindered(noon):
    a_cohort(seats=100)
    browser = a_browser()
    wrong = send(browser, PERSON, phone="")
    assert wrong.status_code == 200, "a form with a mistake is not counted"
    for number in range(DEEDS_AN_HOUR):
        assert order_as(number, browser=browser).status_code == 302
    orders = Order.objects.count()
    refused = order_as(200, browser=browser)
    assert refused.status_code == 429
    assert refused.context["form"].non_field_errors()
    assert "Қайратқызы" in refused.content.decode(), "nothing typed is lost"
    assert send_list(browser, ("Ли", "Анна", "")).status_code == 429
    typed = {"name": "Айгерім", "email": "a@example.kz", "phone": "87010000001", "consent": "on"}
    assert browser.post("/kk/halves/birge/", shown() | typed).status_code == 429
    assert Order.objects.count() == orders
    assert order_as(201, home="198.51.100.1").status_code == 302
    noon.shift(timedelta(hours=1))
    assert order_as(202).status_code == 302


def test_two_hundred_at_once_are_counted_each():
    a_cohort(seats=100)
    browsers = [a_browser() for _number in range(10)]

    def order_many(browser: Client, first: int) -> list[int]:
        return [
            order_as(number, browser=browser).status_code for number in range(first, first + 12)
        ]

    works = [
        lambda browser=browser, first=12 * place: order_many(browser, first)
        for place, browser in enumerate(browsers)
    ]
    answers = [status for told in at_once(works) for status in told]
    assert answers.count(302) == DEEDS_AN_HOUR
    assert answers.count(429) == 120 - DEEDS_AN_HOUR
