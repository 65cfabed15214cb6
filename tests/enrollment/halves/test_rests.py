"""The rest of 4.3.1: reminders, each once; access suspended past its day,
restored by the payment, at once.
"""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from enrollment.models import Installment, RestMove, Suspension
from enrollment.operations.corrections.email import correct_email
from enrollment.operations.halves.rests import move_rest_day, remind_of_rests, rest_of
from enrollment.operations.halves.suspensions import suspend_overdue
from enrollment.rules.order_states import OrderState
from offer_site.accounts.operations import admitted_user
from offer_site.days import end_of_day, start_of_day
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from offer_site.notices.operations import send_notice
from offer_site.pages.cabinet import contracts_of
from payments.models import Outcome, Payment
from tests.enrollment.halves.scenes import REST_ON, a_half_paid_order, pay_the_rest, staff_evidence
from tests.given import NOON, a_paid_order, a_receipt, receive, refusal

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.3.1")]
MIDNIGHT = end_of_day(REST_ON)
SECOND = timedelta(seconds=1)


def morning(day: date) -> datetime:
    return start_of_day(day) + timedelta(hours=10)


def letters(kind):
    return Notice.objects.filter(kind=kind)


def contract(order, *, at):
    return next(
        each
        for each in contracts_of(admitted_user(email=order.party.email), at=at)
        if each.order == order
    )


@pytest.fixture
def order(db):
    order = a_half_paid_order()
    cohort = order.cohort
    cohort.joining_link = "https://lessons.example/join"
    cohort.save()
    return order


# --- Reminders
def test_a_reminder_goes_out_seven_three_and_one_day_before_and_on_the_day(order):
    said = []
    for days in range(9, -2, -1):
        for _twice in range(2):
            said += remind_of_rests(at=morning(REST_ON - timedelta(days=days)))
    assert said == [(order.code, days) for days in (7, 3, 1, 0)]
    assert [each.facts["days"] for each in letters(NoticeKind.REST_REMINDER).order_by("pk")] == [
        7,
        3,
        1,
        0,
    ]
    facts = letters(NoticeKind.REST_REMINDER).first().facts
    assert (facts["rest"], facts["pay_on"]) == (order.price - order.prepayment, REST_ON.isoformat())


@pytest.mark.parametrize(("silent_until", "sent"), [(5, [7, 3, 1, 0]), (2, [3, 1, 0]), (0, [0])])
def test_a_clock_that_was_silent_makes_up_with_one_letter(order, silent_until, sent):
    said = []
    for days in range(silent_until, -1, -1):
        said += remind_of_rests(at=morning(REST_ON - timedelta(days=days)))
    assert [days for _code, days in said] == sent


def test_who_paid_is_not_reminded(order):
    pay_the_rest(order, at=morning(REST_ON - timedelta(days=8)))
    assert remind_of_rests(at=morning(REST_ON - timedelta(days=7))) == []


def test_a_corrected_e_mail_gets_no_second_letter_of_the_same_occasion(order):
    remind_of_rests(at=morning(REST_ON - timedelta(days=3)))
    correct_email(order=order, email="new@example.kz", by="staff:1", at=NOON, document="№ 1")
    assert remind_of_rests(at=morning(REST_ON - timedelta(days=2))) == []


@pytest.mark.parametrize("what", ["paid", "moved", "the next day"])
def test_a_reminder_that_waited_is_not_sent_once_it_is_not_true(order, what):
    at = morning(REST_ON - timedelta(days=3))
    remind_of_rests(at=at)
    if what == "paid":
        pay_the_rest(order, at=at)
    if what == "moved":
        to_day = REST_ON + timedelta(days=7)
        move_rest_day(order=order, to_day=to_day, reason="сырқат", evidence=staff_evidence(), at=at)
    late = at + timedelta(days=what == "the next day")
    letter = letters(NoticeKind.REST_REMINDER).get()
    assert send_notice(notice_id=letter.pk, at=late).result == "withdrawn"


# --- Suspension
def test_access_closes_with_the_day_before_the_clock_has_run(order):
    assert contract(order, at=MIDNIGHT - SECOND).link == "https://lessons.example/join"
    closed = contract(order, at=MIDNIGHT)
    assert (closed.link, closed.is_open, closed.rest_due.is_overdue) == ("", False, True)
    assert Suspension.objects.count() == 0


def test_the_clock_suspends_once_with_the_journal_and_a_letter(order):
    assert suspend_overdue(at=MIDNIGHT - SECOND) == []
    assert suspend_overdue(at=MIDNIGHT) == [order.code]
    assert suspend_overdue(at=MIDNIGHT + timedelta(days=1)) == []
    standing = Suspension.objects.get()
    assert (standing.begun_at, standing.ended_at, standing.clause) == (MIDNIGHT, None, "4.3.1")
    assert Entry.objects.of_order(order.code).filter(verb="enrollment.suspended").count() == 1
    assert letters(NoticeKind.ACCESS_SUSPENDED).get().facts["pay_on"] == REST_ON.isoformat()


def test_a_standing_suspension_closes_access_whatever_the_day_says(order):
    Suspension.objects.create(
        enrollment=order.enrollment,
        ground="rest_unpaid",
        clause="4.3.1",
        begun_at=NOON,
        begun_by="system",
    )
    assert contract(order, at=NOON + SECOND).link == ""


def test_an_order_paid_in_full_is_never_suspended():
    a_paid_order()
    assert suspend_overdue(at=MIDNIGHT + timedelta(days=30)) == []


def test_the_payment_of_the_rest_restores_at_once(order):
    suspend_overdue(at=MIDNIGHT)
    paid_at = MIDNIGHT + timedelta(days=2)
    assert pay_the_rest(order, at=paid_at) == Outcome.APPLIED
    order.refresh_from_db()
    ended = Suspension.objects.get()
    assert (order.state, ended.ended_at, ended.ended_by) == (OrderState.PAID, paid_at, "system")
    assert contract(order, at=paid_at).link == "https://lessons.example/join"
    assert letters(NoticeKind.ACCESS_RESTORED).count() == 1
    assert letters(NoticeKind.REST_PAID).count() == 0
    assert Entry.objects.of_order(order.code).filter(verb="enrollment.restored").count() == 1


def test_a_rest_paid_in_its_last_second_and_told_after_the_suspension_restores_at_once(order):
    suspend_overdue(at=MIDNIGHT + timedelta(minutes=1))
    told_at = MIDNIGHT + timedelta(minutes=10)
    assert pay_the_rest(order, at=MIDNIGHT - SECOND, told_at=told_at) == Outcome.APPLIED
    restored = Entry.objects.of_order(order.code).get(verb="enrollment.restored")
    assert restored.facts["paid_at"] == (MIDNIGHT - SECOND).isoformat()
    assert contract(order, at=told_at).is_open
    assert suspend_overdue(at=told_at) == []


def test_a_rest_paid_in_time_is_told_by_a_letter_of_its_own(order):
    pay_the_rest(order, at=morning(REST_ON))
    assert letters(NoticeKind.REST_PAID).count() == 1
    assert letters(NoticeKind.ACCESS_RESTORED).count() == 0
    assert letters(NoticeKind.CONTRACT_CONCLUDED).count() == 1


def test_less_than_the_rest_waits_and_restores_nothing(order):
    suspend_overdue(at=MIDNIGHT)
    at = MIDNIGHT + SECOND
    assert receive(a_receipt(order, amount=1000, at=at), order, at=at) == Outcome.UNMATCHED
    assert Suspension.objects.get().ended_at is None


# --- Another day
def test_another_day_is_agreed_on_and_access_opens_again(order):
    suspend_overdue(at=MIDNIGHT)
    at = MIDNIGHT + timedelta(hours=12)
    to_day = REST_ON + timedelta(days=14)
    move = move_rest_day(
        order=order, to_day=to_day, reason="Ауырып қалды", evidence=staff_evidence(at=at), at=at
    )
    assert (move.from_day, move.to_day, move.picture != "") == (REST_ON, to_day, True)
    part = Installment.objects.get(order=order, number=2)
    assert (part.due_on, part.day) == (REST_ON, to_day)
    assert contract(order, at=at).link == "https://lessons.example/join"
    assert "Ауырып" not in str(Entry.objects.of_order(order.code).get(verb="rest.moved").facts)
    assert suspend_overdue(at=end_of_day(to_day) - SECOND) == []
    assert remind_of_rests(at=morning(to_day - timedelta(days=7))) == [(order.code, 7)]
    assert suspend_overdue(at=end_of_day(to_day)) == [order.code]


@pytest.mark.parametrize("to_day", [REST_ON, date(2027, 1, 22), date(2026, 11, 22)])
def test_a_day_outside_the_course_or_the_same_one_is_refused(order, to_day):
    evidence = staff_evidence()
    with refusal() as caught:
        move_rest_day(order=order, to_day=to_day, reason="…", evidence=evidence, at=NOON)
    assert caught.value.field == "to_day"
    assert RestMove.objects.count() == 0


def test_an_order_without_a_rest_has_no_day_to_move():
    order = a_paid_order()
    with refusal():
        move_rest_day(order=order, to_day=REST_ON, reason="…", evidence=staff_evidence(), at=NOON)
    assert rest_of(order, at=NOON) is None


# --- Paying it from the cabinet
@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_cabinet_says_what_is_due_until_when_and_takes_it(order, language):
    client = Client()
    client.force_login(admitted_user(email=order.party.email))
    page = client.get(f"/{language}/cabinet/")
    # To the order's page, where each way says its commission before it is chosen (4.5).
    assert f'href="/{language}/orders/{order.code}/#rest"' in page.text
    assert REST_ON.isoformat() in page.text
    ways = client.get(f"/{language}/orders/{order.code}/").text
    assert 'id="rest"' in ways
    assert f'action="/{language}/orders/{order.code}/payments/"' in ways


def test_the_rest_can_be_started_to_pay(order, live_server, settings):
    settings.CARD_API_URL = f"{live_server.url}/sandbox/card"
    client = Client()
    client.force_login(admitted_user(email=order.party.email))
    with time_machine.travel(morning(REST_ON), tick=False):
        answer = client.post(reverse("payment_start", args=[order.code]))
    assert answer.status_code == 302
    assert Payment.objects.get().amount == order.price - order.prepayment


def test_the_number_of_questions_does_not_grow_with_suspensions(
    order, django_assert_max_num_queries
):
    user = admitted_user(email=order.party.email)
    with django_assert_max_num_queries(10):
        contracts_of(user, at=MIDNIGHT)
