"""Asking, sending again, withdrawing, answering: each works, is refused, is repeated,
and all at once.
"""

from datetime import date, timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from certificates.operations.issuing import reserve_certificate
from enrollment.models import AnswerSource, Clarification, Deadline, Learner, Party, PartyKind
from enrollment.operations.clarification.questions import (
    ask_by_hand,
    confirm_questions_sent,
    mark_answer_read,
    send_question_again,
    withdraw_question,
)
from enrollment.operations.corrections.answers import answer_question, record_answer_by_staff
from enrollment.operations.corrections.email import correct_email
from enrollment.operations.corrections.learners import correct_name
from enrollment.operations.training.enrollments import open_performance_deadlines
from enrollment.operations.training.terminations import end_refunded_order
from enrollment.rules.recipient import Field
from offer_site.days import start_of_day
from offer_site.documents import Document
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from tests.at_once import at_once
from tests.enrollment.clarifications import (
    MINUTE,
    NO_HOUSE,
    WHOLE,
    a_doubtful_order,
    a_sent_question,
    answered,
    question_of,
    the_letters_leave,
)
from tests.given import (
    NOON,
    a_cohort,
    a_paid_order,
    a_placed_order,
    an_application,
    an_owner,
    receive,
    refusal,
)
from tests.given import a_receipt as money

DAY = timedelta(days=1)
PERFORMED = date(2027, 1, 22)


def verbs(order) -> list[str]:
    rows = Entry.objects.of_order(order.code).filter(verb__startswith="clarification.")
    return [verb.partition(".")[2] for verb in rows.values_list("verb", flat=True)]


def letters() -> int:
    return Notice.objects.filter(kind=NoticeKind.CLARIFICATION).count()


# --- Asked by hand
@pytest.mark.clause("9.5")
def test_staff_ask_in_words_of_their_own(db):
    order = a_paid_order()
    staff = an_owner()
    question = ask_by_hand(
        order=order,
        fields=["learner"],
        words_ru="Как пишется имя?",
        issued=False,
        by=staff,
        at=NOON + DAY,
    )
    letter = Notice.objects.get(kind=NoticeKind.CLARIFICATION)
    assert letter.facts["asked_ru"] == letter.facts["asked_kk"] == "Как пишется имя?"
    assert question.question_term.event_on == (NOON + DAY).date()
    assert (question.asked, question.asked_by) == ([["learner", "asked"]], f"staff:{staff.pk}")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"fields": []}, "fields"),
        ({"fields": ["bin"]}, "fields"),  # a person has none
        ({"fields": ["address"], "issued": True}, None),
        (
            {
                "fields": ["address"],
                "words_kk": "Мекенжайыңыз Алматы қ., Абай даңғылы, 1, 2-пәтер ме?",
            },
            None,
        ),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(db, more, field):
    order = a_paid_order()
    with refusal() as refused:
        ask_by_hand(**({"order": order, "issued": False, "by": an_owner(), "at": NOON} | more))
    assert refused.value.field == field
    assert not Clarification.objects.exists()
    assert letters() == Deadline.objects.count() == 0


def test_there_is_nothing_to_ask_without_a_contract_and_one_question_at_a_time(db):
    for order in (a_placed_order(address=NO_HOUSE), a_doubtful_order()):
        before = letters()
        with refusal():
            ask_by_hand(order=order, fields=["address"], issued=False, by=an_owner(), at=NOON)
        assert letters() == before


def test_the_database_itself_holds_one_open_question_an_order(db):
    question = question_of(a_doubtful_order())
    question.pk = None
    question.number = 2
    question._state.adding = True
    with (
        pytest.raises(IntegrityError, match="an_order_has_one_open_clarification"),
        transaction.atomic(),
    ):
        question.save()


# --- Sent, and sent again
def test_counting_the_letters_that_left_is_done_once(db):
    order = a_doubtful_order()
    assert confirm_questions_sent(at=NOON) == []
    assert the_letters_leave() == [f"{order.code}-1"]
    assert confirm_questions_sent(at=NOON) == []
    assert verbs(order) == ["asked", "sent"]


@pytest.mark.clause("9.5")
def test_a_letter_sent_again_starts_the_users_term_anew_and_leaves_the_academys_met(db):
    question = a_sent_question()
    send_question_again(question=question, by=an_owner(), at=NOON + 7 * DAY)
    the_letters_leave(at=NOON + 7 * DAY)
    again = question_of(question.order)
    assert (again.letters, again.answer_term.event_on) == (2, (NOON + 7 * DAY).date())
    assert again.question_term.met_at.date() == NOON.date()
    assert not Clarification.objects.overdue(NOON + 7 * DAY).exists()
    assert [term.occasion for term in Deadline.objects.running()] == ["answer-1.2"]


def test_a_letter_on_its_way_is_not_sent_again_nor_one_of_a_closed_question(db):
    closed = answered(a_sent_question())
    for question in (closed, question_of(a_doubtful_order())):
        before = letters()
        with refusal():
            send_question_again(question=question, by=an_owner(), at=NOON)
        assert letters() == before


# --- Answered
def test_the_same_answer_again_changes_nothing(db):
    question = a_sent_question()
    answered(question)
    facts = Party.objects.count(), Entry.objects.count(), letters()
    again, is_new = answer_question(
        question=question,
        values={"address": "Басқа мекенжай, 5"},
        confirmed=(),
        by="visitor",
        at=NOON + DAY,
    )
    assert (is_new, again.order.party.address) == (False, WHOLE)
    assert facts == (Party.objects.count(), Entry.objects.count(), letters())


@pytest.mark.parametrize(
    "values", [{"address": "Шымкент қаласы"}, {"address": "-"}, {"address": ""}, {}]
)
def test_an_answer_that_leaves_the_question_where_it_was_is_refused(db, values):
    question = a_sent_question()
    with refusal() as refused:
        answer_question(question=question, values=values, confirmed=(), by="visitor", at=NOON)
    assert refused.value.field == "address"
    assert question_of(question.order).is_open
    assert Party.objects.get(order=question.order).address == NO_HOUSE


@pytest.mark.clause("9.5")
def test_what_is_doubtful_may_be_confirmed_and_is_not_asked_again(db):
    question = a_sent_question()
    answered(question, confirmed={Field.ADDRESS})
    order = question.order
    assert Party.objects.get(order=order).address == NO_HOUSE
    assert verbs(order) == ["asked", "sent", "answered"]
    correct_email(order=order, email="other@example.kz", by="staff:1", at=NOON, document="№ 1")
    assert letters() == 1


def test_what_is_missing_cannot_be_confirmed(db):
    order = a_paid_order(application=an_application(kind=PartyKind.COMPANY, position=""))
    with refusal() as refused:
        answered(question_of(order), confirmed={Field.POSITION})
    assert refused.value.field == "position"
    answered(question_of(order), position="директор")
    assert Party.objects.get(order=order).position == "директор"


def test_a_name_in_the_answer_is_the_learners_and_what_was_accepted_is_kept(db):
    order = a_paid_order(surname="Әбiлқасымова")
    answered(question_of(order), learner_surname="Әбілқасымова")
    learner = Learner.objects.get(order=order)
    assert learner.surname == "Әбілқасымова"
    assert learner.as_accepted(order.acceptance.sealed["learner"]).surname == "Әбiлқасымова"


def test_an_answer_into_a_learner_of_the_same_cohort_is_refused(db):
    cohort = a_cohort()
    a_paid_order(cohort=cohort, email="family@example.kz")
    order = a_paid_order(cohort=cohort, email="family@example.kz", surname="Әбiлқасымова")
    with refusal() as refused:
        answered(question_of(order), learner_surname="Әбілқасымова")
    assert refused.value.field == "learner_surname"
    assert question_of(order).is_open


@pytest.mark.clause("9.5", "12.1.2.2")
def test_a_mistyped_mailbox_is_corrected_and_both_addresses_are_told(db):
    order = a_paid_order(email="gulnur@gmail.con")
    assert question_of(order).asked == [["email", "misspelt"]]
    answered(question_of(order), email="gulnur@gmail.com")
    assert Party.objects.get(order=order).email == "gulnur@gmail.com"
    told = Notice.objects.filter(kind=NoticeKind.EMAIL_CORRECTED).values_list(
        "recipient", flat=True
    )
    assert set(told) == {"gulnur@gmail.con", "gulnur@gmail.com"}
    assert letters() == 1


def test_an_answer_before_the_letter_left_lifts_the_academys_term(db):
    order = a_doubtful_order()
    answered(question_of(order))
    assert not Deadline.objects.running().exists()
    assert Entry.objects.filter(verb="deadline.lifted").count() == 1


def test_an_answer_told_to_staff_needs_a_note_or_a_document(db):
    question = a_sent_question()
    told = partial(
        record_answer_by_staff,
        question=question,
        values={"address": WHOLE},
        confirmed=(),
        how=AnswerSource.PHONE,
        by="staff:1",
        at=NOON + MINUTE,
    )
    with refusal() as refused:
        told(note=" ", document=None)
    assert refused.value.field == "note"
    told(note="", document=Document(b"%PDF-1.7 %%EOF", "application/pdf"))
    closed = question_of(question.order)
    assert (closed.answered_how, bool(closed.document)) == (AnswerSource.PHONE, True)
    assert (
        Entry.objects.get(verb="clarification.answered").facts["document"] == closed.document_sha256
    )


@pytest.mark.clause("5.4", "9.5")
def test_an_email_told_to_staff_is_not_another_buyers_unless_that_is_confirmed(db):
    order = a_paid_order(email="gulnur@gmail.con")
    a_paid_order(email="known@example.kz", surname="Омарова", name="Диана")
    told = partial(
        record_answer_by_staff,
        question=question_of(order),
        values={"email": "known@example.kz"},
        how=AnswerSource.PHONE,
        note="телефонмен",
        document=None,
        by="staff:1",
        at=NOON + MINUTE,
    )
    with refusal() as refused:
        told(confirmed=())
    assert refused.value.field == "email"
    assert Party.objects.get(order=order).email == "gulnur@gmail.con"
    assert question_of(order).is_open
    told(confirmed={"email"})
    assert Party.objects.get(order=order).email == "known@example.kz"


def test_only_an_answer_from_the_page_is_to_be_read_by_staff(db):
    question = answered(a_sent_question())
    assert list(Clarification.objects.unread()) == [question]
    for _again in range(2):
        mark_answer_read(question=question, by=an_owner(), at=NOON + DAY)
    assert not Clarification.objects.unread().exists()
    assert verbs(question.order).count("read") == 1


# --- Withdrawn, corrected, ended
def test_a_withdrawn_question_is_closed_with_its_terms_and_not_asked_again(db):
    question = a_sent_question()
    withdraw_question(question=question, reason="жетеді", by=an_owner(), at=NOON)
    assert not Deadline.objects.running().exists()
    with refusal():
        withdraw_question(question=question, reason="тағы", by=an_owner(), at=NOON)
    assert question_of(question.order).reason == "жетеді"
    assert letters() == 1


@pytest.mark.clause("9.5")
def test_a_correction_that_leaves_nothing_of_the_question_answers_it(db):
    order = a_paid_order(surname="Әбiлқасымова")
    correct_name(
        learner=order.learner,
        surname="Әбілқасымова",
        name="Гүлнұр",
        patronymic="",
        issued=False,
        by="user:1",
        at=NOON,
    )
    assert question_of(order).answered_how == AnswerSource.CORRECTION


def test_an_open_question_follows_a_corrected_email(db):
    question = a_sent_question()
    correct_email(
        order=question.order, email="new@example.kz", by="staff:1", at=NOON, document="№ 1"
    )
    assert question_of(question.order).letter.recipient == "new@example.kz"


def test_a_contract_that_ends_takes_its_question_along(db):
    question = a_sent_question()
    with transaction.atomic():
        order = type(question.order).objects.locked().get(pk=question.order_id)
        end_refunded_order(order=order, occasion="refund", by=an_owner(), at=NOON)
    assert question_of(order).withdrawn_at == NOON
    assert not Deadline.objects.running().exists()


@pytest.mark.clause("12.3", "9.1")
@pytest.mark.parametrize("was_answered", [False, True])
def test_an_ended_contract_owes_no_certificate_and_asks_nothing(db, was_answered):
    question = a_sent_question()
    open_performance_deadlines(at=start_of_day(PERFORMED))
    if was_answered:  # the stopped term has begun anew
        answered(question, at=start_of_day(PERFORMED) + DAY)
    with transaction.atomic():
        order = type(question.order).objects.locked().get(pk=question.order_id)
        end_refunded_order(
            order=order, occasion="refund", by=an_owner(), at=start_of_day(PERFORMED) + 2 * DAY
        )
    terms = Deadline.objects.filter(order=order)
    assert not terms.running().exists()
    assert terms.filter(clause="9.1").count() == 1 + was_answered, (
        "nothing begins anew for a contract that ended"
    )
    assert not question_of(order).is_open


# --- At once
LOST = (RuleViolation, IntegrityError)  # to whoever was faster


def an_answer(question, number):
    return partial(answered, question, address=f"Алматы қаласы, Абай даңғылы, {number}")


def test_answers_at_once_are_one_answer(transactional_db):
    question = a_sent_question()
    at_once([an_answer(question, number) for number in range(1, 9)], errors=LOST)
    assert verbs(question.order).count("answered") == 1
    assert Party.objects.filter(former_of__isnull=False).count() == 1


@pytest.mark.faults
def test_without_the_lock_answers_at_once_go_wrong(transactional_db, monkeypatch):
    """The control: the test above can fail."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE journal_entry DROP CONSTRAINT IF EXISTS a_chain_has_one_row_a_number"
        )
    rounds = formers = 0
    while formers <= rounds < 5:  # threads that happened to come one by one prove nothing
        rounds += 1
        question = a_sent_question()
        at_once([an_answer(question, number) for number in range(1, 9)], errors=LOST)
        formers = Party.objects.filter(former_of__isnull=False).count()
    assert formers > rounds or Entry.objects.filter(verb="clarification.answered").count() > rounds


def test_questions_of_two_of_the_staff_at_once_are_one_question(transactional_db):
    order = a_paid_order()
    staff = an_owner()
    ask = partial(ask_by_hand, order=order, fields=["address"], issued=False, by=staff, at=NOON)
    done = at_once([ask] * 6, errors=LOST)
    assert [type(each) for each in done].count(Clarification) == 1
    assert letters() == Clarification.objects.count() == 1


def test_a_withdrawal_and_an_answer_at_once_end_the_question_once(transactional_db):
    question = a_sent_question()
    staff = an_owner()
    take_back = partial(
        withdraw_question, question=question, reason="жетеді", by=staff, at=NOON + MINUTE
    )
    at_once([take_back, an_answer(question, 7)] * 3, errors=LOST)
    ended = question_of(question.order)
    assert bool(ended.answered_at) != bool(ended.withdrawn_at)
    assert sum(verb in ("answered", "withdrawn") for verb in verbs(question.order)) == 1


def test_a_conclusion_and_its_repetition_ask_once(db):
    order = a_placed_order(address=NO_HOUSE)
    payment = money(order)
    receive(payment, order)
    receive(payment, order)
    assert letters() == Clarification.objects.count() == 1


def test_without_a_completed_service_no_certificate_is_reserved_either(db):
    with refusal():
        reserve_certificate(enrollment_id=a_doubtful_order().enrollment.pk, at=NOON)
