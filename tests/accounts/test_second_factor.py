"""The second factor of staff, and the admin behind the site's own sign-in (3.1(5))."""

import time
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from offer_site.accounts.checks import staff_have_a_second_factor
from offer_site.accounts.models import User
from offer_site.accounts.operations import reset_second_factor
from offer_site.encryption import decrypt
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from tests.accounts.signing import ask_for_code, code_in_outbox, give_code, is_signed_in, signed_in
from tests.given import a_paid_order, an_owner

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _second_factor(settings):
    settings.STAFF_SECOND_FACTOR = True


def app_code(secret: str, *, steps: int = 0) -> str:
    """What an authenticator app shows, now or some half-minutes later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def set_up(browser: Client) -> str:
    """Tie an app to the account, and return its secret."""
    page = browser.get(reverse("mfa_activate_totp"))
    secret = str(page.context["form"].secret)
    answer = browser.post(reverse("mfa_activate_totp"), {"code": app_code(secret)})
    assert answer["Location"] == reverse("recovery_codes")
    return secret


def test_a_visitor_at_the_admin_is_led_to_the_sites_sign_in(client):
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0] == reverse("account_login") + "?next=/admin/"


def test_a_student_does_not_enter_the_admin():
    browser = signed_in(a_paid_order().party.email)
    assert browser.get("/admin/", follow=True).status_code == 403
    assert browser.get(reverse("mfa_activate_totp")).status_code == 403
    assert browser.get(reverse("second_factor_image")).status_code == 403
    assert browser.get(reverse("recovery_codes")).status_code == 403


def test_staff_without_a_second_factor_are_led_to_set_it_up():
    browser = signed_in(an_owner().email)
    answer = browser.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0] == reverse("mfa_activate_totp")
    for page in ("/admin/auth/group/", "/admin/accounts/user/"):
        assert browser.get(page).status_code == 302


def test_staff_who_set_it_up_enter():
    browser = signed_in(an_owner().email)
    set_up(browser)
    assert browser.get("/admin/").status_code == 200


def test_a_wrong_code_sets_up_nothing():
    browser = signed_in(an_owner().email)
    secret = browser.get(reverse("mfa_activate_totp")).context["form"].secret
    answer = browser.post(reverse("mfa_activate_totp"), {"code": app_code(secret, steps=9)})
    assert answer.context["form"].secret == secret
    assert not Authenticator.objects.exists()


def test_each_sign_in_asks_for_the_second_code():
    owner = an_owner()
    secret = set_up(signed_in(owner.email))
    browser = Client()
    ask_for_code(browser, owner.email, next="/admin/")
    answer = give_code(browser, code_in_outbox(), next="/admin/")
    assert answer["Location"].startswith(reverse("mfa_authenticate"))
    assert not is_signed_in(browser)
    assert browser.get("/admin/").status_code == 302
    wrong = browser.post(reverse("mfa_authenticate"), {"code": app_code(secret, steps=9)})
    assert wrong.status_code == 200
    assert not is_signed_in(browser)
    right = browser.post(reverse("mfa_authenticate"), {"code": app_code(secret, steps=1)})
    assert right["Location"] == "/admin/"
    assert browser.get("/admin/").status_code == 200


def test_a_code_of_the_app_works_once():
    owner = an_owner()
    secret = set_up(signed_in(owner.email))
    code = app_code(secret, steps=1)
    entered = []
    for _time in range(2):
        browser = Client()
        ask_for_code(browser, owner.email)
        give_code(browser, code_in_outbox())
        browser.post(reverse("mfa_authenticate"), {"code": code})
        entered.append(is_signed_in(browser))
    assert entered == [True, False]


def test_wrong_second_codes_are_limited():
    owner = an_owner()
    secret = set_up(signed_in(owner.email))
    browser = Client()
    ask_for_code(browser, owner.email)
    give_code(browser, code_in_outbox())
    for _attempt in range(5):
        browser.post(reverse("mfa_authenticate"), {"code": "000000"})
    browser.post(reverse("mfa_authenticate"), {"code": app_code(secret, steps=1)})
    assert not is_signed_in(browser)


def test_a_session_from_before_the_set_up_shows_the_second_factor_first():
    owner = an_owner()
    earlier = signed_in(owner.email)
    set_up(signed_in(owner.email))
    assert (
        earlier.get("/admin/", follow=True)
        .redirect_chain[-1][0]
        .startswith(reverse("account_login"))
    )
    assert not is_signed_in(earlier)


def test_recovery_codes_are_shown_once_and_each_lets_in_once():
    owner = an_owner()
    first = signed_in(owner.email)
    set_up(first)
    codes = first.get(reverse("recovery_codes")).context["codes"]
    assert len(codes) == 10
    first.post(reverse("recovery_codes"), {"action": "written-down"})
    assert first.get(reverse("recovery_codes")).context["codes"] == []
    entered = []
    for _time in range(2):
        browser = Client()
        ask_for_code(browser, owner.email)
        give_code(browser, code_in_outbox())
        browser.post(reverse("mfa_authenticate"), {"code": codes[0]})
        entered.append(is_signed_in(browser))
    assert entered == [True, False]


def test_new_recovery_codes_end_the_old_ones():
    browser = signed_in(an_owner().email)
    set_up(browser)
    old = browser.get(reverse("recovery_codes")).context["codes"]
    new = browser.post(reverse("recovery_codes"), follow=True).context["codes"]
    assert len(new) == 10
    assert not set(old) & set(new)


def test_secrets_of_the_second_factor_are_encrypted_at_rest():
    secret = set_up(signed_in(an_owner().email))
    stored = Authenticator.objects.get(type="totp").data
    assert secret not in str(stored)
    assert decrypt(stored["secret"].encode()).decode() == secret


def test_the_picture_to_scan_is_a_file_of_the_site():
    browser = signed_in(an_owner().email)
    assert browser.get(reverse("second_factor_image")).status_code == 404
    page = browser.get(reverse("mfa_activate_totp")).content.decode()
    assert "data:" not in page
    picture = browser.get(reverse("second_factor_image"))
    assert picture["Content-Type"] == "image/svg+xml"
    assert picture.content.startswith(b"<svg ")
    assert "no-store" in picture["Cache-Control"]


def test_the_demo_owner_needs_a_code_only(settings):
    settings.DEBUG = True
    settings.STAFF_SECOND_FACTOR = False
    call_command("demo_staff")
    call_command("demo_staff")
    assert User.objects.get().email == "owner@example.kz"
    assert signed_in("owner@example.kz").get("/admin/").status_code == 200


def test_there_is_no_demo_owner_in_production(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError):
        call_command("demo_staff")
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("second_factor", "debug", "errors"),
    [(True, False, 0), (True, True, 0), (False, True, 0), (False, False, 1)],
)
def test_a_check_refuses_production_without_the_second_factor(
    settings, second_factor, debug, errors
):
    settings.STAFF_SECOND_FACTOR = second_factor
    settings.DEBUG = debug
    assert len(staff_have_a_second_factor(SimpleNamespace())) == errors


def test_staff_reset_the_second_factor_of_a_colleague_who_lost_the_phone():
    owner = an_owner()
    colleague = User.objects.create_user("colleague@example.kz", is_staff=True)
    browser = signed_in(owner.email)
    lost = signed_in(colleague.email)
    set_up(browser)
    set_up(lost)
    page = reverse("admin:accounts_user_second-factor-reset", args=[colleague.pk])
    assert browser.get(page).status_code == 200
    assert browser.post(page)["Location"] == reverse(
        "admin:accounts_user_change", args=[colleague.pk]
    )
    assert not Authenticator.objects.filter(user=colleague).exists()
    assert lost.get("/admin/").status_code == 302
    assert Entry.objects.get(verb="account.second_factor_reset").by == f"staff:{owner.pk}"


def test_nobody_resets_their_own_second_factor():
    owner = an_owner()
    set_up(signed_in(owner.email))
    with pytest.raises(RuleViolation), transaction.atomic():
        reset_second_factor(user=owner, by=owner, at=timezone.now())
    assert Authenticator.objects.filter(user=owner).count() == 2


def test_the_admin_shows_no_secrets_and_changes_users_by_the_owner_alone():
    browser = signed_in(an_owner().email)
    set_up(browser)
    for page in ("/admin/mfa/authenticator/", "/admin/account/emailaddress/"):
        assert browser.get(page).status_code == 404
    call_command("staff_groups")
    manager = User.objects.create_user("manager@example.kz", is_staff=True)
    manager.groups.add(*Group.objects.all())
    for action in ("add", "change", "delete"):
        assert not manager.has_perm(f"accounts.{action}_user")
        assert not manager.has_perm(f"auth.{action}_group")


def test_the_admin_signs_out_by_post_only():
    browser = signed_in(an_owner().email)
    set_up(browser)
    assert browser.get(reverse("admin:logout")).status_code == 405
    assert browser.post(reverse("admin:logout")).status_code == 302
    assert not is_signed_in(browser)
