"""«Someone else is using my account» (3.1(4))."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from offer_site.journal.models import Entry
from offer_site.notices.models import Notice
from tests.accounts.signing import signed_in
from tests.given import a_paid_order

pytestmark = pytest.mark.django_db


@pytest.mark.clause("3.1")
def test_the_alarm_ends_every_session_at_the_very_next_request():
    email = a_paid_order().party.email
    phone = signed_in(email)
    laptop = signed_in(email)
    assert phone.get(reverse("cabinet")).status_code == 200
    assert laptop.post(reverse("sessions_end")).status_code == 200
    for browser in (phone, laptop):
        assert browser.get(reverse("cabinet")).status_code == 302
    signed_in(email)


@pytest.mark.clause("3.1")
def test_the_alarm_tells_staff_and_is_recorded_without_a_personal_value():
    email = a_paid_order().party.email
    signed_in(email).post(reverse("sessions_end"))
    letter = Notice.objects.get(kind="account-alarm")
    assert letter.recipient == settings.PROVIDER_EMAIL
    assert letter.facts["account"] == email
    row = Entry.objects.get(verb="account.sessions_ended")
    assert row.clause == "3.1"
    assert email not in str((row.facts, row.about_key, row.by))


def test_the_alarm_leaves_others_signed_in():
    mine = signed_in(a_paid_order().party.email)
    other = signed_in(a_paid_order().party.email)
    mine.post(reverse("sessions_end"))
    assert other.get(reverse("cabinet")).status_code == 200


def test_opening_the_page_of_the_alarm_ends_nothing():
    browser = signed_in(a_paid_order().party.email)
    assert browser.get(reverse("sessions_end")).status_code == 200
    assert browser.get(reverse("cabinet")).status_code == 200


def test_a_visitor_can_raise_no_alarm():
    answer = Client().post(reverse("sessions_end"))
    assert answer["Location"].startswith(reverse("account_login"))
    assert not Notice.objects.filter(kind="account-alarm").exists()
