"""An optional consent is taken back in one tap (5.3.5)."""

from dataclasses import replace

import pytest
import time_machine
from django.db import transaction
from django.urls import reverse

from enrollment.models import Consent, ConsentPurpose, ConsentWithdrawal, Order
from enrollment.operations.ordering.consents import withdraw_consent
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from tests.accounts.signing import signed_in
from tests.given import NOON, a_paid_order, an_application

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def an_order_with_marketing() -> Order:
    application = an_application()
    consents = (*application.consents, (ConsentPurpose.MARKETING.value, "Write to me"))
    return a_paid_order(application=replace(application, consents=consents))


def withdrawal_url(order: Order, purpose: str = "marketing") -> str:
    return reverse("consent_withdrawal", args=[order.code, purpose])


@pytest.mark.clause("5.3.5")
def test_marketing_is_withdrawn_in_one_tap():
    order = an_order_with_marketing()
    browser = signed_in(order.party.email)
    room = reverse("what_if", args=[order.code])
    assert withdrawal_url(order) in browser.get(room).content.decode()
    assert browser.post(withdrawal_url(order))["Location"] == room
    assert ConsentWithdrawal.objects.get().consent.purpose == "marketing"
    assert Entry.objects.get(verb="consent.withdrawn").facts["purpose"] == "marketing"
    assert withdrawal_url(order) not in browser.get(room).content.decode()


def test_withdrawn_twice_is_recorded_once():
    consent = Consent.objects.get(party=an_order_with_marketing().party, purpose="marketing")
    first = withdraw_consent(consent=consent, by="user:1", at=NOON)
    assert withdraw_consent(consent=consent, by="user:1", at=NOON) == first
    assert Entry.objects.filter(verb="consent.withdrawn").count() == 1


@pytest.mark.clause("5.1")
@pytest.mark.parametrize("purpose", ["contract", "truth"])
def test_what_the_contract_stands_on_ends_with_the_contract(purpose):
    consent = Consent.objects.get(party=a_paid_order().party, purpose=purpose)
    with pytest.raises(RuleViolation), transaction.atomic():
        withdraw_consent(consent=consent, by="user:1", at=NOON)
    assert not ConsentWithdrawal.objects.exists()


def test_nobody_withdraws_anothers_consent(client):
    order = an_order_with_marketing()
    other = a_paid_order()
    assert signed_in(other.party.email).post(withdrawal_url(order)).status_code == 404
    assert client.post(withdrawal_url(order))["Location"].startswith(reverse("account_login"))
    assert not ConsentWithdrawal.objects.exists()


def test_a_consent_that_was_not_given_is_not_found():
    order = a_paid_order()
    assert signed_in(order.party.email).post(withdrawal_url(order)).status_code == 404


def test_looking_withdraws_nothing():
    order = an_order_with_marketing()
    assert signed_in(order.party.email).get(withdrawal_url(order)).status_code == 405
