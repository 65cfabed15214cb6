"""A term that ends soon is warned of, one that is over is told of: once each, to who owes it."""

from datetime import date, timedelta
from functools import partial

import pytest

from enrollment.models import ClaimKind, Deadline, Debtor, Order
from enrollment.operations.terms.deadlines import meet_deadline, open_deadline
from enrollment.operations.terms.watching import watch_terms
from offer_site.audit.deadlines import late_terms_were_told
from offer_site.days import end_of_day, start_of_day
from offer_site.notices.letters import letter_bytes
from offer_site.notices.models import Notice
from tests.at_once import at_once
from tests.enrollment.claims.scenes import a_claim as a_filed_claim
from tests.enrollment.clarifications import a_doubtful_order, a_sent_question
from tests.enrollment.force_majeure.scenes import put_off_by
from tests.given import NOON, a_cohort, a_paid_order, an_owner
from tests.mailbox import parse, text_of
from tests.payments.refunds.scenes import a_case
from tests.staff.conftest import a_member

HOUR = timedelta(hours=1)
LAST_DAY = date(2026, 11, 26)  # three working days after a Monday
THE_DAY_BEFORE = start_of_day(date(2026, 11, 25)) + 10 * HOUR
OVER = end_of_day(LAST_DAY) + 10 * HOUR


@pytest.fixture(autouse=True)
def without_broker(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True


def letters(kind: str) -> list[Notice]:
    return list(Notice.objects.filter(kind=kind).order_by("pk"))


def told(at) -> list[tuple[str, bool]]:
    return [(each.clause, each.is_over) for each in watch_terms(at=at)]


def a_claim(order: Order, **wishes) -> Deadline:
    term = {
        "clause": "10.2.4",
        "days": 3,
        "in_working_days": True,
        "event_on": NOON.date(),
        "owed_by": Debtor.USER,
        "at": NOON,
    }
    return open_deadline(order=order, **(term | wishes))


# --- What the student owes
@pytest.mark.clause("9.5")
def test_a_student_is_reminded_of_the_answer_once_and_told_once_that_it_is_late(db):
    question = a_sent_question()
    assert told(THE_DAY_BEFORE - 24 * HOUR) == []
    assert told(THE_DAY_BEFORE) == [("9.5", False)]
    assert told(THE_DAY_BEFORE + HOUR) == []
    (reminder,) = letters("term-near")
    assert reminder.recipient == question.order.party.email
    assert reminder.facts["until"] == "2026-11-26"
    assert "/clarification/?key=" in reminder.facts["page_url"]
    assert told(OVER) == [("9.5", True)]
    assert told(OVER + 24 * HOUR) == []
    assert len(letters("term-over")) == 1
    assert letters("terms-over") == letters("terms-near") == []
    assert list(late_terms_were_told(OVER + 48 * HOUR)) == []


def test_both_languages_say_what_is_to_be_done(db):
    a_sent_question()
    watch_terms(at=THE_DAY_BEFORE)
    _subject, raw = letter_bytes(letters("term-near")[0], at=THE_DAY_BEFORE)
    text = text_of(parse(raw))
    assert "Не істеу керек: сертификат алушы туралы сұраққа жауап беру." in text
    assert "Что нужно сделать: ответить на вопрос о получателе сертификата." in text


def test_an_answered_question_is_told_of_no_more(db):
    order = a_paid_order()
    a_claim(order)
    meet_deadline(order=order, clause="10.2.4", at=NOON)
    assert told(THE_DAY_BEFORE) == told(OVER) == []


def test_an_objection_that_was_not_made_is_not_called_late(db):
    a_claim(a_paid_order(), clause="12.2.1")
    assert told(THE_DAY_BEFORE) == [("12.2.1", False)]
    told(OVER)
    assert letters("term-over") == []
    assert Deadline.objects.get().alarmed_at == OVER
    assert list(late_terms_were_told(OVER + 48 * HOUR)) == []


def test_a_term_that_moved_is_told_of_anew(db):
    order = a_paid_order()
    a_claim(order)
    told(THE_DAY_BEFORE)
    put_off_by(order, 7, at=THE_DAY_BEFORE)
    assert told(OVER) == []
    assert told(OVER + 5 * 24 * HOUR) == [("10.2.4", False)]
    assert len(letters("term-near")) == 2


# --- What the academy owes
@pytest.mark.clause("9.5", "10.2.3")
def test_staff_whose_work_it_is_get_one_letter_for_all_terms(db):
    cohort = a_cohort()
    a_doubtful_order(cohort=cohort)  # its letter has not left
    a_claim(a_paid_order(cohort=cohort), clause="10.2.3", owed_by=Debtor.ACADEMY)
    owner, manager = an_owner(), a_member("manager")
    a_member("accountant")
    a_member("curator")
    assert sorted(told(THE_DAY_BEFORE)) == [("10.2.3", False), ("9.5", False)]
    assert told(THE_DAY_BEFORE) == []
    warned = {each.recipient: each.facts["count"] for each in letters("terms-near")}
    assert warned == {owner.email: 2, manager.email: 2}
    told(OVER)
    assert {each.recipient for each in letters("terms-over")} == set(warned)
    assert letters("term-near") == letters("term-over") == []
    assert list(late_terms_were_told(OVER + 48 * HOUR)) == []


@pytest.mark.clause("10.2.3", "10.2.4")
def test_the_terms_of_a_claim_reach_those_who_answer_claims(db):
    """A claim of money is decided by a refund case as well, so both are told; once each."""
    owner, manager, accountant = a_member("owner"), a_member("manager"), a_member("accountant")
    service = a_filed_claim()
    money = a_filed_claim(kind=ClaimKind.MONEY, amount=10_000, calculation="10 000")
    case = a_case(a_paid_order())
    watch_terms(at=service.answer_term.due_before)
    told_of = {
        letter.recipient: [term["order"] for term in letter.facts["terms"]]
        for letter in letters("terms-over")
    }
    of_claims = sorted([service.order.code, money.order.code])
    assert sorted(told_of[manager.email]) == of_claims
    assert sorted(told_of[accountant.email]) == sorted([money.order.code, case.order.code])
    assert sorted(told_of[owner.email]) == sorted([*of_claims, case.order.code])


def test_a_letter_to_staff_names_orders_and_nobody(db):
    order = a_doubtful_order()
    owner = an_owner()
    watch_terms(at=THE_DAY_BEFORE)
    (letter,) = letters("terms-near")
    assert letter.recipient == owner.email
    _subject, raw = letter_bytes(letter, at=THE_DAY_BEFORE)
    text = text_of(parse(raw))
    assert order.code in text
    assert order.party.surname not in text
    assert "/admin/enrollment/deadline/?attention=near" in text


@pytest.mark.clause("9.1")
def test_certificates_and_rests_have_clocks_of_their_own(db):
    order = a_paid_order()
    a_claim(order, clause="9.1", owed_by=Debtor.ACADEMY)
    a_claim(order, clause="4.3.1")
    assert told(THE_DAY_BEFORE) == told(OVER) == []


def test_the_audit_finds_what_was_late_and_told_to_nobody(db):
    order = a_claim(a_paid_order()).order
    assert list(late_terms_were_told(OVER)) == []  # the clock has a day
    (found,) = late_terms_were_told(OVER + 24 * HOUR)
    assert found.startswith(f"{order.code}: deadline")
    Deadline.objects.update(alarmed_at=OVER)
    (found,) = late_terms_were_told(OVER + 24 * HOUR)
    assert found.endswith("was told of by no letter to the student")


# --- At once
def test_runs_at_once_tell_once(transactional_db):
    cohort = a_cohort()
    an_owner()
    a_claim(a_paid_order(cohort=cohort))
    a_claim(a_paid_order(cohort=cohort), clause="8.3", owed_by=Debtor.ACADEMY)
    done = at_once([partial(told, OVER)] * 4)
    assert sorted(term for run in done for term in run) == [("10.2.4", True), ("8.3", True)]
    assert len(letters("term-over")) == 1
    assert len(letters("terms-over")) == 1
