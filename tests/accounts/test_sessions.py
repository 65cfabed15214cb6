"""«Someone else is using my account» (3.1(4))."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from enrollment.operations.links import halves_link, invoice_link, order_link
from offer_site.accounts.models import User
from offer_site.journal.models import Entry
from offer_site.notices.models import Notice
from tests.accounts.signing import ask_for_code, code_in_outbox, give_code, is_signed_in, signed_in
from tests.accounts.test_second_factor import app_code, set_up
from tests.enrollment.company import a_placed_invoice
from tests.enrollment.halves.scenes import a_request
from tests.given import NOON, a_paid_order, a_placed_order, an_owner

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


SITE = "http://localhost:8000"


def a_browser_that_opened(link: str, page: str) -> Client:
    """Another browser, which followed a letter's link and keeps its cookie."""
    browser = Client()
    browser.get(link.removeprefix(SITE), follow=True)
    assert browser.get(page).status_code == 200
    return browser


@pytest.mark.clause("3.1")
def test_the_alarm_ends_the_cookies_and_links_of_orders_in_other_browsers():
    order = a_paid_order(email="aliya@example.kz")
    unpaid = a_placed_order(email="aliya@example.kz")
    strangers = a_placed_order(email="other@example.kz")
    owner = signed_in("aliya@example.kz")
    for each in (order, unpaid):
        link = order_link(each)
        other = a_browser_that_opened(link, each.get_absolute_url())
        owner.get(link.removeprefix(SITE))
        if each == unpaid:
            elsewhere = a_browser_that_opened(order_link(strangers), strangers.get_absolute_url())
            assert owner.post(reverse("sessions_end")).status_code == 200
            for browser in (other, owner, Client()):
                for page in ("", "contract.pdf", "email/", "report/"):
                    assert browser.get(f"{each.get_absolute_url()}{page}").status_code == 404
                assert browser.get(link.removeprefix(SITE)).status_code == 404
            assert elsewhere.get(strangers.get_absolute_url()).status_code == 200
    for each in (order, unpaid):
        each.refresh_from_db()
        assert signed_in("aliya@example.kz").get(each.get_absolute_url()).status_code == 200
        each = type(each).objects.with_people().get(pk=each.pk)
        a_browser_that_opened(order_link(each), each.get_absolute_url())


@pytest.mark.clause("3.1")
def test_the_alarm_ends_the_cookies_and_links_of_invoices_and_requests_for_halves():
    a_paid_order(email="hr@example.kz")
    invoice = a_placed_invoice(2, email="hr@example.kz")
    asked = a_request(at=NOON, email="hr@example.kz")
    opened = []
    for link, page in (
        (invoice_link(invoice, invoice.orders.with_people()), invoice.get_absolute_url()),
        (halves_link(asked), reverse("halves", args=[asked.code])),
    ):
        opened.append((a_browser_that_opened(link, page), link, page))
    signed_in("hr@example.kz").post(reverse("sessions_end"))
    for browser, link, page in opened:
        assert browser.get(page).status_code == 404
        assert browser.get(link.removeprefix(SITE)).status_code == 404
    for order in invoice.orders.all():
        assert opened[0][0].get(order.get_absolute_url()).status_code == 404


@pytest.mark.clause("3.1")
@pytest.mark.parametrize("by_staff", [True, False])
def test_a_letter_tells_the_person_that_all_is_ended(by_staff):
    order = a_paid_order()
    browser = signed_in(order.party.email)
    if by_staff:
        user = User.objects.get(email=order.party.email)
        staff = Client()
        staff.force_login(an_owner())
        staff.post(reverse("admin:accounts_user_sessions-end", args=[user.pk]))
    else:
        browser.post(reverse("sessions_end"))
    letter = Notice.objects.get(kind="sessions-ended")
    assert letter.recipient == order.party.email
    assert set(letter.facts) == {"moment", "sign_in_url"}


def test_the_reset_of_a_second_step_tells_its_person_too():
    colleague = User.objects.create_user("colleague@example.kz", is_staff=True)
    staff = Client()
    staff.force_login(an_owner())
    colleague.authenticator_set.create(type="totp", data={"secret": ""})
    staff.post(reverse("admin:accounts_user_second-factor-reset", args=[colleague.pk]))
    assert Notice.objects.get(kind="sessions-ended").recipient == colleague.email


@pytest.mark.clause("3.1")
def test_the_alarm_ends_the_codes_that_wait_in_other_browsers():
    email = a_paid_order().party.email
    thief = Client()
    ask_for_code(thief, email)
    code = code_in_outbox()
    signed_in(email).post(reverse("sessions_end"))
    give_code(thief, code)
    assert not is_signed_in(thief)


@pytest.mark.clause("3.1")
def test_the_alarm_ends_a_sign_in_that_waits_for_its_second_step(settings):
    settings.STAFF_SECOND_FACTOR = True
    owner = an_owner()
    browser = signed_in(owner.email)
    secret = set_up(browser)
    thief = Client()
    ask_for_code(thief, owner.email)
    give_code(thief, code_in_outbox())
    browser.post(reverse("sessions_end"))
    thief.post(reverse("mfa_authenticate"), {"code": app_code(secret, steps=1)})
    assert not is_signed_in(thief)
