"""A person asks that their data be erased: what goes, what stays and why (11.4)."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from enrollment.models import Consent, Order
from enrollment.operations.ordering.orders import lapse_unpaid_orders
from offer_site.clock.schedule import job
from offer_site.journal.models import Entry
from offer_site.notices.letters import letterhead, write_letter
from offer_site.notices.models import Notice
from offer_site.notices.operations import send_due_notices
from offer_site.retention.models import ErasureRequest
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
    assert len(list(carry_out_wishes(at=NOON + timedelta(hours=15)))) == 1
    assert list(carry_out_wishes(at=NOON + timedelta(hours=15))) == []
    assert Notice.objects.filter(kind="erasure-answered").count() == 1


def test_a_visitor_cannot_ask(client):
    answer = ask(client)
    assert answer["Location"].startswith(reverse("account_login"))
    assert not ErasureRequest.objects.exists()
