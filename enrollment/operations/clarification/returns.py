"""A question whose letter came back counts as not sent (9.5, 12.1).

The academy's term runs on, and the student's does not run.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from enrollment.models import Clarification
from enrollment.operations.terms.deadlines import lift_deadline, meet_deadline, reopen_deadline
from offer_site.journal.operations import SYSTEM, record
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Bounce
from offer_site.sweeps import one_by_one

from .questions import CLAUSE, lock_question


def reopen_returned_questions(*, at: datetime) -> list[str]:
    """Undo the sending of each open question whose letter came back; return the questions' keys.

    A letter sent instead meets the academy's term when it leaves, and starts the student's.
    """
    returned = Bounce.objects.filter(
        notice__kind=NoticeKind.CLARIFICATION, notice__order_code=OuterRef("order__code")
    )
    counted = returned.filter(
        Q(sent_at=OuterRef("sent_at")) | Q(sent_at=OuterRef("question_term__met_at"))
    )
    taken_back = (
        Clarification.objects.open().filter(Exists(counted)).select_related("order").order_by("pk")
    )
    return [
        question.key
        for question, done in one_by_one(taken_back, lambda each: _take_back(each, at=at))
        if done
    ]


@transaction.atomic
def _take_back(question: Clarification, *, at: datetime) -> bool:
    order, question = lock_question(question)
    term = question.question_term
    about = ("clarification", question.key)
    bounces = Bounce.objects.filter(
        notice__kind=NoticeKind.CLARIFICATION, notice__about_key=question.key, sent_at__isnull=False
    )
    returned = dict(bounces.values_list("sent_at", "status"))
    dispatches = {question.sent_at, term.met_at} & set(returned)
    if not question.is_open or not dispatches:
        return False
    if term.met_at and term.met_at in returned:
        reopen_deadline(
            order=order, clause=CLAUSE, met_at=term.met_at, at=at, occasion=term.occasion
        )
    # Another letter has left since and did not come back.
    if question.sent_at and question.sent_at not in returned:
        meet_deadline(order=order, clause=CLAUSE, at=question.sent_at, occasion=term.occasion)
    else:
        if question.answer_term:
            lift_deadline(order=order, clause=CLAUSE, at=at, occasion=question.answer_term.occasion)
        question.sent_at = question.answer_term = None
        question.save(update_fields=["sent_at", "answer_term"])
    for sent_at in sorted(filter(None, dispatches)):
        facts = {"sent_at": sent_at.isoformat(), "status": returned[sent_at]}
        record(
            "clarification.returned",
            about=about,
            order=order.code,
            facts=facts,
            by=SYSTEM,
            at=at,
            clause=CLAUSE,
        )
    return True
