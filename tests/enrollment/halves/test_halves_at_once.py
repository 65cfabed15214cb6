"""Races of 4.3.1 on PostgreSQL, and for each a control that
takes the protection away and sees it go wrong.
"""

from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.db import connection
from django.db.models import QuerySet

from enrollment.models import HalvesAnswer, HalvesRequest, Order, Place, Suspension
from enrollment.operations.halves.requests import (
    agree_to_halves,
    decline_halves,
    end_halves,
    refuse_halves,
    request_halves,
)
from enrollment.operations.halves.rests import remind_of_rest
from enrollment.operations.halves.suspensions import suspend_for_rest
from offer_site.days import end_of_day
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from offer_site.telegram.models import TelegramChat, TelegramUpdate
from offer_site.telegram.outbox import send_due_messages
from tests.at_once import at_once
from tests.enrollment.halves.scenes import (
    REST_ON,
    VALID_UNTIL,
    a_half_paid_order,
    a_halves_application,
    a_proposal,
    an_agreement,
    bot_evidence,
    order_under,
    pay_the_rest,
    the_tariff,
)
from tests.given import NOON, a_cohort, an_owner
from tests.telegram import a_press, a_start, fake_telegram, tell

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.clause("4.3.1")]
JUST_BEFORE = VALID_UNTIL - timedelta(seconds=1)
ROUNDS = 6
TABLES = (
    "enrollment_halvesrequest",
    "enrollment_halvesanswer",
    "enrollment_suspension",
    "notices_notice",
    "telegram_telegramupdate",
    "telegram_telegrammessage",
    "journal_entry",
)


def all_at_once(*works):
    """Do all in one moment; return what each returned, or how it was refused."""
    return at_once(works, errors=Exception)


def take_the_protection_away(monkeypatch):
    """Drop the unique constraints, the conditional ones too, and the locks of rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass, conname FROM pg_constraint"
            " WHERE contype = 'u' AND conrelid::regclass::text = ANY(%s)",
            [list(TABLES)],
        )
        for table, name in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}" CASCADE')
        for name in (
            "a_browser_has_one_open_halves_request_an_email",
            "a_learner_has_one_unpaid_order_in_a_cohort",
            "an_enrollment_has_one_standing_suspension_a_ground",
        ):
            cursor.execute(f"DROP INDEX IF EXISTS {name}")
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)


def refusals(results):
    return [result for result in results if isinstance(result, Exception)]


# --- Two answers
def answers_at_once():
    proposal = a_proposal()
    question = {"request": proposal.request, "proposal": 1}
    return proposal.request, all_at_once(
        *(
            lambda: agree_to_halves(**question, evidence=bot_evidence(), at=NOON),
            lambda: refuse_halves(**question, evidence=bot_evidence(), at=NOON),
        )
        * 3
    )


def test_of_answers_at_once_one_counts():
    request, results = answers_at_once()
    request.refresh_from_db()
    assert len(refusals(results)) == 5
    assert all(isinstance(refused, RuleViolation) for refused in refusals(results))
    assert HalvesAnswer.objects.get().agrees == (request.state == "agreed")
    assert Entry.objects.filter(verb__in=["halves.agreed", "halves.refused"]).count() == 1


@pytest.mark.faults
def test_control_without_lock_and_constraint_both_answers_count(monkeypatch):
    a_proposal()
    take_the_protection_away(monkeypatch)
    for _round in range(ROUNDS):
        before = HalvesAnswer.objects.count()
        answers_at_once()
        if HalvesAnswer.objects.count() > before + 1:
            return
    pytest.fail("nothing went wrong without the protection")


# --- Agreeing against staff and against the clock
def against(other, *, at):
    proposal = a_proposal()
    request = proposal.request
    agreed, ended = all_at_once(
        lambda: agree_to_halves(
            request=request, proposal=1, evidence=bot_evidence(at=JUST_BEFORE), at=JUST_BEFORE
        ),
        lambda: other(request),
    )
    request.refresh_from_db()
    return request, agreed, ended


def test_agreeing_and_declining_at_once_end_in_one_of_the_two():
    for _round in range(3):
        request, agreed, declined = against(
            lambda request: decline_halves(
                request=request, reason="…", by=an_owner(), at=JUST_BEFORE
            ),
            at=JUST_BEFORE,
        )
        won = request.state == "agreed"
        assert (isinstance(agreed, Exception), isinstance(declined, Exception)) == (not won, won)
        assert HalvesAnswer.objects.filter(proposal__request=request).count() == int(won)
        assert Notice.objects.filter(
            kind=NoticeKind.HALVES_DECLINED, about_key=request.code
        ).count() == int(not won)


def test_agreeing_and_ending_at_once_never_lose_an_answer():
    """The clock of another machine is a second ahead: the agreement is made and ends,
    or it was never made.
    """
    for _round in range(3):
        request, agreed, ended = against(
            lambda request: end_halves(request=request, at=VALID_UNTIL), at=JUST_BEFORE
        )
        assert ended is True
        assert request.state == "ended"
        assert HalvesAnswer.objects.filter(proposal__request=request).count() == int(
            not isinstance(agreed, Exception)
        )


@pytest.mark.faults
def test_control_without_the_lock_a_declined_request_is_agreed_to(monkeypatch):
    a_proposal()
    take_the_protection_away(monkeypatch)
    for _round in range(ROUNDS):
        _request, agreed, declined = against(
            lambda request: decline_halves(
                request=request, reason="…", by=an_owner(), at=JUST_BEFORE
            ),
            at=JUST_BEFORE,
        )
        if not isinstance(agreed, RuleViolation) and not isinstance(declined, RuleViolation):
            return
    pytest.fail("nothing went wrong without the protection")


# --- Asking and ordering
def test_a_double_click_asks_once():
    cohort = a_cohort()
    application = a_halves_application()
    wanted = {
        "tariff": the_tariff(),
        "cohort": cohort,
        "application": application,
        "language": "kk",
        "at": NOON,
        "by": "visitor",
    }
    results = all_at_once(*[lambda: request_halves(**wanted)] * 8)
    assert refusals(results) == []
    assert sum(is_new for _request, is_new in results) == HalvesRequest.objects.count() == 1
    assert Notice.objects.filter(kind=NoticeKind.HALVES_ASKED).count() == 1


def test_two_tabs_place_one_order():
    request = an_agreement()
    results = all_at_once(*[lambda: order_under(request)] * 6)
    assert refusals(results) == []
    assert len({order.pk for order in results}) == Order.objects.count() == 1
    assert Place.objects.filter(order__isnull=False).count() == 1
    assert Notice.objects.filter(kind=NoticeKind.ORDER_PLACED).count() == 1


def test_two_tabs_with_other_names_place_one_order():
    request = an_agreement()
    results = all_at_once(
        *[
            lambda name=name, request=request: order_under(request, name=name)
            for name in ("Айгерім", "Гүлнұр", "Әсем")
        ]
    )
    assert refusals(results) == []
    assert Order.objects.count() == 1


@pytest.mark.faults
def test_control_without_the_lock_two_tabs_place_two_orders(monkeypatch):
    an_agreement()
    take_the_protection_away(monkeypatch)
    for _round in range(ROUNDS):
        request = an_agreement()
        before = Order.objects.count()
        all_at_once(
            *[
                lambda name=name, request=request: order_under(request, name=name)
                for name in ("Айгерім", "Гүлнұр", "Әсем")
            ]
        )
        if Order.objects.count() > before + 1:
            return
    pytest.fail("nothing went wrong without the protection")


# --- Telegram
@pytest.fixture
def telegram(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = False
    settings.CELERY_BROKER_URL = "memory://"
    with (
        fake_telegram(settings) as telegram,
        time_machine.travel(NOON + timedelta(hours=1), tick=False),
    ):
        yield telegram


def asked_in_telegram():
    request = a_proposal().request
    tell(a_start(TelegramChat.objects.get(about_key=request.code).token))
    send_due_messages(at=NOON + timedelta(hours=1))
    return request


def test_one_update_many_times_at_once_is_one_answer(telegram):
    request = asked_in_telegram()
    press = a_press(telegram.button(0))
    answers = all_at_once(*[lambda: tell(press)] * 12)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert TelegramUpdate.objects.filter(update_id=press["update_id"]).count() == 1
    assert HalvesAnswer.objects.get().proposal.request == request


def test_both_buttons_at_once_are_one_answer_and_one_apology(telegram):
    request = asked_in_telegram()
    presses = [a_press(telegram.button(number)) for number in (0, 1)]
    answers = all_at_once(*[lambda press=press: tell(press) for press in presses])
    assert {answer.status_code for answer in answers} == {200}
    request.refresh_from_db()
    assert HalvesAnswer.objects.get().agrees == (request.state == "agreed")


def test_two_clocks_send_a_message_once(telegram):
    asked = a_proposal()
    tell(a_start(TelegramChat.objects.get(about_key=asked.request.code).token))
    all_at_once(*[lambda: send_due_messages(at=NOON + timedelta(days=1))] * 6)
    assert len(telegram.messages) == 1


# --- The rest
def test_suspending_and_reminding_at_once_happen_once():
    order = a_half_paid_order()
    late = end_of_day(REST_ON)
    early = end_of_day(REST_ON) - timedelta(days=2)
    assert refusals(all_at_once(*[lambda: remind_of_rest(order=order, at=early)] * 6)) == []
    assert refusals(all_at_once(*[lambda: suspend_for_rest(order=order, at=late)] * 6)) == []
    assert Notice.objects.filter(kind=NoticeKind.REST_REMINDER).count() == 1
    assert Notice.objects.filter(kind=NoticeKind.ACCESS_SUSPENDED).count() == 1
    assert Suspension.objects.count() == 1


def test_paying_and_suspending_at_once_never_leave_a_paid_student_outside():
    late = end_of_day(REST_ON)
    for _round in range(3):
        order = a_half_paid_order()
        pay = partial(pay_the_rest, order, at=late)
        suspend = partial(suspend_for_rest, order=order, at=late)
        results = all_at_once(pay, suspend)
        assert refusals(results) == []
        assert Suspension.objects.standing().count() == 0


@pytest.mark.faults
def test_control_without_lock_and_constraint_a_student_is_suspended_twice(monkeypatch):
    order = a_half_paid_order()
    take_the_protection_away(monkeypatch)
    late = end_of_day(REST_ON)
    for _round in range(ROUNDS):
        all_at_once(*[partial(suspend_for_rest, order=order, at=late)] * 8)
        if Suspension.objects.count() > 1:
            return
        order = a_half_paid_order()
        Suspension.objects.all().delete()
    pytest.fail("nothing went wrong without the protection")
