"""What staff must look at: each question counted once, as its list shows it;
quiet when there is nothing.
"""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from enrollment.operations.offering.offers import withdraw_offer
from enrollment.operations.training.enrollments import (
    exclude_from_completion,
    open_performance_deadlines,
)
from offer_site.clock.schedule import expect_all
from offer_site.days import start_of_day
from offer_site.journal.sealing import seal_journal
from offer_site.notices.models import MailboxPlace, Notice, NoticeState, SendingStop
from offer_site.staff.attention import QUESTIONS, needs_attention
from offer_site.watch.models import WatchedJob
from payments.models import LedgerEntry, MessageKind, Outcome, ProviderMessage
from payments.operations.ledger.refunds import record_refund
from payments.operations.statements.imports import import_statement
from payments.rules.waiting import Why
from tests.enrollment.halves.scenes import a_half_paid_order
from tests.given import NOON, a_cohort, a_paid_order, a_placed_order, a_receipt, an_owner, receive
from tests.payments.books.scenes import a_fiscal_receipt
from tests.payments.statements.scenes import a_statement, an_operation, bank_details
from tests.services import on_sqlite
from tests.staff.conftest import a_member, signed_in

INDEX = "/admin/"
THE_CALENDAR = 3  # deadlines near their day, and two questions about files to compare


def counts(at=NOON, user=None):
    """What the questions count on a day whose journal is sealed, the seal's letter sent, and all
    of whose jobs ran.
    """
    expect_all(at=at)
    WatchedJob.objects.update(expected_before=at + timedelta(days=1000))
    seal_journal(at=at)
    Notice.objects.filter(kind="journal-seal").update(
        state=NoticeState.SENT, sent_at=at, raw_sha256="0" * 64
    )
    return {
        matter.question.listed + "?" + matter.question.query: matter.count
        for matter in needs_attention(user=user or an_owner(), at=at)
    }


def test_each_reason_for_which_money_waits_is_asked_about():
    asked = {each.query for each in QUESTIONS if each.listed == "payments_ledgerentry"}
    assert {f"waits={why}" for why in Why} <= asked


@pytest.fixture
def quiet(db):
    """A day on which all goes well: one paid order with its fiscal receipt, one that waits,
    every letter sent.
    """
    order = a_paid_order()
    a_fiscal_receipt(LedgerEntry.objects.get())
    a_placed_order(cohort=order.cohort)
    seal_journal(at=NOON)
    Notice.objects.update(state=NoticeState.SENT, sent_at=NOON, raw_sha256="0" * 64)
    return order


def test_a_quiet_day_needs_nothing(quiet):
    assert counts() == {}
    page = signed_in(an_owner()).get(INDEX, headers={"accept-language": "ru"})
    assert page.context["attention"] == []


@pytest.mark.clause("4.3")
def test_money_of_another_day_or_amount_needs_a_person(quiet):
    unpaid = a_placed_order(cohort=quiet.cohort)
    receive(a_receipt(unpaid, amount=1000), unpaid)
    receive(a_receipt(quiet), quiet)
    assert counts() == {
        "payments_ledgerentry?waits=short": 1,
        "payments_ledgerentry?waits=double": 1,
    }


def test_a_contradiction_and_an_abandoned_message_need_a_person(quiet):
    conflict = {"handled_at": NOON, "outcome": Outcome.CONFLICT}
    applied = {"handled_at": NOON, "outcome": Outcome.APPLIED}
    for number, facts in enumerate((conflict, {"handled_at": None}, applied)):
        ProviderMessage.objects.create(
            provider="card",
            kind=MessageKind.PAY,
            reference=str(number),
            body="{}",
            body_sha256=str(number),
            received_at=NOON - timedelta(minutes=6),
            **facts,
        )
    assert counts() == {"payments_providermessage?waits=yes": 2}


@pytest.mark.clause("4.4")
def test_a_transfer_that_no_order_took_needs_a_person(quiet):
    bank_details()
    content = a_statement([an_operation(purpose="курс үшін")])
    import_statement(content=content, name="kaspi.txt", by="system", at=NOON)
    assert counts() == {"payments_statementline?attention=waits": 1}


@pytest.mark.clause("4.6")
def test_a_refund_awaits_its_ground(quiet):
    entry = quiet.allocations.get().entry
    record_refund(
        provider=entry.provider,
        reference="back-1",
        refunds_reference=entry.reference,
        amount=entry.amount,
        happened_at=NOON,
        at=NOON,
    )
    assert counts() == {"payments_ledgerentry?ground=none": 1}


@pytest.mark.clause("9.1")
def test_the_day_of_performance_asks_for_completion_or_a_reason(quiet):
    last_day = start_of_day(quiet.cohort.ends_on)
    assert counts(last_day - timedelta(seconds=1)) == {}
    assert counts(last_day) == {"enrollment_enrollment?attention=past": 1}
    exclude_from_completion(
        enrollment=quiet.enrollment, reason="Ауырып қалды", by=an_owner(), at=last_day
    )
    assert counts(last_day) == {"enrollment_enrollment?attention=left-out": 1}


@pytest.mark.clause("9.1")
def test_deadlines_are_told_the_day_before_and_when_overdue(quiet):
    last_day = start_of_day(quiet.cohort.ends_on)
    open_performance_deadlines(at=last_day)
    deadline = quiet.deadlines.get()
    the_day_before = start_of_day(deadline.due_on) - timedelta(days=1)
    past = {"enrollment_enrollment?attention=past": 1}
    assert counts(the_day_before - timedelta(seconds=1)) == past
    assert counts(the_day_before) == {"enrollment_deadline?attention=near": 1} | past
    assert (
        counts(deadline.due_before - timedelta(seconds=1))
        == {"enrollment_deadline?attention=near": 1} | past
    )
    assert counts(deadline.due_before) == {"enrollment_deadline?attention=overdue": 1} | past


@pytest.mark.clause("9.1")
def test_the_deadline_of_a_monday_is_told_on_friday(db):
    order = a_paid_order(cohort=a_cohort(starts_on=date(2026, 12, 7) + timedelta(days=3)))
    open_performance_deadlines(at=start_of_day(order.cohort.ends_on))
    deadline = order.deadlines.get()
    assert (order.cohort.ends_on.isoweekday(), deadline.due_on.isoweekday()) == (1, 1)
    friday = start_of_day(deadline.due_on - timedelta(days=3))
    near = "enrollment_deadline?attention=near"
    assert near not in counts(friday - timedelta(seconds=1))
    assert counts(friday)[near] == counts(friday + timedelta(days=1))[near] == 1


@pytest.mark.clause("12.1")
def test_a_letter_given_up_and_one_that_nobody_sends_need_a_person(quiet):
    first, second = Notice.objects.order_by("pk")[:2]
    Notice.objects.filter(pk=first.pk).update(
        state=NoticeState.DEAD, sent_at=None, last_error="550"
    )
    Notice.objects.filter(pk=second.pk).update(state=NoticeState.QUEUED, sent_at=None)
    assert counts(NOON + timedelta(minutes=9)) == {"notices_notice?attention=dead": 1}
    late = {"notices_notice?attention=dead": 1, "notices_notice?attention=without-owner": 1}
    assert counts(NOON + timedelta(minutes=10)) == late


@pytest.mark.clause("2.4")
def test_a_withdrawn_offer_is_said_first(quiet):
    withdraw_offer(edition=quiet.edition, reason="Мәтінді түзету", by=an_owner(), at=NOON)
    assert next(iter(counts())) == "enrollment_edition?"


def test_each_count_is_the_number_of_rows_its_list_shows(quiet):
    unpaid = a_placed_order(cohort=quiet.cohort)
    receive(a_receipt(unpaid, amount=1000), unpaid)
    Notice.objects.filter(order_code=quiet.code).update(
        state=NoticeState.DEAD, sent_at=None, last_error="550"
    )
    at = start_of_day(quiet.cohort.ends_on) + timedelta(hours=12)
    open_performance_deadlines(at=at)
    at = quiet.deadlines.get().due_before
    MailboxPlace.objects.create(mailbox="Lesbek.l@mail.ru", failing_since=at - timedelta(days=1))
    SendingStop.objects.create(begun_at=at, answer="550 5.4.5", next_attempt_at=at)
    WatchedJob.objects.filter(name="read_mail").update(failure="mail 7 failed")
    WatchedJob.objects.update(expected_before=at)
    desk = signed_in(an_owner())
    with time_machine.travel(at, tick=False):
        matters = needs_attention(user=an_owner(), at=at)
        shown = [desk.get(matter.question.link).context["cl"].result_count for matter in matters]
    assert len(matters) >= 8
    assert all(matter.question.is_listed for matter in matters)
    assert shown == [matter.count for matter in matters]


@pytest.mark.parametrize(
    "question",
    [question for question in QUESTIONS if question.is_listed],
    ids=lambda question: f"{question.listed}-{question.query}",
)
def test_every_question_leads_to_a_list_that_understands_it(db, question):
    answer = signed_in(an_owner()).get(question.link)
    assert answer.status_code == 200


def test_the_number_of_queries_does_not_grow(quiet, django_assert_num_queries):
    owner = an_owner()
    listed = sum(question.is_listed for question in QUESTIONS)
    asked = listed + THE_CALENDAR + (not on_sqlite())  # PostgreSQL is asked for its time
    with django_assert_num_queries(asked):
        needs_attention(user=owner, at=NOON)
    for _more in range(3):
        order = a_placed_order(cohort=quiet.cohort)
        receive(a_receipt(order, amount=1), order)
    with django_assert_num_queries(asked):
        needs_attention(user=owner, at=NOON)


@pytest.mark.clause("5.4")
def test_a_curator_is_asked_nothing_about_money(quiet, at_curators_desk):
    receive(a_receipt(quiet), quiet)
    page = at_curators_desk.get(INDEX)
    assert {matter.question.listed for matter in page.context["attention"]} <= {
        "enrollment_enrollment"
    }
    assert reverse("admin:payments_ledgerentry_changelist") not in page.text


def test_the_first_page_tells_the_counts_and_where_to_go(quiet):
    receive(a_receipt(quiet), quiet)
    page = signed_in(an_owner()).get(INDEX)
    assert page.text.index("/admin/payments/ledgerentry/?waits=double") < page.text.index(
        'id="content-main"'
    )


def test_a_cohort_that_nobody_bought_needs_nothing(db):
    cohort = a_cohort()
    assert counts(start_of_day(cohort.ends_on) + timedelta(days=9)) == {}


@pytest.mark.clause("5.4")
def test_who_has_not_paid_the_rest_is_asked_of_those_who_see_orders(db):
    a_half_paid_order(rest_on=date(2026, 12, 21))
    later = NOON + timedelta(days=30)
    key = "enrollment_enrollment?attention=rest"
    told = {
        role: key in counts(at=later, user=a_member(role))
        for role in ("owner", "manager", "curator")
    }
    assert told == {"owner": True, "manager": True, "curator": False}
