"""One letter in the last two hours of an order's day, to those whom it helps (4.3)."""

from datetime import date, timedelta
from functools import partial

import pytest
import time_machine

from enrollment.models import Order, PartyKind, ReportKind
from enrollment.operations.ordering.finding import seek_order, send_links_sought
from enrollment.operations.ordering.orders import cancel_order
from enrollment.operations.ordering.pay_today import remind_to_pay, remind_to_pay_today
from enrollment.operations.ordering.reports import report_payment
from enrollment.operations.ordering.restoring import restore_order
from enrollment.rules.bounds import LETTERS_TO_A_STRANGER
from offer_site.days import end_of_day
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice, NoticeState
from offer_site.notices.operations import send_notice
from offer_site.telegram.operations import give_link, send_due_messages
from payments.models import Payment
from payments.operations.paying.under_way import is_under_way
from tests.at_once import at_once
from tests.enrollment.company import a_placed_invoice
from tests.given import NOON, a_cohort, a_placed_order, a_receipt, receive
from tests.papers import a_document
from tests.telegram import a_start, fake_telegram, tell
from tests.unprotected import take_protection_away

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.3")]
MIDNIGHT = end_of_day(NOON.date())
EVENING = MIDNIGHT - timedelta(hours=2)
MINUTE = timedelta(minutes=1)


def never(order):
    return False


def remind(at=EVENING, is_under_way=never):
    return remind_to_pay_today(at=at, is_under_way=is_under_way)


def letters():
    return Notice.objects.filter(kind=NoticeKind.PAY_TODAY)


def test_an_unpaid_order_is_told_of_once_two_hours_before_its_end():
    order = a_placed_order()
    assert remind(EVENING - MINUTE) == []
    assert remind() == [order.code]
    assert remind(EVENING + 10 * MINUTE) == []
    letter = letters().get()
    assert (letter.recipient, letter.occasion) == (order.party.email, "2026-11-23")
    assert (letter.facts["due"], letter.facts["pay_on"]) == (order.prepayment, "2026-11-23")
    assert f"/orders/{order.code}/?key=" in letter.facts["order_url"]


def test_a_clock_that_was_late_makes_up_for_it_before_midnight():
    order = a_placed_order()
    assert remind(MIDNIGHT - MINUTE) == [order.code]


def test_after_midnight_nobody_is_told():
    a_placed_order()
    assert remind(MIDNIGHT) == []


def test_whoever_ordered_in_the_two_hours_before_is_not_told_again():
    a_placed_order(at=EVENING - timedelta(hours=2) + MINUTE)
    earlier = a_placed_order(at=EVENING - timedelta(hours=2) - MINUTE)
    late = a_placed_order(at=EVENING + MINUTE)
    assert remind(EVENING + 10 * MINUTE) == [earlier.code]
    assert late.code not in remind(MIDNIGHT - MINUTE)


def test_whoever_restored_or_found_the_order_lately_is_not_told_again():
    late = EVENING - timedelta(minutes=20)
    restored = a_placed_order()
    cancel_order(order=restored, by="visitor", at=late)
    restore_order(order=restored, by="visitor", at=late + MINUTE)
    found = a_placed_order(cohort=restored.cohort)
    seek_order(typed=found.code, language="kk", at=late)
    wish = Notice.objects.get(kind=NoticeKind.ORDER_LINK)
    send_links_sought(notice=wish, at=late)
    wish.delete()
    assert remind() == []


def test_a_mailbox_that_opened_nothing_gets_no_more_letters_of_strangers_at_night():
    cohort = a_cohort(seats=LETTERS_TO_A_STRANGER + 2)
    for name in "АБВГДЕ"[: LETTERS_TO_A_STRANGER + 1]:
        a_placed_order(cohort=cohort, email="somebody@example.kz", name=f"Слушатель {name}")
    assert len(remind()) == LETTERS_TO_A_STRANGER + 1
    queued = letters().filter(state=NoticeState.QUEUED)
    assert not queued.exists()


def test_who_paid_reported_or_cancelled_is_not_told():
    cohort = a_cohort()
    paid, reported, cancelled = (a_placed_order(cohort=cohort) for _ in range(3))
    receive(a_receipt(paid), paid)
    report_payment(
        order=reported,
        kind=ReportKind.KASPI,
        number="15",
        day=NOON.date(),
        document=a_document(),
        by="visitor",
        at=NOON,
    )
    cancel_order(order=cancelled, by="visitor", at=NOON)
    assert remind() == []


def test_a_minor_whose_guardian_has_not_consented_cannot_pay_and_is_not_told():
    a_placed_order(kind=PartyKind.MINOR)
    assert remind() == []


def test_who_is_at_the_bank_is_not_told_and_who_came_back_without_paying_is():
    order = a_placed_order()
    Payment.objects.create(
        order=order,
        provider="card",
        amount=order.price,
        invoice_id=order.code,
        language="kk",
        started_at=EVENING - 10 * MINUTE,
    )
    now = partial(is_under_way, at=EVENING)
    assert remind(EVENING, now) == []
    later = EVENING + 30 * MINUTE
    assert remind(later, partial(is_under_way, at=later)) == [order.code]


@pytest.mark.parametrize("what", ["paid", "reported", "late"])
def test_a_letter_that_waited_is_not_sent_once_it_is_not_true(what):
    order = a_placed_order()
    remind()
    at = EVENING + MINUTE
    match what:
        case "paid":
            receive(a_receipt(order, at=EVENING), order, at=at)
        case "reported":
            report_payment(
                order=order,
                kind=ReportKind.KASPI,
                number="15",
                day=NOON.date(),
                document=a_document(),
                by="visitor",
                at=at,
            )
        case "late":
            at = MIDNIGHT
    letter = letters().get()
    assert send_notice(notice_id=letter.pk, at=at).result == "withdrawn"
    letter.refresh_from_db()
    assert (letter.state, letter.withdrawn_at) == (NoticeState.DEAD, at)


def test_a_letter_that_is_still_true_is_sent():
    a_placed_order()
    remind()
    assert send_notice(notice_id=letters().get().pk, at=EVENING + MINUTE).result == "sent"


def test_whoever_linked_the_bot_reads_it_there_too(settings):
    with fake_telegram(settings) as telegram, time_machine.travel(EVENING, tick=False):
        order = a_placed_order()
        chat = give_link(about=("order", order.code), language="kk", at=NOON)
        answer = tell(a_start(chat.token, chat=77))
        assert order.code in answer.json()["text"]
        remind()
        send_due_messages(at=EVENING)
    (text,) = [each for each in telegram.texts if "24:00" in each]
    assert order.code in text
    assert f"/orders/{order.code}/?key=" in text


def test_a_chat_of_nobody_gets_nothing(settings):
    with fake_telegram(settings) as telegram:
        a_placed_order()
        remind()
        send_due_messages(at=EVENING)
    assert telegram.texts == []


# --- Two clocks at once
@pytest.mark.django_db(transaction=True)
def test_two_clocks_at_once_write_one_letter():
    order = a_placed_order()
    works = [partial(remind_to_pay, order=order, is_under_way=never, at=EVENING)] * 6
    assert sorted(at_once(works)) == [False] * 5 + [True]
    assert letters().count() == 1


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_control_without_lock_and_constraint_two_letters_are_written(monkeypatch):
    take_protection_away(monkeypatch, "notices_notice")
    for _round in range(6):
        order = a_placed_order()
        at_once([partial(remind_to_pay, order=order, is_under_way=never, at=EVENING)] * 8)
        if letters().filter(order_code=order.code).count() > 1:
            return
    pytest.fail("nothing went wrong without the protection")


def test_an_order_of_an_invoice_is_not_told_of():
    """Its company pays by a transfer, which no bank makes at that hour."""
    a_placed_invoice()
    assert Order.objects.exclude(invoice=None).exists()
    assert remind() == []


def test_the_day_is_that_of_kazakhstan():
    """20:00 UTC is the next day in Almaty already."""
    order = a_placed_order(at=NOON.replace(hour=20))
    order.refresh_from_db()
    assert order.placed_on == date(2026, 11, 24)
    assert remind() == []
