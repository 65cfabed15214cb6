"""Who has just paid in this browser enters the cabinet without a code, on that day and for what
this browser opens already (3.1).
"""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from enrollment.operations.corrections.email import correct_email
from enrollment.operations.links import order_link
from offer_site.accounts.models import User
from offer_site.days import end_of_day
from offer_site.pages.day_entry import OPEN_FOR_THE_DAY
from tests.accounts.signing import ask_for_code, code_in_outbox, give_code, is_signed_in, signed_in
from tests.enrollment.halves.scenes import a_request
from tests.given import NOON, a_cohort, a_paid_order, a_placed_order, a_receipt, receive

pytestmark = [pytest.mark.django_db, pytest.mark.clause("3.1")]
SITE = "http://localhost:8000"
EMAIL = "aliya@example.kz"


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)
    return time_machine


def browser_of(*orders) -> Client:
    browser = Client()
    for order in orders:
        browser.get(order_link(order).removeprefix(SITE))
    return browser


def enter(browser: Client, order) -> bool:
    """Press the button of the order's page; whether the cabinet opened."""
    answer = browser.post(reverse("order_cabinet", args=[order.code]))
    assert answer.status_code in (302, 404)
    return browser.get(reverse("cabinet")).status_code == 200


def test_the_buyer_enters_from_the_orders_page_and_from_the_sign_in():
    order = a_paid_order(email=EMAIL)
    for page in (order.get_absolute_url(), reverse("account_login")):
        browser = browser_of(order)
        address = reverse("order_cabinet", args=[order.code])
        assert f'action="{address}"' in browser.get(page).content.decode()
        assert enter(browser, order)
        assert browser.get(reverse("course", args=[order.code])).status_code == 200
    assert User.objects.get(email=EMAIL).is_staff is False


def test_it_ends_with_the_day_and_is_asked_again_at_every_page(noon):
    order = a_paid_order(email=EMAIL)
    browser = browser_of(order)
    assert enter(browser, order)
    noon.move_to(end_of_day(order.placed_on) - timedelta(minutes=1), tick=False)
    assert browser.get(reverse("cabinet")).status_code == 200
    noon.move_to(end_of_day(order.placed_on), tick=False)
    assert browser.get(reverse("cabinet")).status_code == 302
    assert not enter(browser_of(order), order)


def test_an_unpaid_order_or_one_paid_before_today_opens_no_cabinet(noon):
    unpaid = a_placed_order(email=EMAIL)
    assert not enter(browser_of(unpaid), unpaid)
    assert not User.objects.exists()
    before = a_paid_order(cohort=unpaid.cohort, email="bota@example.kz")
    noon.move_to(NOON + timedelta(days=1), tick=False)
    assert not enter(browser_of(before), before)


def test_a_browser_without_the_cookie_is_a_stranger():
    order = a_paid_order(email=EMAIL)
    assert not enter(Client(), order)
    # A link's key is no cookie: it has to be followed first.
    browser = Client()
    key = order_link(order).partition("?")[2]
    browser.post(f"{reverse('order_cabinet', args=[order.code])}?{key}")
    assert browser.get(reverse("cabinet")).status_code == 302


@pytest.mark.parametrize("other", ["paid", "unpaid", "halves"])
def test_who_pays_an_order_under_the_email_of_another_reads_nothing_of_that_other(other):
    """Anybody can type an e-mail: a cabinet with more than this browser opens stays shut."""
    cohort = a_cohort(seats=10)
    if other == "paid":
        theirs = a_paid_order(cohort=cohort, email=EMAIL)
    elif other == "unpaid":
        theirs = a_placed_order(cohort=cohort, email=EMAIL)
    else:
        theirs = a_request(cohort=cohort, email=EMAIL)
    bought = a_paid_order(cohort=cohort, email=EMAIL, name="Бөтен")
    browser = browser_of(bought)
    assert browser.get(bought.get_absolute_url()).status_code == 200
    assert not enter(browser, bought)
    page = browser.get(reverse("account_login")).content.decode()
    assert reverse("order_cabinet", args=[bought.code]) not in page
    if other == "halves":
        assert theirs.email == EMAIL
    else:
        assert enter(browser_of(bought, theirs), bought), "one who opens both has no less"


def test_an_order_that_comes_later_under_the_email_ends_the_entry():
    order = a_paid_order(email=EMAIL)
    browser = browser_of(order)
    assert enter(browser, order)
    a_placed_order(cohort=order.cohort, email=EMAIL, name="Сәуле")
    assert browser.get(reverse("cabinet")).status_code == 302
    assert not is_signed_in(browser)


def test_the_alarm_and_a_corrected_email_end_it():
    order = a_paid_order(email=EMAIL)
    browser = browser_of(order)
    assert enter(browser, order)
    signed_in(EMAIL).post(reverse("sessions_end"))
    assert browser.get(reverse("cabinet")).status_code == 302
    assert not enter(browser, order)

    other = a_paid_order(cohort=order.cohort, email="wrong@example.kz")
    mistyped = browser_of(other)
    assert enter(mistyped, other)
    correct_email(order=other, email="right@example.kz", document="1", by="staff:1", at=NOON)
    assert mistyped.get(reverse("cabinet")).status_code == 302


@pytest.mark.parametrize("guard", ["is_staff", "is_superuser", "closed", "second factor"])
def test_staff_and_whoever_shows_more_are_asked_for_it(guard):
    order = a_paid_order(email=EMAIL)
    user = User.objects.create_user(EMAIL)
    browser = browser_of(order)
    if guard == "second factor":
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    elif guard == "closed":
        User.objects.filter(pk=user.pk).update(is_active=False)
    else:
        User.objects.filter(pk=user.pk).update(**{guard: True})
    assert not enter(browser, order)


def test_who_becomes_staff_meanwhile_is_out():
    order = a_paid_order(email=EMAIL)
    browser = browser_of(order)
    assert enter(browser, order)
    User.objects.update(is_staff=True)
    assert browser.get(reverse("cabinet")).status_code == 302


def test_papers_and_days_are_open_and_what_is_not_leads_in_no_circle():
    order = a_paid_order(email=EMAIL)
    browser = browser_of(order)
    assert enter(browser, order)
    for name in ("cabinet_documents", "course_calendar"):
        assert browser.get(reverse(name, args=[order.code])).status_code == 200, name
    asked = browser.get(reverse("what_if", args=[order.code]), follow=True)
    assert asked.redirect_chain[-1][0].startswith(reverse("account_login"))
    assert f'action="{reverse("order_cabinet", args=[order.code])}"' not in asked.text


DATA = ["my_data", "my_data_export", "sessions_end"]
OF_AN_ORDER = ["cabinet_ending", "proof", "claim_create", "certificate_name"]


def test_what_gives_data_away_or_ends_something_asks_for_a_code():
    order = a_paid_order(email=EMAIL)
    browser = browser_of(order)
    assert enter(browser, order)
    pages = [reverse(name) for name in DATA]
    pages += [reverse(name, args=[order.code]) for name in OF_AN_ORDER]
    for page in pages:
        answer = browser.get(page)
        assert answer.status_code == 302, page
        assert answer["Location"].startswith(reverse("account_login")), page
    assert browser.get("/admin/").status_code == 302
    assert browser.get(reverse("cabinet")).status_code == 200, "the entry itself stays"
    assert not set(DATA + OF_AN_ORDER) & OPEN_FOR_THE_DAY


def test_a_code_makes_it_a_session_like_any_other(noon):
    order = a_paid_order(email=EMAIL)
    browser = browser_of(order)
    assert enter(browser, order)
    ask_for_code(browser, EMAIL)
    give_code(browser, code_in_outbox())
    assert browser.get(reverse("my_data")).status_code == 200
    assert browser.session.get_expiry_age() == 30 * 24 * 60 * 60
    noon.move_to(NOON + timedelta(days=2), tick=False)
    assert browser.get(reverse("cabinet")).status_code == 200


def test_two_buyers_of_one_browser_each_enter_from_their_own_order():
    cohort = a_cohort(seats=10)
    one = a_paid_order(cohort=cohort, email=EMAIL)
    two = a_paid_order(cohort=cohort, email="bota@example.kz")
    browser = browser_of(one, two)
    page = browser.get(reverse("account_login")).content.decode()
    assert not any(reverse("order_cabinet", args=[each.code]) in page for each in (one, two))
    assert enter(browser, two)
    assert User.objects.get().email == "bota@example.kz"


def test_who_is_signed_in_stays_who_he_is():
    mine = a_paid_order(email=EMAIL)
    other = a_placed_order(cohort=mine.cohort, email="bota@example.kz")
    browser = signed_in(EMAIL)
    browser.get(order_link(other).removeprefix(SITE))
    receive(a_receipt(other), other)
    assert enter(browser, other)
    assert browser.get(reverse("my_data")).context["user"].email == EMAIL
