"""An order is found again: its mailbox gets the link; whoever asks learns nothing (3.1, 4.3)."""

import re
from datetime import timedelta
from functools import partial

import pytest
from django.core import mail, signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrollment.models import Party
from enrollment.operations.corrections.email import correct_email
from enrollment.operations.links import end_links, order_link, order_signature
from enrollment.operations.ordering.finding import SOUGHT, seek_order
from enrollment.operations.ordering.orders import lapse_unpaid_orders
from enrollment.rules.bounds import DEEDS_AN_HOUR, LETTERS_TO_A_STRANGER, LINK_PAUSE
from enrollment.rules.masks import masked_email
from enrollment.views.access import MARK, SALT
from offer_site.attempts.models import AttemptCount
from offer_site.codes import new_order_code
from offer_site.days import end_of_day
from offer_site.notices.models import Notice, NoticeState
from offer_site.notices.operations import send_due_notices, send_notice
from tests.accounts.signing import ask_for_code
from tests.at_once import at_once
from tests.enrollment.company import a_list, order_list
from tests.given import NOON, a_cohort, a_paid_order, a_placed_order, an_application
from tests.mailbox import parse, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.clause("3.1", "4.3")]
KEY = re.compile(r"http://localhost:8000(/(?:kk|ru)/(?:orders|invoices)/(S[MH]\w{6})/\?key=\S+)")
PHONE = "+77010000001"


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)
    return time_machine


def ask(sought, *, client=None, home="203.0.113.7"):
    return (client or Client(REMOTE_ADDR=home)).post(reverse("order_find"), {"sought": sought})


def forget_letters():
    Notice.objects.all().delete()


def links_sent(*, at=NOON):
    """Send what waits; the codes of the orders whose links left, by mailbox."""
    mail.outbox.clear()
    send_due_notices(at=at)
    send_due_notices(at=at)
    found = {}
    for letter in mail.outbox:
        for _path, code in set(KEY.findall(text_of(parse(letter.as_bytes())))):
            found.setdefault(letter.to[0], set()).add(code)
    return found


# --- the answer
def test_the_link_comes_to_the_orders_own_mailbox_and_opens_it_in_any_browser():
    order = a_placed_order(email="aliya@example.kz", phone=PHONE)
    for sought in (order.code.lower(), "Aliya@Example.KZ", "8 701 000 00 01", f" {order.code} "):
        forget_letters()
        AttemptCount.objects.all().delete()  # each is a wish of its own
        assert ask(sought).status_code == 302
        assert links_sent() == {"aliya@example.kz": {order.code}}, sought
    [path, _code] = KEY.findall(text_of(parse(mail.outbox[0].as_bytes())))[0]
    browser = Client()
    assert browser.get(path)["Location"] == order.get_absolute_url()
    assert browser.get(order.get_absolute_url()).status_code == 200


def statements_of(deed):
    with CaptureQueriesContext(connection) as asked:
        answer = deed()
    said = [re.sub(r"'[^']*'|\d+|0x\w+", "?", each["sql"])[:60] for each in asked]
    return answer, said


def test_the_answer_is_the_same_for_known_and_unknown_by_the_same_statements():
    known = a_placed_order(email="aliya@example.kz", phone=PHONE)
    pairs = [
        (known.code, new_order_code()),
        ("aliya@example.kz", "nobody@example.kz"),
        (PHONE, "+77010000002"),
    ]
    for pair in pairs:
        found = []
        for sought in pair:
            client = Client()
            answer, said = statements_of(partial(ask, sought, client=client))
            page = client.get(reverse("order_find")).content.decode()
            assert "enrollment_" not in " ".join(said), "nothing is looked up"
            found.append((answer.status_code, answer["Location"], said, page))
        assert found[0] == found[1], pair
    assert not Notice.objects.filter(about_kind="order").exclude(kind="order-placed").exists()


@pytest.mark.parametrize("sought", ["", "   ", "aliya", "<script>", "12", "SM4K7Q2", "x" * 300])
def test_what_cannot_be_an_order_is_told_at_the_field_and_stays(sought):
    answer = ask(sought)
    assert answer.status_code == 200
    assert answer.context["form"].errors["sought"]
    assert not Notice.objects.exists()


def test_nothing_is_kept_of_a_wish_and_it_never_leaves_as_a_letter():
    for sought in ("nobody@example.kz", "+77010000002"):
        ask(sought)
    assert Notice.objects.filter(about_kind=SOUGHT).count() == 2
    assert links_sent() == {}
    assert mail.outbox == []
    assert not Notice.objects.exists()


def test_the_page_of_the_answer_names_the_hour_of_the_next_wish():
    client = Client()
    ask("nobody@example.kz", client=client)
    page = client.get(reverse("order_find"))
    assert "12:10" in page.content.decode()
    assert "no-store" in page["Cache-Control"]


# --- which orders
def test_all_that_wait_come_and_else_the_last_one():
    cohort = a_cohort(seats=20)
    first = a_placed_order(cohort=cohort, email="aliya@example.kz", name="Айгүл")
    second = a_placed_order(cohort=cohort, email="aliya@example.kz", name="Әлия")
    paid = a_paid_order(cohort=cohort, email="paid@example.kz")
    forget_letters()
    ask("aliya@example.kz")
    ask("paid@example.kz")
    assert links_sent() == {
        "aliya@example.kz": {first.code, second.code},
        "paid@example.kz": {paid.code},
    }


def test_a_list_comes_as_its_invoice():
    invoice, _is_new = order_list(a_list(2), cohort=a_cohort())
    email = Party.objects.filter(order__invoice=invoice).first().email
    forget_letters()
    ask(invoice.code)
    assert links_sent() == {email: {invoice.code}}


def test_an_order_that_lapsed_is_worth_a_letter_for_a_day(noon):
    order = a_placed_order(email="aliya@example.kz")
    over = end_of_day(order.placed_on) + timedelta(minutes=1)
    lapse_unpaid_orders(at=over)
    forget_letters()
    for later, found in (
        (over, {"aliya@example.kz": {order.code}}),
        (over + timedelta(days=2), {}),
    ):
        noon.move_to(later, tick=False)
        ask("aliya@example.kz")
        assert links_sent(at=later) == found


def test_orders_under_ones_phone_do_not_stand_before_ones_own():
    """A mailbox that somebody reads comes first, and of one mailbox not all that wait."""
    cohort = a_cohort(seats=30)
    mine = a_placed_order(cohort=cohort, email="aliya@example.kz", phone=PHONE)
    Client().get(order_link(mine).removeprefix("http://localhost:8000"))
    for number in range(8):
        a_placed_order(cohort=cohort, email=f"other{number}@example.kz", phone=PHONE)
    forget_letters()
    ask(PHONE)
    sent = links_sent()
    assert sent["aliya@example.kz"] == {mine.code}
    assert len(sent) == 5


# --- floods
def test_a_letter_that_left_lately_is_not_written_again(noon):
    order = a_placed_order(email="aliya@example.kz")
    forget_letters()
    for _time in range(3):
        ask(order.code)
    assert links_sent() == {"aliya@example.kz": {order.code}}
    assert len(mail.outbox) == 1
    later = NOON + timedelta(seconds=LINK_PAUSE + 1)
    noon.move_to(later, tick=False)
    ask(order.code)
    assert links_sent(at=later) == {"aliya@example.kz": {order.code}}


def test_a_mailbox_that_nobody_reads_gets_few_a_day_and_loses_no_other_letter(noon):
    order = a_placed_order(email="aliya@example.kz")
    sent = 0
    for number in range(LETTERS_TO_A_STRANGER + 3):
        later = NOON + timedelta(seconds=number * (LINK_PAUSE + 1))
        noon.move_to(later, tick=False)
        ask(order.code)
        sent += len(links_sent(at=later).get("aliya@example.kz", ()))
    assert sent == LETTERS_TO_A_STRANGER
    withheld = Notice.objects.filter(kind="order-link", state=NoticeState.DEAD)
    assert withheld.count() == 3
    another = a_placed_order(cohort=order.cohort, email="aliya@example.kz", name="Сәуле")
    assert Notice.objects.get(order_code=another.code).state == NoticeState.QUEUED


def test_one_address_asks_as_often_as_it_orders():
    answers = [ask("nobody@example.kz").status_code for _time in range(DEEDS_AN_HOUR + 1)]
    assert answers == [302] * DEEDS_AN_HOUR + [429]
    assert ask("nobody@example.kz", home="198.51.100.1").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_two_wishes_carried_out_at_once_write_one_letter():
    order = a_placed_order(email="aliya@example.kz")
    forget_letters()
    for _time in range(2):
        seek_order(typed=order.code, language="kk", at=NOON)
    wishes = list(Notice.objects.filter(about_kind=SOUGHT).values_list("pk", flat=True))
    at_once([lambda key=key: send_notice(notice_id=key, at=NOON) for key in wishes])
    assert Notice.objects.filter(kind="order-link", about_kind="order").count() == 1
    assert not Notice.objects.filter(about_kind=SOUGHT).exists()


# --- the 404 of an order
def lost_page(client, code):
    answer = client.get(reverse("order", args=[code]))
    assert answer.status_code == 404
    return answer.content.decode().replace(code, "CODE")


def test_the_lost_page_is_the_same_for_known_and_unknown_codes_and_asks_for_the_link():
    order = a_placed_order(email="aliya@example.kz")
    known = lost_page(Client(), order.code)
    assert known == lost_page(Client(), "SM000000")
    assert 'name="sought" value="CODE"' in known
    assert "@example.kz" not in known.replace("name@mail.kz", "")
    forget_letters()
    ask(order.code)
    assert links_sent() == {"aliya@example.kz": {order.code}}


def test_only_a_browser_that_was_signed_out_reads_the_beginning_of_the_email():
    order = a_placed_order(email="aliya@example.kz")
    browser = Client()
    browser.get(order_link(order).removeprefix("http://localhost:8000"))
    end_links(email="aliya@example.kz", at=NOON)
    beginning = masked_email("aliya@example.kz")
    assert beginning in lost_page(browser, order.code)
    assert beginning not in lost_page(Client(), order.code)
    other = a_placed_order(cohort=order.cohort, email="bota@example.kz")
    assert masked_email("bota@example.kz") not in lost_page(browser, other.code)


def test_who_read_a_mistyped_mailbox_reads_nothing_of_the_corrected_one():
    order = a_placed_order(email="wrong@example.kz")
    browser = Client()
    browser.get(order_link(order).removeprefix("http://localhost:8000"))
    correct_email(order=order, email="right@example.kz", by="visitor", at=NOON)
    assert masked_email("right@example.kz") not in lost_page(browser, order.code)


def test_general_404_and_the_code_page_lead_to_it():
    assert reverse("order_find") in Client().get("/kk/nothing/").content.decode()
    client = Client()
    page = client.get(ask_for_code(client, "nobody@example.kz")["Location"]).content.decode()
    assert reverse("order_find") in page


# --- the cookie and the strip
def browser_of(order):
    browser = Client()
    browser.get(order_link(order).removeprefix("http://localhost:8000"))
    return browser


def test_the_cookie_lives_to_the_day_after_the_orders_last(noon):
    order = a_placed_order()
    browser = browser_of(order)
    last = end_of_day(order.placed_on) + timedelta(days=1)
    assert browser.cookies["orders"]["max-age"] == int((last - NOON).total_seconds())
    noon.move_to(last - timedelta(minutes=1), tick=False)
    assert browser.get(order.get_absolute_url()).status_code == 200
    # Whoever copied the cookie has it no longer than the browser: the moment is signed too.
    noon.move_to(last, tick=False)
    assert browser.get(order.get_absolute_url()).status_code == 404


def test_a_cookie_from_before_still_opens():
    order = a_placed_order()
    browser = Client()
    said = {order.code: order_signature(order)[:MARK]}
    browser.cookies["orders"] = signing.dumps(said, salt=SALT)
    assert browser.get(order.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_home_says_that_this_browsers_order_waits_and_is_then_personal(language, noon):
    order = a_placed_order(email="aliya@example.kz")
    home = f"/{language}/"
    browser = browser_of(order)
    stranger = Client()
    said = browser.get(home)
    assert order.code in said.content.decode()
    assert "no-store" in said.headers["Cache-Control"]
    assert order.code not in stranger.get(home).content.decode()
    _answer, of_stranger = statements_of(lambda: stranger.get(home))
    _answer, of_buyer = statements_of(lambda: browser.get(home))
    assert len(of_buyer) == len(of_stranger) + 1
    noon.move_to(end_of_day(order.placed_on), tick=False)
    over = browser.get(home)
    assert order.code not in over.content.decode()
    assert "no-store" not in over.headers.get("Cache-Control", "")


def test_a_corrected_email_takes_the_strip_away():
    order = a_placed_order(email="wrong@example.kz")
    browser = browser_of(order)
    correct_email(order=order, email="right@example.kz", by="visitor", at=NOON)
    assert order.code not in browser.get("/kk/").content.decode()


def test_a_paid_order_waits_for_nothing():
    order = a_paid_order(application=an_application(email="aliya@example.kz"))
    assert order.code not in browser_of(order).get("/kk/").content.decode()
