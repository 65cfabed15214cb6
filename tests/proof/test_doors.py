"""Who gets the proof: the signed-in owner, and staff who have the right and say what for (5.4)."""

import io
import re
from zipfile import ZipFile

import pytest
from django.urls import reverse
from django.utils import timezone

from enrollment.operations.links import order_link
from offer_site.accounts.models import User
from offer_site.journal.models import Entry
from offer_site.proof.downloads import TURNS, TooOftenError, take_turn
from tests.accounts.signing import signed_in
from tests.at_once import at_once
from tests.given import a_paid_order, a_placed_order
from tests.staff.conftest import a_member
from tests.staff.conftest import signed_in as at_the_desk_of

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.clause("5.4"),
    pytest.mark.usefixtures("short_offer"),
]


def door(order) -> str:
    return reverse("proof", args=[order.code])


def desk(order) -> str:
    return reverse("admin:enrollment_order_proof", args=[order.pk])


def names_in(answer) -> list[str]:
    with ZipFile(io.BytesIO(answer.content)) as archive:
        return archive.namelist()


def test_the_owner_takes_it_from_the_cabinet_and_from_the_orders_page():
    order = a_paid_order()
    browser = signed_in(order.party.email)
    assert door(order) in browser.get(reverse("cabinet_documents", args=[order.code])).text
    assert door(order) in browser.get(order.get_absolute_url()).text
    assert order.code in browser.get(door(order)).text
    assert not Entry.objects.filter(verb="proof.made").exists()
    answer = browser.post(door(order))
    assert answer["Content-Type"] == "application/zip"
    assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))
    assert re.fullmatch(
        rf'attachment; filename="proof-{order.code}-\d{{8}}-\d{{6}}\.zip"',
        answer["Content-Disposition"],
    )
    assert any(name.endswith("/README.html") for name in names_in(answer))
    row = Entry.objects.get(verb="proof.made")
    assert (row.chain, row.by, row.facts) == (order.code, f"user:{User.objects.get().pk}", {})


def test_a_stranger_a_link_and_an_unpaid_order_find_nothing(client):
    order = a_paid_order()
    assert client.get(door(order))["Location"].startswith(reverse("account_login"))
    followed = client.get(
        order_link(order), follow=True
    )  # the order's page opens, and does not lead to the proof
    assert followed.status_code == 200
    assert door(order) not in followed.content.decode()
    assert client.post(door(order))["Location"].startswith(reverse("account_login"))
    stranger = signed_in(a_paid_order(cohort=order.cohort).party.email)
    assert stranger.get(door(order)).status_code == stranger.post(door(order)).status_code == 404
    unpaid = a_placed_order(email=order.party.email)
    assert signed_in(order.party.email).post(door(unpaid)).status_code == 404
    assert not Entry.objects.filter(verb="proof.made").exists()


def test_staff_say_what_for_and_the_journal_keeps_it():
    order = a_paid_order()
    manager = a_member("manager")
    browser = at_the_desk_of(manager)
    assert (
        desk(order) in browser.get(reverse("admin:enrollment_order_change", args=[order.pk])).text
    )
    assert browser.post(desk(order), {"reason": ""}).status_code == 200
    assert not Entry.objects.filter(verb="proof.made").exists()
    answer = browser.post(desk(order), {"reason": "сот сұрауы № 7"})
    assert answer["Content-Type"] == "application/zip"
    row = Entry.objects.get(verb="proof.made")
    assert (row.by, row.facts, row.clause) == (
        f"staff:{manager.pk}",
        {"reason": "сот сұрауы № 7"},
        "5.4",
    )


@pytest.mark.parametrize(
    ("group", "may"),
    [("owner", True), ("manager", True), ("accountant", False), ("curator", False)],
)
def test_only_owner_and_manager_may_take_it(group, may):
    order = a_paid_order()
    browser = at_the_desk_of(a_member(group))
    page = browser.get(reverse("admin:enrollment_order_change", args=[order.pk]))
    assert (desk(order) in page.text) == may
    assert (browser.post(desk(order), {"reason": "x"}).status_code == 200) == may
    assert Entry.objects.filter(verb="proof.made").exists() == may


def test_an_unpaid_order_offers_staff_no_proof():
    order = a_placed_order()
    browser = at_the_desk_of(a_member("manager"))
    assert (
        desk(order)
        not in browser.get(reverse("admin:enrollment_order_change", args=[order.pk])).text
    )
    browser.post(desk(order), {"reason": "x"})
    assert not Entry.objects.filter(verb="proof.made").exists()


def test_without_a_key_nobody_gets_an_unsigned_one(settings):
    settings.SIGNING_KEY = ""
    order = a_paid_order()
    answer = signed_in(order.party.email).post(door(order))
    assert answer.status_code == 503
    assert 'role="alert"' in answer.text
    staff = at_the_desk_of(a_member("manager")).post(desk(order), {"reason": "x"})
    assert (staff.status_code, staff["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert not Entry.objects.filter(verb="proof.made").exists()


def test_more_than_ten_in_an_hour_are_too_many():
    order = a_paid_order()
    browser = signed_in(order.party.email)
    for _turn in range(TURNS - 1):
        take_turn(User.objects.get(), at=timezone.now())
    assert browser.post(door(order)).status_code == 200
    refused = browser.post(door(order))
    assert refused.status_code == 429
    assert 'role="alert"' in refused.text
    assert Entry.objects.filter(verb="proof.made").count() == 1


def test_many_clicks_at_once_take_ten_turns_and_no_more(transactional_db):
    user = User.objects.create_user(email="eager@example.kz")
    at = timezone.now()
    clicks = [lambda: take_turn(user, at=at)] * (TURNS + 4)
    results = at_once(clicks, errors=TooOftenError)
    assert results.count(None) == TURNS
    assert sum(isinstance(result, TooOftenError) for result in results) == 4
