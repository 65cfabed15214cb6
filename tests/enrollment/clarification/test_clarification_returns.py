"""A question whose letter came back was not sent: both clocks of 9.5 say so,
until a letter leaves that stays away.
"""

from datetime import timedelta

import pytest

from enrollment.models import Clarification, Deadline
from enrollment.operations.clarification.questions import (
    confirm_questions_sent,
    send_question_again,
)
from enrollment.operations.clarification.returns import reopen_returned_questions
from offer_site.journal.models import Entry
from offer_site.notices.bounces import BOUNCED, record_report
from offer_site.notices.models import Notice
from offer_site.notices.operations import send_again as send_letter_again
from offer_site.notices.outbox import send_due_notices
from offer_site.notices.reports import read_report
from tests.enrollment.clarifications import (
    MINUTE,
    a_doubtful_order,
    a_sent_question,
    answered,
    question_of,
    the_letters_leave,
)
from tests.given import NOON, an_owner
from tests.notices.returned import a_report

pytestmark = pytest.mark.django_db
LATER = NOON + 5 * MINUTE
AGAIN = NOON + timedelta(days=1)


def come_back(letter: Notice, *, at=LATER) -> None:
    raw = a_report(Notice.objects.get(pk=letter.pk), at=at)
    assert record_report(report=read_report(raw), raw=raw, at=at) == BOUNCED


def running() -> list[str]:
    return sorted(Deadline.objects.running().values_list("occasion", flat=True))


@pytest.mark.clause("9.5", "12.1")
def test_the_academys_term_runs_again_and_the_students_does_not():
    question = a_sent_question()
    come_back(question.letter)
    assert reopen_returned_questions(at=LATER) == [question.key]
    again = question_of(question.order)
    assert (again.sent_at, again.answer_term, again.question_term.met_at) == (None, None, None)
    assert running() == ["question-1"]
    assert list(Clarification.objects.unsent(LATER + timedelta(hours=1))) == [again]
    entry = Entry.objects.get(verb="clarification.returned")
    assert entry.facts == {"sent_at": question.sent_at.isoformat(), "status": "5.1.1"}
    assert reopen_returned_questions(at=LATER) == confirm_questions_sent(at=LATER) == []


@pytest.mark.clause("9.5")
@pytest.mark.usefixtures("short_contracts")
def test_a_letter_that_came_back_before_it_was_counted_is_never_counted():
    order = a_doubtful_order()
    send_due_notices(at=NOON)
    question = question_of(order)
    come_back(question.letter)
    send_question_again(question=question, by=an_owner(), at=AGAIN)
    assert (question_of(order).sent_at, running()) == (None, ["question-1"])
    the_letters_leave(at=AGAIN)
    question = question_of(order)
    assert question.question_term.met_at == question.sent_at >= AGAIN
    assert running() == ["answer-1.2"]


@pytest.mark.clause("9.5")
def test_the_same_letter_sent_again_starts_the_students_term_from_its_own_day():
    question = a_sent_question()
    come_back(question.letter)
    reopen_returned_questions(at=LATER)
    send_letter_again(notice=question.letter, by="staff:1", at=AGAIN)
    assert the_letters_leave(at=AGAIN) == [question.key]
    again = question_of(question.order)
    assert again.question_term.met_at == again.sent_at >= AGAIN
    assert (again.answer_term.event_on, running()) == (AGAIN.date(), ["answer-1.1.1"])


@pytest.mark.clause("9.5")
@pytest.mark.parametrize("has_left", [False, True])
def test_the_first_letter_came_back_and_another_follows(has_left):
    question = a_sent_question()
    send_question_again(question=question, by=an_owner(), at=AGAIN)
    if has_left:
        the_letters_leave(at=AGAIN)
    come_back(question.letter)
    assert reopen_returned_questions(at=AGAIN) == [question.key]
    assert running() == (["answer-1.2"] if has_left else ["question-1"])
    the_letters_leave(at=AGAIN)
    again = question_of(question.order)
    assert again.question_term.met_at == again.sent_at >= AGAIN
    assert running() == ["answer-1.2"]


def test_the_second_letter_came_back_and_the_first_has_met_the_term():
    question = a_sent_question()
    send_question_again(question=question, by=an_owner(), at=AGAIN)
    the_letters_leave(at=AGAIN)
    come_back(question_of(question.order).letter, at=AGAIN + MINUTE)
    assert reopen_returned_questions(at=AGAIN + MINUTE) == [question.key]
    again = question_of(question.order)
    assert (again.sent_at, again.question_term.met_at, running()) == (None, question.sent_at, [])


def test_a_question_that_was_answered_stays_answered():
    question = answered(a_sent_question())
    come_back(question.letter)
    assert reopen_returned_questions(at=LATER) == []
    assert running() == []


def test_the_number_of_queries_does_not_grow_with_questions(django_assert_num_queries):
    a_sent_question()
    a_sent_question()
    with django_assert_num_queries(1):
        assert reopen_returned_questions(at=LATER) == []
