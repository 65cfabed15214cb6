"""The days of a course as an address, and the link of our bot."""

import pytest
import time_machine
from django.urls import reverse

from enrollment.operations.links import order_link
from offer_site.accounts.operations import admitted_user
from offer_site.telegram.models import TelegramChat
from tests.given import NOON, a_paid_order, a_placed_order
from tests.telegram import fake_telegram

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("short_contracts")]


def the_link(order) -> str:
    return order_link(order).partition("?")[2]


@time_machine.travel(NOON, tick=False)
def test_the_days_of_a_paid_order_open_by_its_link_and_to_no_stranger(client):
    order = a_paid_order()
    address = reverse("order_calendar", args=[order.code])
    assert client.get(address).status_code == 404
    answer = client.get(f"{address}?{the_link(order)}")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    assert b"DTSTART;VALUE=DATE:20261207" in answer.content, "no programme: the first day"


def test_an_unpaid_order_has_no_days(client):
    order = a_placed_order()
    address = reverse("order_calendar", args=[order.code])
    assert client.get(f"{address}?{the_link(order)}").status_code == 404


def test_the_cabinet_gives_the_days_of_ones_own_course(client):
    order = a_paid_order()
    address = reverse("course_calendar", args=[order.code])
    assert client.get(address).status_code == 302
    client.force_login(admitted_user(email=order.party.email))
    assert client.get(address).status_code == 200
    other = a_paid_order()
    assert client.get(reverse("course_calendar", args=[other.code])).status_code == 404


@time_machine.travel(NOON, tick=False)
def test_the_order_leads_to_the_bot_where_there_is_one(client, settings):
    order = a_placed_order()
    page = f"{reverse('order', args=[order.code])}?{the_link(order)}"
    address = reverse("order_telegram", args=[order.code])
    assert address not in client.get(page, follow=True).content.decode()
    assert client.get(address).status_code == 404
    with fake_telegram(settings):
        assert address in client.get(page, follow=True).content.decode()
        assert client.get(address)["Location"].startswith("https://t.me/lessbek_test_bot?start=")
    assert TelegramChat.objects.get().about_key == order.code


def test_a_stranger_gets_no_link_of_the_bot(client, settings):
    order = a_placed_order()
    with fake_telegram(settings):
        assert client.get(reverse("order_telegram", args=[order.code])).status_code == 404
    assert not TelegramChat.objects.filter(about_kind="order").exists()
