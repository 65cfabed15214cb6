"""Codes live until they are used, replaced or out of date; guesses are few; nobody locks another
out (3.1).
"""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from offer_site.accounts.adapter import SecondFactorAdapter
from offer_site.accounts.models import User
from offer_site.accounts.operations import end_sessions
from offer_site.attempts.models import AttemptCount
from offer_site.notices.models import Notice
from tests.accounts.signing import ask_for_code, code_in_outbox, give_code, is_signed_in, signed_in
from tests.accounts.test_second_factor import app_code, set_up
from tests.at_once import at_once
from tests.given import an_owner

pytestmark = pytest.mark.django_db

OWNER = "owner@example.kz"


def letters() -> list[str]:
    """The codes of all letters, in the order they were queued."""
    sent = Notice.objects.filter(kind="sign-in-code").order_by("pk")
    return [str(letter.facts["code"]) for letter in sent]


def another(code: str) -> str:
    """A code of the same length that does not fit."""
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"


@pytest.mark.clause("3.1")
@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("head", "account_login"),
        ("get", "account_login"),
        ("get", "cabinet"),
        ("head", "cabinet"),
        ("get", "admin:index"),
        ("head", "admin:index"),
        ("get", "account_confirm_login_code"),
        ("head", "account_confirm_login_code"),
        ("get", "home"),
        ("get", "sessions_end"),
        ("get", "mfa_activate_totp"),
        ("get", "mfa_authenticate"),
    ],
)
def test_a_code_survives_whatever_is_only_read(method, name):
    an_owner()
    browser = Client()
    ask_for_code(browser, OWNER)
    for _time in range(2):
        page = getattr(browser, method)(
            reverse(name), follow=True, headers={"Sec-Purpose": "prefetch"}
        )
        assert page.status_code == 200
    give_code(browser, code_in_outbox())
    assert is_signed_in(browser)


def test_only_a_new_wish_replaces_a_code():
    an_owner()
    browser = Client()
    ask_for_code(browser, OWNER)
    first = code_in_outbox()
    browser.post(reverse("account_login"), {"email": "no e-mail"})
    assert letters() == [first]
    ask_for_code(browser, OWNER)
    if first != code_in_outbox():
        give_code(browser, first)
        assert not is_signed_in(browser)
    give_code(browser, code_in_outbox())
    assert is_signed_in(browser)


def test_whoever_has_a_code_finds_the_way_back_to_its_page():
    an_owner()
    browser = Client()
    assert b"code/?next" not in browser.get(reverse("cabinet"), follow=True).content
    ask_for_code(browser, OWNER)
    page = browser.get(reverse("cabinet"), follow=True).content.decode()
    way = reverse("account_confirm_login_code", query={"next": reverse("cabinet")})
    assert f'href="{way}"' in page
    answer = browser.post(way, {"code": code_in_outbox()})
    assert answer["Location"] == reverse("cabinet")


PASTES = [
    "{0}{1}{2} {3}{4}{5}",
    "{0}{1}{2}\u00a0{3}{4}{5}",
    "{0}{1}{2}-{3}{4}{5}",
    "\u200e{0}{1}{2}\u200b{3}{4}{5}\u2060",
    "\ufeff {0} {1} {2} {3} {4} {5} ",
    "Код: {0}{1}{2}{3}{4}{5}.",
    "Кіру коды – {0}{1}{2}–{3}{4}{5}\n",
]


@pytest.mark.parametrize("pasted", PASTES)
def test_a_pasted_code_is_cleaned_before_it_is_cut(pasted):
    """The browser cuts what is pasted at `maxlength`, before we see it."""
    an_owner()
    browser = Client()
    ask_for_code(browser, OWNER)
    page = browser.get(reverse("account_confirm_login_code")).content.decode()
    field = re.search(r'<input[^>]*name="code"[^>]*>', page)[0]
    longest = int(re.search(r'maxlength="(\d+)"', field)[1])
    give_code(browser, pasted.format(*code_in_outbox())[:longest])
    assert is_signed_in(browser)


def test_digits_of_another_script_are_digits():
    an_owner()
    browser = Client()
    ask_for_code(browser, OWNER)
    wide = "".join(chr(0xFF10 + int(digit)) for digit in code_in_outbox())
    give_code(browser, wide)
    assert is_signed_in(browser)


@pytest.mark.parametrize("pasted", ["{0} {1}", "\u200e{0}\u200b{1}", "Код: {0}{1}"])
def test_a_pasted_code_of_the_app_is_cleaned_before_it_is_cut(settings, pasted):
    settings.STAFF_SECOND_FACTOR = True
    owner = an_owner()
    first = signed_in(owner.email)
    page = first.get(reverse("mfa_activate_totp")).content.decode()
    longest = int(re.search(r'name="code"[^>]*?maxlength="(\d+)"|$', page)[1] or 0) or 1000
    secret = first.get(reverse("mfa_activate_totp")).context["form"].secret
    code = app_code(secret)
    first.post(reverse("mfa_activate_totp"), {"code": pasted.format(code[:3], code[3:])[:longest]})
    assert Authenticator.objects.filter(user=owner, type="totp").exists()
    browser = Client()
    ask_for_code(browser, owner.email)
    give_code(browser, code_in_outbox())
    page = browser.get(reverse("mfa_authenticate")).content.decode()
    longest = int(re.search(r'name="code"[^>]*?maxlength="(\d+)"|$', page)[1] or 0) or 1000
    code = app_code(secret, steps=1)
    browser.post(reverse("mfa_authenticate"), {"code": pasted.format(code[:3], code[3:])[:longest]})
    assert is_signed_in(browser)


def test_a_code_of_the_app_works_once_for_as_long_as_it_fits(settings):
    settings.STAFF_SECOND_FACTOR = True
    owner = an_owner()
    secret = set_up(signed_in(owner.email))
    # The beginning of one of the app's half-minutes: its next code fits for a minute from here.
    now = datetime.fromtimestamp(time.time() // 30 * 30 + 1, tz=UTC)
    entered = []
    with time_machine.travel(now, tick=False) as clock:
        code = app_code(secret, steps=1)
        for _time in range(2):
            browser = Client()
            ask_for_code(browser, owner.email)
            give_code(browser, code_in_outbox())
            browser.post(reverse("mfa_authenticate"), {"code": code})
            entered.append(is_signed_in(browser))
            clock.shift(timedelta(seconds=45))
    assert entered == [True, False]


def test_a_reload_replaces_no_secret_of_the_app_that_was_scanned(settings):
    settings.STAFF_SECOND_FACTOR = True
    browser = signed_in(an_owner().email)
    scanned = browser.get(reverse("mfa_activate_totp")).context["form"].secret
    browser.get(reverse("mfa_activate_totp"))
    browser.head(reverse("mfa_activate_totp"))
    browser.post(reverse("mfa_activate_totp"), {"code": app_code(scanned)})
    assert Authenticator.objects.filter(type="totp").exists()


def test_recovery_codes_stay_until_they_are_written_down(settings):
    settings.STAFF_SECOND_FACTOR = True
    browser = signed_in(an_owner().email)
    set_up(browser)
    browser.head(reverse("recovery_codes"))
    shown = browser.get(reverse("recovery_codes")).context["codes"]
    assert len(shown) == 10
    assert browser.get(reverse("recovery_codes")).context["codes"] == shown
    answer = browser.post(reverse("recovery_codes"), {"action": "written-down"})
    assert answer["Location"] == reverse("admin:index")
    assert browser.get(reverse("recovery_codes")).context["codes"] == []


@pytest.mark.clause("3.1")
def test_a_class_behind_one_address_signs_in():
    """31 people in ten minutes from one address are a normal evening."""
    emails = [f"staff{number}@example.kz" for number in range(31)]
    for email in emails:
        User.objects.create_user(email, is_staff=True)
        signed_in(email)
    assert len(letters()) == 31


@pytest.mark.clause("3.1")
def test_a_stranger_who_asks_without_end_locks_nobody_out():
    an_owner()
    own = Client()
    ask_for_code(own, OWNER)
    early = code_in_outbox()
    for _request in range(30):
        stranger = Client(REMOTE_ADDR="203.0.113.7")
        ask_for_code(stranger, OWNER)
        for guess in range(6):
            give_code(stranger, f"{guess:06}")
    sent = letters()
    assert len(sent) <= 5
    late = Client()
    ask_for_code(late, OWNER)
    give_code(late, letters()[-1])
    assert is_signed_in(late)
    if early not in sent[1:]:
        give_code(own, early)
        assert is_signed_in(own)


def test_a_shared_code_is_long_and_works_once():
    an_owner()
    browsers = [Client() for _browser in range(6)]
    for browser in browsers:
        ask_for_code(browser, OWNER)
    assert [len(code) for code in letters()] == [6, 6, 6, 14]
    shared = letters()[-1]
    give_code(browsers[4], shared)
    assert is_signed_in(browsers[4])
    give_code(browsers[5], shared)
    assert not is_signed_in(browsers[5])


def test_a_shared_code_ends_with_all_sessions():
    owner = an_owner()
    browsers = [Client() for _browser in range(5)]
    for browser in browsers:
        ask_for_code(browser, OWNER)
    shared = letters()[-1]
    end_sessions(user=owner, by=owner, at=timezone.now())
    give_code(browsers[4], shared)
    assert not is_signed_in(browsers[4])


def test_a_busy_email_is_answered_the_same_known_or_not():
    an_owner()
    pages = []
    for email in (OWNER, "stranger@example.kz"):
        browser = Client()
        for _time in range(5):
            answer = ask_for_code(browser, email)
            assert answer.status_code == 302
        page = browser.get(answer["Location"]).content.decode()
        page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)
        pages.append(page.replace(email, "e-mail"))
    assert pages[0] == pages[1]


def test_no_email_stands_in_a_count():
    ask_for_code(Client(), "stranger@example.kz")
    keys = AttemptCount.objects.values_list("key", flat=True)
    assert len(keys) == 2
    assert not [key for key in keys if "stranger" in key]


def test_five_guesses_mean_five_also_when_two_hundred_come_at_once(transactional_db):
    an_owner()
    browser = Client()
    ask_for_code(browser, OWNER)
    code = code_in_outbox()
    cookies = {name: morsel.value for name, morsel in browser.cookies.items()}

    def guess_ten_times() -> list[str]:
        answers = []
        for _time in range(10):
            thief = Client(raise_request_exception=False)
            thief.cookies.load(cookies)
            answer = give_code(thief, another(code))
            answers.append("looked at" if answer.status_code == 200 else answer["Location"])
        return answers

    answers = [each for some in at_once([guess_ten_times] * 20) for each in some]
    assert answers.count("looked at") == 4
    assert sum(answer.endswith("/sign-in/") for answer in answers) == 196
    give_code(browser, code)
    assert not is_signed_in(browser)


def test_five_guesses_of_the_second_factor_mean_five_at_once(transactional_db, settings):
    settings.STAFF_SECOND_FACTOR = True
    owner = an_owner()
    secret = set_up(signed_in(owner.email))
    browser = Client()
    ask_for_code(browser, owner.email)
    give_code(browser, code_in_outbox())
    cookies = {name: morsel.value for name, morsel in browser.cookies.items()}
    address = reverse("mfa_authenticate")
    with translation.override(address.split("/")[1]):
        looked_at = str(SecondFactorAdapter.error_messages["incorrect_code"])

    def guess() -> list[bool]:
        answers = []
        for _time in range(4):
            thief = Client()
            thief.cookies.load(cookies)
            page = thief.post(address, {"code": "000000"}).content.decode()
            answers.append(looked_at in page)
        return answers

    answers = [each for some in at_once([guess] * 10) for each in some]
    assert answers.count(True) == 5
    browser.post(reverse("mfa_authenticate"), {"code": app_code(secret, steps=1)})
    assert not is_signed_in(browser)
