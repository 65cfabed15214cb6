"""A domain has one spelling (IDNA) from the field to the bounce; invisible signs have none."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from enrollment.models import Order
from offer_site.accounts.models import User
from offer_site.emails import one_spelling
from offer_site.notices.incoming import read_mail
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from offer_site.notices.operations import send_notice
from tests import imap
from tests.accounts.signing import ask_for_code, code_in_outbox, give_code
from tests.given import NOON, a_cohort, a_receipt, receive
from tests.notices.conftest import post  # noqa: F401 - a fixture
from tests.notices.returned import a_report

from .test_checkout import PERSON, send

SPELLED = "office@xn--80a1acny.xn--p1ai"


@pytest.mark.parametrize(
    "typed",
    [
        "office@почта.рф",
        "Office@ПОЧТА.РФ",
        "office@Xn--80A1acny.xn--P1ai",
        " office@почта.рф ",
        "office@почта。рф",
        "\u202aoffice@почта.рф\u202c",
        "office\u200b@почта.рф",
        "mailto:office@почта.рф",
        "office@почта.рф.",
        "<office@почта.рф>",
        "\ufeffoffice @почта.рф",
        "ｏffice@почта.рф",
    ],
)
def test_an_email_has_one_spelling(typed):
    assert one_spelling(typed) == SPELLED


@pytest.mark.parametrize("typed", ["", "@", "a@", "a@\u0000", "a@xn--", "a@-.kz", "а@б@в", "a@ß"])
def test_what_is_no_email_stays_none(typed):
    assert "\u0000" not in one_spelling(typed)


@pytest.mark.parametrize("typed", ["office@xx--ß.kz", "office@-почта.рф", "office@по_чта.рф"])
def test_a_domain_that_the_network_cannot_spell_is_refused(db, client, typed):
    with time_machine.travel(NOON, tick=False):
        a_cohort()
        answer = send(client, PERSON, email=typed)
    assert answer.context["form"].errors["email"]
    assert not Order.objects.exists()


@pytest.mark.clause("3.1", "12.1")
def test_a_domain_has_one_spelling_from_the_field_to_the_bounce(db, client, post, settings):  # noqa: F811
    with time_machine.travel(NOON, tick=False):
        a_cohort()
        send(client, PERSON, email="\u202aOffice@Почта.РФ")
        order = Order.objects.select_related("party").get()
        assert order.party.email == SPELLED
        # The same buyer in another spelling is the same: the unpaid order is opened, not repeated.
        again = send(client, PERSON, email=SPELLED)
        assert again["Location"] == order.get_absolute_url()
        receive(a_receipt(order), order)
        browser = Client()
        ask_for_code(browser, "office@почта.рф")
        assert Notice.objects.latest("pk").recipient == SPELLED
        give_code(browser, code_in_outbox())
        assert User.objects.get().email == SPELLED
    letter = Notice.objects.filter(kind=NoticeKind.ORDER_PLACED).latest("pk")
    assert send_notice(notice_id=letter.pk, at=NOON).result == "sent"
    letter.refresh_from_db()
    later = NOON + timedelta(minutes=5)
    escaped = "office@" + "".join(f"\\x{{{ord(char):X}}}" for char in "почта.рф")
    with imap.mailbox_server() as server:
        settings.INCOMING_MAIL_URL = server.url
        raw = a_report(letter, at=later, recipient=escaped).replace(b"rfc822;", b"utf-8; ")
        server.receive(raw, at=later)
        assert [each.result for each in read_mail(at=later)] == ["bounced"]


def test_staff_are_known_in_one_spelling(db):
    assert User.objects.create_user("\u202aOffice@почта.рф").email == SPELLED
