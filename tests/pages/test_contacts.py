"""A person corrects phone and address; what was accepted stays by digest (11.4, A3)."""

import pytest
import time_machine
from django.urls import reverse

from enrollment.models import Order, Party
from offer_site.audit.people import personal_values_are_those_that_were_digested
from offer_site.journal.models import Entry
from tests.accounts.signing import signed_in
from tests.given import NOON, a_paid_order

pytestmark = [pytest.mark.django_db, pytest.mark.clause("11.4")]
TYPED = {"phone": "+7 777 123 45 67", "address": "Астана қ., Мәңгілік Ел, 8"}


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def test_phone_and_address_are_corrected_and_the_accepted_ones_stay_beside_them():
    order = a_paid_order()
    accepted = order.party.digest()
    browser = signed_in(order.party.email)
    page = reverse("my_data_contacts", args=[order.code])
    assert page in browser.get(reverse("my_data")).content.decode()
    assert browser.post(page, TYPED)["Location"] == reverse("my_data")
    party = Order.objects.with_people().get(pk=order.pk).party
    assert (party.phone, party.address) == ("+77771234567", TYPED["address"])
    assert party.as_accepted(accepted).address == order.party.address
    row = Entry.objects.get(verb="party.corrected")
    assert row.facts == {"party_before": accepted, "party": party.digest()}
    assert list(personal_values_are_those_that_were_digested(NOON)) == []
    browser.post(page, TYPED)
    assert Party.objects.filter(former_of=party).count() == 1


def test_a_wrong_phone_is_said_at_its_field_and_changes_nothing():
    order = a_paid_order()
    page = reverse("my_data_contacts", args=[order.code])
    answer = signed_in(order.party.email).post(page, TYPED | {"phone": "12"})
    assert answer.status_code == 200
    assert TYPED["address"] in answer.content.decode()
    assert not Entry.objects.filter(verb="party.corrected").exists()


def test_anothers_contract_is_not_found():
    page = reverse("my_data_contacts", args=[a_paid_order().code])
    assert signed_in(a_paid_order().party.email).post(page, TYPED).status_code == 404
