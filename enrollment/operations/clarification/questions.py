"""The question of 9.5: asked, sent, sent again, withdrawn.

Two terms of three working days run with it: the academy's to ask, and the student's to answer.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import (
    AnswerSource,
    Clarification,
    Debtor,
    Enrollment,
    Invoice,
    Order,
    PartyKind,
)
from enrollment.operations.links import clarification_link
from enrollment.operations.terms.certificate_clock import (
    orders_beside,
    restart_certificate_clock,
    stop_certificate_clock,
)
from enrollment.operations.terms.deadlines import lift_deadline, meet_deadline, open_deadline
from enrollment.rules.order_states import OrderState
from enrollment.rules.recipient import Doubt, Field, Reason, doubts_of
from offer_site.accounts.models import User
from offer_site.calendar.operations import current_calendar
from offer_site.calendar.rules import working_day_term
from offer_site.days import almaty_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import SYSTEM, actor, record
from offer_site.languages import speaking
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice, NoticeState
from offer_site.notices.operations import queue_notice
from offer_site.sweeps import one_by_one

from .recipient import OF_COMPANY, recipient_of, settled_by, unsettled_doubts

CLAUSE = "9.5"
GAP = Doubt(Field.ADDRESS, Reason.MISSING)
UNDER_CONTRACT = (OrderState.PREPAID, OrderState.PAID, OrderState.COMPLETED)


def ask_if_doubtful(
    order: Order, *, found_on: date, at: datetime, gaps: bool | None = None
) -> Clarification | None:
    """Ask about what is incomplete or contradictory (9.5).

    The home address, which nobody asks for before the payment, is a gap: `gaps` says whether it is
    asked about; None leaves that to the day (`gaps_are_asked`).

    None when nothing is, or a question is open. What is doubtful about a company is asked once for
    all orders of its invoice: under the order that is accepted first. The caller holds the lock of
    the order, read with its people, and knows that no certificate is issued yet.
    """
    doubts = unsettled_doubts(order)
    if GAP in doubts and order.party.kind != PartyKind.COMPANY:
        is_time = gaps_are_asked(order, at=at) if gaps is None else gaps
        doubts = [doubt for doubt in doubts if is_time or doubt != GAP]
    invoice = order.invoice
    about_company = any(doubt.field in OF_COMPANY for doubt in doubts)
    # Whoever accepts another order of the invoice at the same moment waits here, and then sees that
    # the question is asked.
    if invoice and about_company:
        Invoice.objects.select_for_update(no_key=True).get(pk=invoice.pk)
        doubts = unsettled_doubts(order)
        about_company = any(doubt.field in OF_COMPANY for doubt in doubts)
    if not doubts or Clarification.objects.open().filter(order=order).exists():
        return None
    return _ask(
        order,
        doubts,
        found_on=found_on,
        by=SYSTEM,
        at=at,
        invoice=invoice if about_company else None,
    )


def gaps_are_asked(order: Order, *, at: datetime) -> bool:
    """True as soon as the service ends so soon that the certificate needs what is not told yet."""
    enrollment = Enrollment.objects.select_related("cohort").filter(order=order).first()
    return enrollment is not None and enrollment.day_of_performance <= last_day_of_gaps(at)


def last_day_of_gaps(at: datetime) -> date:
    return almaty_day(at) + timedelta(days=settings.GAPS_ASKED_DAYS_BEFORE_END)


def ask_for_gaps(*, at: datetime) -> list[str]:
    """Ask for each home address that was not told and is needed soon; return the questions' keys.

    Each is asked in a transaction of its own (9.5, 9.3).
    """
    due = (
        Order.objects.lacking_address(by=last_day_of_gaps(at))
        .exclude(pk__in=Clarification.objects.open().values("order"))
        .order_by("pk")
    )
    asked = one_by_one(due, lambda order: _ask_for_gap(order, at=at))
    return [question.key for _order, question in asked if question]


@transaction.atomic
def _ask_for_gap(order: Order, *, at: datetime) -> Clarification | None:
    order = Order.objects.people_locked().with_people().get(pk=order.pk)
    if order.state not in UNDER_CONTRACT or not order.party.lacks_address:
        return None
    return ask_if_doubtful(order, found_on=almaty_day(at), at=at, gaps=True)


@transaction.atomic(savepoint=False)
def ask_by_hand(
    *,
    order: Order,
    fields: Sequence[str],
    words_kk: str = "",
    words_ru: str = "",
    issued: bool,
    by: User,
    at: datetime,
) -> Clarification:
    """Ask what staff want to know, in words of their own or in the usual ones (9.5).

    The core knows no certificates: the caller says whether one is `issued`, and holds the order's
    lock while it asks.
    """
    order = Order.objects.locked().with_people().get(pk=order.pk)
    order.require(*UNDER_CONTRACT, message=_("There is no contract to ask about."), clause=CLAUSE)
    if issued:
        raise RuleViolation(
            _("The certificate is issued already. Correct it instead."), clause=CLAUSE
        )
    if Clarification.objects.open().filter(order=order).exists():
        raise RuleViolation(
            _("A question is open already. Wait for its answer, or withdraw it."), clause=CLAUSE
        )
    known = recipient_of(order).fields
    asked = [field for field in known if field in fields]
    if not asked:
        raise RuleViolation(_("Choose what to ask about."), clause=CLAUSE, field="fields")
    _require_no_protected_value(order, words_kk + words_ru)
    found = {doubt.field: doubt for doubt in doubts_of(recipient_of(order))}
    doubts = [found.get(field, Doubt(field, Reason.ASKED)) for field in asked]
    return _ask(
        order,
        doubts,
        found_on=almaty_day(at),
        by=actor(by),
        at=at,
        words={"words_kk": words_kk, "words_ru": words_ru},
    )


@transaction.atomic(savepoint=False)
def send_question_again(*, question: Clarification, by: User, at: datetime) -> Clarification:
    """Send the letter once more, to the e-mail registered now (9.5).

    The student's term starts anew on the day when this letter leaves.
    """
    order, question = lock_question(question)
    if not question.is_open:
        raise RuleViolation(_("This question is closed already."), clause=CLAUSE)
    if question.letter.state == NoticeState.QUEUED:
        raise RuleViolation(_("The letter is on its way still."), clause=CLAUSE)
    count_letter(order, question, at=at)
    _send_anew(order, question, by=actor(by), at=at)
    return question


@transaction.atomic(savepoint=False)
def withdraw_question(
    *, question: Clarification, reason: str, by: User, at: datetime
) -> Clarification:
    """End a question without an answer (9.5).

    The certificate is then made from the data there are (9.1).
    """
    order, question = lock_question(question)
    if not question.is_open:
        raise RuleViolation(_("This question is closed already."), clause=CLAUSE)
    _withdraw(order, question, reason=reason, by=actor(by), at=at)
    return question


@transaction.atomic(savepoint=False)
def mark_answer_read(*, question: Clarification, by: User, at: datetime) -> Clarification:
    order, question = lock_question(question)
    if question.answered_at and not question.read_at:
        question.read_at = at
        question.read_by = actor(by)
        question.save(update_fields=["read_at", "read_by"])
        _record("clarification.read", order, question, by=actor(by), at=at)
    return question


def confirm_questions_sent(*, at: datetime) -> list[str]:
    """Start the student's term for each question whose letter has left; return the questions' keys.

    The terms count from the moment when the letter left.
    """
    left = Clarification.objects.letter_has_left().select_related("order").order_by("pk")
    return [
        question.key
        for question, counted in one_by_one(left, lambda each: _confirm(each, at=at))
        if counted
    ]


def end_question_of_ended_order(order: Order, *, by: str, at: datetime) -> None:
    """Withdraw the open question of a contract that ended (12.3).

    The caller holds the order's lock. What the question asked about a company is asked under the
    next order of the invoice: the certificates of those orders still state it.
    """
    question = (
        Clarification.objects.open()
        .filter(order=order)
        .select_related("question_term", "answer_term")
        .first()
    )
    if question is None:
        return
    _withdraw(order, question, reason=_("The contract has ended."), by=by, at=at)
    if question.invoice_id:
        question.settled = []
        question.save(update_fields=["settled"])
    for other in orders_beside(question).filter(state__in=UNDER_CONTRACT):
        if ask_if_doubtful(other, found_on=almaty_day(at), at=at):
            break


def follow_correction(order: Order, *, by: str, at: datetime, email_changed: bool = False) -> None:
    """Close the open question if a correction answered it; if the e-mail changed, send it again.

    The caller holds the order's lock. A correction never closes what staff asked in words of their
    own, nor a question asked for all orders of a company's invoice.
    """
    question = (
        Clarification.objects.open()
        .filter(order=order)
        .select_related("question_term", "answer_term")
        .first()
    )
    if question is None:
        return
    order = Order.objects.with_people().get(pk=order.pk)
    asked = question.doubts
    left = doubts_of(recipient_of(order))
    if question.invoice_id is None and not any(
        doubt in left or doubt.reason == Reason.ASKED for doubt in asked
    ):
        close_as_answered(order, question, how=AnswerSource.CORRECTION, facts={}, by=by, at=at)
    elif email_changed:
        count_letter(order, question, at=at)
        _send_anew(order, question, by=SYSTEM, at=at)


def lock_question(question: Clarification) -> tuple[Order, Clarification]:
    """Lock a question's order with its people, and all orders of its invoice.

    A question about the learner alone may lead to one about the company. Returns the order and the
    question as they are after the lock.
    """
    locked = Order.objects.people_locked().with_people().beside(pk=question.order_id)
    order = next(order for order in locked if order.pk == question.order_id)
    current = Clarification.objects.with_terms().select_related("letter").get(pk=question.pk)
    current.order = order
    return order, current


def count_letter(order: Order, question: Clarification, *, at: datetime) -> bool:
    """Meet the academy's term with the letter that left, and start the student's term (9.5).

    False while no letter has left. The caller holds the order's lock. A letter that was sent again
    starts the student's term anew; one that came back counts as not sent (returns.py).
    """
    sent_at = question.letter.sent_at if question.letter.state == NoticeState.SENT else None
    if question.sent_at or sent_at is None or not question.is_open:
        return False
    question.sent_at = sent_at
    meet_deadline(order=order, clause=CLAUSE, at=sent_at, occasion=question.question_term.occasion)
    if question.answer_term:
        lift_deadline(
            order=order, clause=CLAUSE, at=sent_at, occasion=question.answer_term.occasion
        )
    question.answer_term = open_deadline(
        order=order,
        clause=CLAUSE,
        days=order.edition.terms["clarification_answer_working_days"],
        in_working_days=True,
        event_on=almaty_day(sent_at),
        owed_by=Debtor.USER,
        at=at,
        occasion=_occasion_of_answer(question),
        about=("clarification", question.key),
        told_on=date.fromisoformat(question.letter.facts["answer_on"]),
    )
    question.save(update_fields=["sent_at", "answer_term"])
    _record(
        "clarification.sent",
        order,
        question,
        by=SYSTEM,
        at=at,
        facts={"sent_at": sent_at.isoformat()},
    )
    return True


def close_as_answered(
    order: Order,
    question: Clarification,
    *,
    how: AnswerSource,
    facts: Mapping[str, object],
    by: str,
    at: datetime,
) -> None:
    """Close a question as answered, and start the term of 9.1 anew if the question stopped it.

    The caller holds the order's lock.
    """
    count_letter(order, question, at=at)
    question.answered_at = at
    question.answered_by = by
    question.answered_how = how
    question.settled = settled_by(question, order)
    question.save()
    if question.answer_term:
        meet_deadline(order=order, clause=CLAUSE, at=at, occasion=question.answer_term.occasion)
    lift_deadline(order=order, clause=CLAUSE, at=at, occasion=question.question_term.occasion)
    _record(
        "clarification.answered", order, question, by=by, at=at, facts={"how": how.value, **facts}
    )
    restart_certificate_clock(question, at=at)


def _ask(
    order: Order,
    doubts: Sequence[Doubt],
    *,
    found_on: date,
    by: str,
    at: datetime,
    words: dict[str, str] | None = None,
    invoice: Invoice | None = None,
) -> Clarification:
    last = (
        Clarification.objects.filter(order=order)
        .order_by("-number")
        .values_list("number", flat=True)
        .first()
    )
    number = (last or 0) + 1
    term = open_deadline(
        order=order,
        clause=CLAUSE,
        days=order.edition.terms["clarification_request_working_days"],
        in_working_days=True,
        event_on=found_on,
        owed_by=Debtor.ACADEMY,
        at=at,
        occasion=f"question-{number}",
        about=("clarification", f"{order.code}-{number}"),
    )
    question = Clarification(
        order=order,
        invoice=invoice,
        number=number,
        asked=[list(doubt) for doubt in doubts],
        asked_at=at,
        asked_by=by,
        question_term=term,
        **(words or {}),
    )
    question.letter = _queue_question(order, question, at=at)
    question.save(force_insert=True)
    _record("clarification.asked", order, question, by=by, at=at, facts={"asked": question.asked})
    stop_certificate_clock(question, at=at)
    return question


def _queue_question(order: Order, question: Clarification, *, at: datetime) -> Notice:
    days = order.edition.terms["clarification_answer_working_days"]
    texts: dict[str, str | int] = {}
    for language in ("kk", "ru"):
        with speaking(language):
            texts[f"asked_{language}"] = "\n".join(
                " ".join(each.split()) for each in question.sentences
            )
    return queue_notice(
        NoticeKind.CLARIFICATION,
        about=("clarification", question.key),
        to=order.party.email,
        language=order.language,
        order=order.code,
        occasion=f"letter-{question.letters}",
        at=at,
        facts={
            "answer_on": working_day_term(almaty_day(at), days, current_calendar()).isoformat(),
            "days": days,
            "many": len(question.doubts),
            "answer_url": clarification_link(order),
            **texts,
        },
    )


def _occasion_of_answer(question: Clarification) -> str:
    """The student's term is named after its letter, and after how often that letter came back."""
    returned = question.letter.bounces.count()
    return f"answer-{question.number}.{question.letters}" + (f".{returned}" if returned else "")


def _send_anew(order: Order, question: Clarification, *, by: str, at: datetime) -> None:
    question.letters += 1
    question.letter = _queue_question(order, question, at=at)
    question.sent_at = None
    question.save(update_fields=["letters", "letter", "sent_at"])
    _record("clarification.sent_again", order, question, by=by, at=at)


def _withdraw(order: Order, question: Clarification, *, reason: str, by: str, at: datetime) -> None:
    question.withdrawn_at = at
    question.withdrawn_by = by
    question.reason = reason
    question.settled = settled_by(question, order)
    question.save()
    for term in filter(None, (question.question_term, question.answer_term)):
        lift_deadline(order=order, clause=CLAUSE, at=at, occasion=term.occasion)
    # The reason stays on the row, out of the journal: it may name a person.
    _record("clarification.withdrawn", order, question, by=by, at=at)
    restart_certificate_clock(question, at=at)


@transaction.atomic
def _confirm(question: Clarification, *, at: datetime) -> bool:
    order, question = lock_question(question)
    return count_letter(order, question, at=at)


def _record(
    verb: str,
    order: Order,
    question: Clarification,
    *,
    by: str,
    at: datetime,
    facts: dict[str, object] | None = None,
) -> None:
    record(
        verb,
        about=("clarification", question.key),
        order=order.code,
        facts=facts or {},
        by=by,
        at=at,
        clause=CLAUSE,
    )


def _require_no_protected_value(order: Order, words: str) -> None:
    """Refuse words that repeat an address or an IIN: the outbox keeps letters unencrypted (5.4)."""
    party = order.party
    learner = order.learner
    folded = " ".join(words.casefold().split())
    for value in (party.address, party.postal_address, party.iin, learner.iin):
        if value and " ".join(value.casefold().split()) in folded:
            raise RuleViolation(_("Leave addresses and IINs out of the letter."), clause="5.4")
