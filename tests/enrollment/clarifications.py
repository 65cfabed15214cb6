"""Scenes of 9.5: an order whose recipient is doubtful, its question sent, and answers to it."""

from datetime import datetime, timedelta
from typing import Any

from enrollment.models import Clarification, Order
from enrollment.operations.clarification.questions import confirm_questions_sent
from enrollment.operations.corrections.answers import answer_question
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from offer_site.notices.outbox import send_notice
from tests.given import NOON, a_paid_order

NO_HOUSE = "Алматы қаласы, Абай даңғылы"
WHOLE = "Алматы қаласы, Абай даңғылы, 12, 5-пәтер"
MINUTE = timedelta(minutes=1)


def a_doubtful_order(*, at: datetime = NOON, **wishes: Any) -> Order:
    """An order under contract whose address has no house:
    the question was asked with the conclusion.
    """
    return a_paid_order(at=at, **({"address": NO_HOUSE} | wishes))


def question_of(order: Order) -> Clarification:
    """The order's last question, as it is now."""
    return (
        Clarification.objects.with_terms()
        .select_related("letter")
        .filter(order=order)
        .order_by("-number")
        .first()
    )


def the_letters_leave(*, at: datetime = NOON) -> list[str]:
    """Send what is due, each as its own task does, and count it, as the clock does.

    The letter of the contract stays in the outbox: its paper takes seconds to set.
    """
    due = Notice.objects.due(at).exclude(kind=NoticeKind.CONTRACT_CONCLUDED).order_by("pk")
    for notice in list(due):
        send_notice(notice_id=notice.pk, at=at)
    return confirm_questions_sent(at=at)


def a_sent_question(*, at: datetime = NOON, **wishes: Any) -> Clarification:
    """A question whose letter has left: the student's clock runs."""
    order = a_doubtful_order(at=at, **wishes)
    the_letters_leave(at=at)
    return question_of(order)


def answered(
    question: Clarification, *, at: datetime = NOON + MINUTE, confirmed: Any = (), **values: Any
) -> Clarification:
    """The student's answer; without values it is the whole address."""
    values = values or ({} if confirmed else {"address": WHOLE})
    return answer_question(
        question=question, values=values, confirmed=confirmed, by="visitor", at=at
    )[0]
