"""A person asks that their data be erased: what goes, what stays and why (11.4)."""

from datetime import timedelta

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.urls import reverse

from enrollment.models import Consent, Order
from enrollment.operations.ordering.orders import lapse_unpaid_orders
from offer_site.clock.schedule import job
from offer_site.journal.models import Entry
from offer_site.notices.letters import letterhead, write_letter
from offer_site.notices.models import Notice
from offer_site.notices.operations import send_due_notices
from offer_site.retention.erasing import delete_files, erase_due, holds_of
from offer_site.retention.models import ErasedFile, ErasureRequest
from offer_site.retention.wishes import carry_out_wishes
from tests.accounts.signing import signed_in
from tests.given import NOON, a_completed_enrollment, a_paid_order, a_placed_order

pytestmark = [pytest.mark.django_db, pytest.mark.clause("11.4")]


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def ask(browser, wish="erase"):
    return browser.post(reverse("my_data_erasure"), {"wish": wish})


def in_the_night(at):
    send_due_notices(at=at)
    return [each.line for each in job("erase_data").run(at)]


def test_while_the_contract_runs_its_data_stay_and_the_letter_says_so():
    order = a_paid_order()
    browser = signed_in(order.party.email)
    assert order.code in browser.get(reverse("my_data")).content.decode()
    assert ask(browser)["Location"] == reverse("my_data")
    wish = ErasureRequest.objects.get()
    assert wish.due_on.isoformat() == "2026-12-08"
    assert in_the_night(NOON + timedelta(hours=15)) == [
        f"wish to erase {wish.pk} answered: 0 classes erased"
    ]
    letter = Notice.objects.get(kind="erasure-answered")
    text = write_letter(letter, letterhead()).text
    assert order.code in text
    assert "бухгалтерлік" in text
    assert "бухгалтерские документы" in text
    assert Order.objects.with_people().get(pk=order.pk).party.full_name


def test_what_was_never_paid_goes_at_once_and_only_that():
    unpaid = a_placed_order(email="both@example.kz")
    lapse_unpaid_orders(at=NOON + timedelta(days=1))
    later = NOON + timedelta(days=1, hours=1)
    with time_machine.travel(later, tick=False):
        paid = a_paid_order(email="both@example.kz", surname="Әлиева", at=later)
        send_due_notices(at=later)
        ask(signed_in("both@example.kz"))
    in_the_night(later + timedelta(hours=12))
    people = Order.objects.with_people()
    assert people.get(pk=unpaid.pk).party.email == ""
    assert people.get(pk=paid.pk).party.email == "both@example.kz"
    row = Entry.objects.get(verb="personal_data.erased")
    assert (row.chain, row.facts["why"]) == (unpaid.code, "request")
    assert row.by.startswith("user:")


def test_what_the_contract_kept_goes_when_it_has_ended():
    enrollment = a_completed_enrollment()
    order = enrollment.order
    order.deadlines.running().update(met_at=enrollment.completed_at)
    at = enrollment.completed_at + timedelta(hours=2)
    with time_machine.travel(at, tick=False):
        ask(signed_in(order.party.email))
    in_the_night(at + timedelta(hours=12))
    party = Order.objects.with_people().get(pk=order.pk).party
    assert (party.origin_agent, party.origin_address) == ("", None)
    assert party.full_name
    kept = {key for _order, key, _until in ErasureRequest.objects.get().kept}
    assert kept == {"exchange", "contract", "money"}


def test_it_can_be_taken_back_until_the_night():
    browser = signed_in(a_paid_order().party.email)
    ask(browser)
    ask(browser, "back")
    assert in_the_night(NOON + timedelta(hours=15)) == []
    assert ErasureRequest.objects.get().withdrawn_at == NOON
    told = Entry.objects.about("erasure", ErasureRequest.objects.get().pk)
    assert [row.verb for row in told] == ["erasure.asked", "erasure.taken_back"]


def test_a_second_wish_is_the_first_one_and_marketing_stops_at_once():
    browser = signed_in(a_paid_order().party.email)
    browser.post(reverse("my_data_news"), {"news": "on"})
    ask(browser)
    ask(browser)
    assert ErasureRequest.objects.count() == 1
    assert not Consent.objects.standing().to_marketing().exists()


def test_answered_once():
    ask(signed_in(a_paid_order().party.email))
    send_due_notices(at=NOON)
    [carried] = carry_out_wishes(at=NOON + timedelta(hours=15))
    assert not carried.failed
    assert list(carry_out_wishes(at=NOON + timedelta(hours=15))) == []
    assert Notice.objects.filter(kind="erasure-answered").count() == 1


def test_a_visitor_cannot_ask(client):
    answer = ask(client)
    assert answer["Location"].startswith(reverse("account_login"))
    assert not ErasureRequest.objects.exists()


# --- A wish is about what existed when it was made
def a_lapsed_order(email, *, at, **wishes):
    order = a_placed_order(email=email, at=at, **wishes)
    lapse_unpaid_orders(at=at + timedelta(days=1))
    send_due_notices(at=at + timedelta(days=1))
    return order


def emails_now(*orders):
    people = Order.objects.with_people()
    return [people.get(pk=each.pk).party.email for each in orders]


def lose_the_key_of(order):
    """Encrypt the address of a party with a key that nobody has any more."""
    token = Fernet(Fernet.generate_key()).encrypt(b"Almaty").decode()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE enrollment_party SET address = %s WHERE id = %s", [token, order.party_id]
        )


@pytest.mark.usefixtures("short_contracts")
def test_a_wish_is_not_about_orders_that_came_after_it():
    a_paid_order(email="again@example.kz")
    first = a_lapsed_order("again@example.kz", at=NOON, surname="Бірінші")
    asked = NOON + timedelta(days=2)
    with time_machine.travel(asked, tick=False):
        ask(signed_in("again@example.kz"))
    evening = a_placed_order(email="again@example.kz", surname="Кешкі", at=asked)
    Order.objects.filter(pk=evening.pk).update(placed_at=asked + timedelta(hours=1))
    lapse_unpaid_orders(at=asked + timedelta(days=1))
    send_due_notices(at=asked + timedelta(days=1))
    in_the_night(asked + timedelta(days=1))
    later = a_lapsed_order("again@example.kz", at=asked + timedelta(days=2), surname="Кейінгі")
    in_the_night(asked + timedelta(days=4))
    assert emails_now(first, evening, later) == ["", "again@example.kz", "again@example.kz"]


@pytest.mark.usefixtures("short_contracts")
def test_one_wish_that_fails_stops_no_other():
    lapsed = []
    asked = NOON + timedelta(days=2)
    for email in ("bad@example.kz", "good@example.kz"):
        a_paid_order(email=email)
        lapsed.append(a_lapsed_order(email, at=NOON, surname="Басқа"))
        with time_machine.travel(asked, tick=False):
            ask(signed_in(email))
    bad, good = lapsed
    lose_the_key_of(bad)
    number = ErasureRequest.objects.get(user__email="bad@example.kz").pk
    lines = in_the_night(asked + timedelta(hours=12))
    assert f"not carried out: wish to erase {number}" in lines
    assert Order.objects.filter(pk=good.pk, party__email="").exists()
    assert [each.pk for each in ErasureRequest.objects.open()] == [number]


def test_orders_that_are_held_take_no_others_turn():
    for _number in range(3):
        order = a_placed_order(at=NOON)
        lapse_unpaid_orders(at=NOON + timedelta(days=1))
        assert holds_of(order, at=NOON + timedelta(days=1)) == ["letter"]
    free = a_lapsed_order("free@example.kz", at=NOON + timedelta(days=2))
    Notice.objects.exclude(order_code=free.code).update(state="queued", sent_at=None)
    after = NOON + timedelta(days=40)
    assert [each.order for each in erase_due(at=after, limit=1)] == [free.code]


def test_orders_that_fail_take_no_others_turn():
    bad = a_lapsed_order("bad@example.kz", at=NOON)
    good = a_lapsed_order("good@example.kz", at=NOON + timedelta(days=2))
    lose_the_key_of(bad)
    done = list(erase_due(at=NOON + timedelta(days=40), limit=1))
    assert [(each.order, each.failed) for each in done] == [(bad.code, True), (good.code, False)]


def test_a_file_that_the_disk_keeps_stops_no_other_file(tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path)
    (tmp_path / "stuck" / "inside").mkdir(parents=True)
    default_storage.save("free", ContentFile(b"bytes"))
    for name in ("stuck", "free"):
        ErasedFile.objects.create(name=name, order_code="", decided_at=NOON)
    assert delete_files(at=NOON) == 1
    assert not default_storage.exists("free")
    assert [each.name for each in ErasedFile.objects.filter(deleted_at=None)] == ["stuck"]
