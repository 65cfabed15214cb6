"""Signing in by a code to the registered e-mail (1.7, 3.1)."""

import re
from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from offer_site.accounts.models import User
from offer_site.notices.models import Notice
from offer_site.notices.operations import send_due_notices
from tests.accounts.signing import ask_for_code, code_in_outbox, give_code, is_signed_in, signed_in
from tests.given import NOON, a_paid_order, a_placed_order, an_owner
from tests.mailbox import parse, text_of

pytestmark = pytest.mark.django_db


@pytest.mark.clause("3.1")
def test_a_code_from_the_letter_opens_the_cabinet():
    order = a_paid_order()
    client = Client()
    first = ask_for_code(client, order.party.email)
    assert first["Location"] == reverse("account_confirm_login_code")
    second = give_code(client, code_in_outbox())
    assert second["Location"] == reverse("cabinet")
    assert is_signed_in(client)


@pytest.mark.clause("1.7")
def test_a_person_becomes_a_user_by_acceptance():
    order = a_placed_order()
    client = Client()
    ask_for_code(client, order.party.email)
    give_code(client, code_in_outbox())
    assert not is_signed_in(client)
    assert not User.objects.filter(email=order.party.email).exists()
    signed_in(a_paid_order().party.email)
    assert User.objects.filter(is_staff=False).count() == 1


def test_the_code_is_six_digits_and_the_letter_goes_to_the_registered_address():
    order = a_paid_order()
    ask_for_code(Client(), order.party.email.upper())
    assert re.fullmatch(r"\d{6}", code_in_outbox())
    assert Notice.objects.latest("pk").recipient == order.party.email


@pytest.mark.clause("3.1")
def test_an_unknown_email_sees_the_same_and_gets_no_letter():
    known = Client()
    unknown = Client()
    an_owner()
    answers = [
        ask_for_code(known, "owner@example.kz"),
        ask_for_code(unknown, "stranger@example.kz"),
    ]
    assert answers[0].status_code == answers[1].status_code
    assert answers[0]["Location"] == answers[1]["Location"]
    pages = [
        client.get(answer["Location"]).content.decode()
        for client, answer in zip((known, unknown), answers, strict=True)
    ]
    assert same_words(pages[0], "owner@example.kz") == same_words(pages[1], "stranger@example.kz")
    send_due_notices(at=timezone.now())
    assert [letter.to for letter in mail.outbox] == [["owner@example.kz"]]
    assert not Notice.objects.filter(recipient="stranger@example.kz").exists()
    wrong = [give_code(client, "000000").content.decode() for client in (known, unknown)]
    assert same_words(wrong[0], "owner@example.kz") == same_words(wrong[1], "stranger@example.kz")


@pytest.mark.clause("1.7", "4.3")
def test_an_unpaid_order_gets_its_link_instead_of_a_code():
    """The page is that of any other e-mail; the letter is made where nobody measures."""
    with time_machine.travel(NOON, tick=False):
        order = a_placed_order(email="aliya@example.kz")
        Notice.objects.all().delete()
        unpaid = Client()
        stranger = Client()
        pages = []
        for client, email in ((unpaid, "aliya@example.kz"), (stranger, "nobody@example.kz")):
            answer = ask_for_code(client, email)
            page = client.get(answer["Location"]).content.decode()
            assert reverse("order_find") in page
            pages.append(same_words(page, email))
        assert pages[0] == pages[1]
        send_due_notices(at=NOON)
        send_due_notices(at=NOON)
        [letter] = mail.outbox
        assert letter.to == ["aliya@example.kz"]
        assert Notice.objects.get(kind="order-link").subject.endswith(order.code)
        assert not Notice.objects.filter(kind="sign-in-code").exists()
        words = text_of(parse(letter.message().as_bytes()))
        link = re.search(r"http://localhost:8000(/kk/orders/\S+key=\S+)", words)[1]
        assert Client().get(link).status_code == 302


def test_the_code_page_names_the_hours():
    an_owner()
    with time_machine.travel(NOON, tick=False):
        client = Client()
        for _time in range(4):  # the last is the code that all share
            page = client.get(ask_for_code(client, "owner@example.kz")["Location"])
        hours = re.findall(r"<time [^>]*>(\d\d:\d\d)</time>", page.content.decode())
        assert hours == ["12:10", "12:10"]


def statements_of(deeds) -> list[str]:
    """What a server asks its database, without the values: their kinds, tables and number."""
    with CaptureQueriesContext(connection) as asked:
        deeds()
    return [re.sub(r"'[^']*'|\d+|0x\w+", "?", each["sql"])[:60] for each in asked]


@pytest.mark.clause("3.1")
def test_a_known_email_costs_the_statements_of_an_unknown_one():
    """The time of an answer tells nobody who is a student: of staff, of one who signed in before,
    of a buyer who never did, and of a stranger, each step asks the same.
    """
    an_owner()
    with time_machine.travel(timezone.now() - timedelta(hours=1)):
        signed_in(a_paid_order().party.email)
    never = a_paid_order().party.email
    once = User.objects.exclude(is_staff=True).get().email
    found = []
    for email in ("owner@example.kz", once, never, "stranger@example.kz"):
        client = Client()
        client.get(reverse("account_login"))  # the first page of a browser
        steps = []
        for _time in range(5):  # the last two get the code that all share
            steps.append(statements_of(partial(ask_for_code, client, email)))
            steps.append(statements_of(partial(client.get, reverse("account_confirm_login_code"))))
            steps.append(statements_of(partial(client.get, reverse("account_login"))))
            steps.append(statements_of(partial(give_code, client, "000000")))
            steps.append(statements_of(partial(give_code, client, "000000000000")))
        found.append(steps)
    assert found[0] == found[1] == found[2] == found[3]


def test_a_code_for_nobody_is_forgotten_and_opens_nothing():
    client = Client()
    ask_for_code(client, "stranger@example.kz")
    code = code_in_outbox()
    give_code(client, code)
    assert not is_signed_in(client)
    assert not User.objects.exists()
    send_due_notices(at=timezone.now())
    assert not mail.outbox
    assert not Notice.objects.exists()


def test_a_closed_account_gets_no_code():
    owner = an_owner()
    User.objects.filter(pk=owner.pk).update(is_active=False)
    client = Client()
    ask_for_code(client, owner.email)
    give_code(client, code_in_outbox())
    assert not is_signed_in(client)
    send_due_notices(at=timezone.now())
    assert not mail.outbox


def same_words(page: str, email: str) -> str:
    """Take out of a page what must differ: the e-mail that was typed, and the token of its form."""
    page = re.sub(r"<time .*?</time>", "", page.replace(email, "e-mail"))
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)


def test_an_unknown_email_makes_no_user():
    ask_for_code(Client(), "stranger@example.kz")
    assert not User.objects.exists()


def test_no_code_opens_what_was_never_sent():
    client = Client()
    ask_for_code(client, "stranger@example.kz")
    for code in ("000000", "", "123456"):
        give_code(client, code)
    assert not is_signed_in(client)


def test_five_wrong_codes_end_the_attempt():
    an_owner()
    client = Client()
    ask_for_code(client, "owner@example.kz")
    code = code_in_outbox()
    for _attempt in range(5):
        assert not is_signed_in(client)
        last = give_code(client, f"{(int(code) + 1) % 10**6:06}")
    assert last["Location"] == reverse("account_login")
    give_code(client, code)
    assert not is_signed_in(client)


def test_four_wrong_codes_leave_the_fifth():
    an_owner()
    client = Client()
    ask_for_code(client, "owner@example.kz")
    code = code_in_outbox()
    for _attempt in range(4):
        give_code(client, f"{(int(code) + 1) % 10**6:06}")
    give_code(client, f" {code[:3]} {code[3:]} ")
    assert is_signed_in(client)


@pytest.mark.parametrize(("minutes", "opens"), [(9, True), (11, False)])
def test_a_code_works_for_ten_minutes(minutes, opens):
    an_owner()
    client = Client()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        ask_for_code(client, "owner@example.kz")
        code = code_in_outbox()
        clock.shift(timedelta(minutes=minutes))
        give_code(client, code)
        assert is_signed_in(client) == opens


def test_a_code_works_once():
    an_owner()
    client = Client()
    ask_for_code(client, "owner@example.kz")
    code = code_in_outbox()
    give_code(client, code)
    client.post(reverse("account_logout"))
    give_code(client, code)
    assert not is_signed_in(client)


def test_a_code_works_in_its_own_browser_only():
    an_owner()
    own = Client()
    other = Client()
    ask_for_code(own, "owner@example.kz")
    first = code_in_outbox()
    ask_for_code(other, "owner@example.kz")
    if first != code_in_outbox():
        give_code(other, first)
        assert not is_signed_in(other)


def test_a_new_code_replaces_the_one_before():
    an_owner()
    client = Client()
    ask_for_code(client, "owner@example.kz")
    first = code_in_outbox()
    ask_for_code(client, "owner@example.kz")
    second = code_in_outbox()
    if first != second:
        give_code(client, first)
        assert not is_signed_in(client)
    give_code(client, second)
    assert is_signed_in(client)


def test_the_code_lies_nowhere_in_plain_text_but_in_the_letter():
    an_owner()
    client = Client()
    ask_for_code(client, "owner@example.kz")
    code = code_in_outbox()
    stored = [session.get_decoded() for session in Session.objects.all()]
    assert stored
    assert code not in str(stored)


def test_an_email_is_asked_for_a_few_codes_only_known_or_not():
    an_owner()
    for email in ("owner@example.kz", "stranger@example.kz"):
        answers = [ask_for_code(Client(), email).status_code for _time in range(9)]
        assert answers == [302] * 9
    assert Notice.objects.filter(kind="sign-in-code").count() == 2 * 4
    send_due_notices(at=timezone.now())
    assert {letter.to[0] for letter in mail.outbox} == {"owner@example.kz"}
    assert len(mail.outbox) == 4


def test_the_session_is_rotated_at_sign_in():
    an_owner()
    client = Client()
    ask_for_code(client, "owner@example.kz")
    before = client.session.session_key
    give_code(client, code_in_outbox())
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_a_session_lasts_thirty_days():
    an_owner()
    assert signed_in("owner@example.kz").session.get_expiry_age() == 30 * 24 * 60 * 60


def test_one_who_may_not_sign_in_any_more_is_let_in_by_no_code():
    owner = an_owner()
    client = Client()
    ask_for_code(client, owner.email)
    code = code_in_outbox()
    User.objects.filter(pk=owner.pk).update(is_active=False)
    give_code(client, code)
    assert not is_signed_in(client)


def test_after_signing_in_one_is_where_one_wanted_to_be():
    an_owner()
    client = Client()
    answer = ask_for_code(client, "owner@example.kz", next="/ru/cabinet/")
    assert client.post(answer["Location"], {"code": code_in_outbox()})["Location"] == "/ru/cabinet/"


def test_nobody_is_led_to_another_site():
    an_owner()
    client = Client()
    answer = ask_for_code(client, "owner@example.kz", next="https://elsewhere.example/")
    assert client.post(answer["Location"], {"code": code_in_outbox()})["Location"] == reverse(
        "cabinet"
    )


@pytest.mark.parametrize(
    "path", ["signup/", "password/reset/", "password/change/", "email/", "login/code/"]
)
def test_pages_of_allauth_that_the_site_does_not_have_are_not_found(client, path):
    for prefix in ("/kk/", "/kk/sign-in/", "/kk/accounts/", "/accounts/"):
        assert client.get(prefix + path).status_code == 404


def test_signing_out_takes_a_post(client):
    an_owner()
    browser = signed_in("owner@example.kz")
    assert browser.get(reverse("account_logout")).status_code == 405
    assert is_signed_in(browser)
    browser.post(reverse("account_logout"))
    assert not is_signed_in(browser)


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_letter_speaks_the_language_of_the_page(language):
    an_owner()
    Client().post(f"/{language}/sign-in/", {"email": "owner@example.kz"})
    assert Notice.objects.get(kind="sign-in-code").language == language


@pytest.mark.parametrize("typed", ["", "owner", "owner@", "@example.kz"])
def test_what_is_no_email_comes_back_with_a_sentence(client, typed):
    answer = ask_for_code(client, typed)
    assert answer.status_code == 200
    assert answer.context["form"].errors["email"]


def test_a_misspelt_email_gets_a_hint_beside_that_tells_nothing_of_accounts():
    """The code page proposes what was meant; it says the same of everybody, known or not."""
    order = a_paid_order(email="aigerim@gmail.com")
    pages = []
    for typed in ("aigerim@gmial.com", "nobody@gmial.com"):
        client = Client()
        ask_for_code(client, typed)
        page = client.get(reverse("account_confirm_login_code")).content.decode()
        meant = typed.replace("gmial", "gmail")
        assert f'name="email" value="{meant}"' in page
        pages.append(same_words(page.replace(meant, "MEANT"), typed))
    assert pages[0] == pages[1]
    send_due_notices(at=timezone.now())
    assert not Notice.objects.filter(kind="sign-in-code").exists()
    ask_for_code(client, "aigerim@gmail.com")  # what the hint's button sends
    assert Notice.objects.get(kind="sign-in-code").recipient == order.party.email


def test_an_email_that_is_spelled_right_gets_no_hint():
    client = Client()
    ask_for_code(client, "aigerim@firma.kz")
    page = client.get(reverse("account_confirm_login_code")).content.decode()
    assert 'class="doubt"' not in page
