"""The register: each running term is a row that says what is owed, to whom it is about, by when."""

from datetime import date, timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from enrollment.models import Deadline, Debtor, Order
from enrollment.operations.clarification.questions import send_question_again
from enrollment.operations.terms.deadlines import (
    lift_deadline,
    meet_deadline,
    open_deadline,
    reopen_deadline,
)
from enrollment.rules.deadlines import TERMS, TermState, in_words, term_of
from offer_site.days import end_of_day
from offer_site.journal.models import Entry
from offer_site.languages import speaking
from tests.enrollment.clarifications import a_doubtful_order as a_question_asked
from tests.enrollment.clarifications import a_sent_question, question_of, the_letters_leave
from tests.given import NOON, a_paid_order, an_owner
from tests.payments.refunds.scenes import a_case
from tests.processes import PROJECT

pytestmark = pytest.mark.django_db
SUNDAY_ON = date(2026, 11, 26)  # ten days after it is Sunday 6 December
ONE_DAY = timedelta(days=1)
(MIGRATION,) = (PROJECT / "enrollment" / "migrations").glob("*_deadlines.py")


@pytest.fixture(autouse=True)
def without_broker(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True


def opened(order: Order, **wishes) -> Deadline:
    term = {
        "clause": "10.2.3",
        "days": 10,
        "in_working_days": False,
        "event_on": SUNDAY_ON,
        "owed_by": Debtor.ACADEMY,
        "at": NOON,
    }
    return open_deadline(order=order, **(term | wishes))


@pytest.mark.clause("10.2.3")
def test_the_academy_aims_at_the_day_the_days_end_with_and_the_term_ends_with_a_working_day():
    term = opened(a_paid_order())
    assert (term.told_on, term.due_on) == (date(2026, 12, 6), date(2026, 12, 7))
    assert Entry.objects.get(verb="deadline.opened").facts["told_on"] == "2026-12-06"


def test_a_student_is_told_the_last_day_itself_unless_the_caller_tells_another():
    order = a_paid_order()
    term = opened(order, owed_by=Debtor.USER)
    assert term.told_on == term.due_on == date(2026, 12, 7)
    told = opened(order, owed_by=Debtor.USER, occasion="told", told_on=date(2026, 12, 4))
    assert (told.told_on, told.due_on) == (date(2026, 12, 4), date(2026, 12, 7))


@pytest.mark.clause("9.5")
def test_a_question_of_9_5_tells_the_day_of_its_letter_and_names_itself():
    order = a_question_asked()
    the_letters_leave(at=NOON + ONE_DAY)
    question = question_of(order)
    asked, answer = Deadline.objects.order_by("pk")
    assert (asked.about_kind, asked.about_key) == ("clarification", question.key)
    assert (answer.about_kind, answer.about_key) == ("clarification", question.key)
    assert answer.told_on == date(2026, 11, 26)  # the letter was written on Monday
    assert answer.due_on == date(2026, 11, 27)  # and left on Tuesday


@pytest.mark.clause("10.2.3")
def test_the_answer_to_a_demand_names_its_case():
    case = a_case(a_paid_order())
    assert (case.deadline.about_kind, case.deadline.about_key) == ("refund_case", str(case.pk))


def test_a_term_is_lifted_and_not_met():
    order = a_paid_order()
    opened(order)
    assert lift_deadline(order=order, clause="10.2.3", at=NOON)
    term = Deadline.objects.get()
    assert term.was_lifted
    assert term.state(NOON) == TermState.LIFTED
    assert not Deadline.objects.met().exists()
    assert not reopen_deadline(order=order, clause="10.2.3", met_at=NOON, at=NOON)


def test_met_in_time_and_met_late_are_told_apart():
    order = a_paid_order()
    term = opened(order)
    assert term.state(term.due_before - ONE_DAY) == TermState.RUNNING
    assert term.state(term.due_before) == TermState.LATE
    meet_deadline(order=order, clause="10.2.3", at=term.due_before)
    assert list(Deadline.objects.met_late()) == [term]
    assert not Deadline.objects.met_in_time().exists()
    Deadline.objects.update(met_at=end_of_day(term.due_on) - ONE_DAY)
    assert list(Deadline.objects.met_in_time()) == [term]


def test_what_happens_to_a_term_is_told_of_its_occasion():
    question = a_sent_question()
    facts = Entry.objects.filter(chain=question.order.code, verb__startswith="deadline.")
    assert [(each.verb, each.facts["occasion"]) for each in facts.order_by("number")] == [
        ("deadline.opened", "question-1"),
        ("deadline.met", "question-1"),
        ("deadline.opened", "answer-1.1"),
    ]


@pytest.mark.parametrize(
    "broken",
    [
        {"was_lifted": True},
        {"about_kind": "claim"},
        {"about_key": "7"},
        {"was_lifted": True, "met_at": NOON, "stopped_for": "clarification-1"},
    ],
)
def test_the_database_refuses_a_term_that_contradicts_itself(broken):
    opened(a_paid_order())
    with pytest.raises(IntegrityError), transaction.atomic():
        Deadline.objects.update(**broken)


# --- In words
@pytest.mark.parametrize("language", ["kk", "ru"])
def test_every_term_has_words_of_its_own_in_each_language(language):
    for clause, owed_by in TERMS:
        with speaking("en"):
            english = in_words(clause, owed_by)
        with speaking(language):
            assert in_words(clause, owed_by) != english, clause


def test_a_clause_without_words_has_those_of_the_clause_above_it_or_is_named():
    assert term_of("12.4.1", "user") is TERMS["12.4", "user"]
    with speaking("ru"):
        assert in_words("6.1", "user") == "исполнить п.\N{NO-BREAK SPACE}6.1"


def test_the_migration_finds_what_was_lifted_in_the_journal():
    lifted = a_paid_order()
    opened(lifted)
    lift_deadline(order=lifted, clause="10.2.3", at=NOON)
    met = a_paid_order(cohort=lifted.cohort)
    opened(met)
    meet_deadline(order=met, clause="10.2.3", at=NOON)
    asked = a_sent_question(cohort=lifted.cohort)
    send_question_again(question=asked, by=an_owner(), at=NOON + ONE_DAY)
    the_letters_leave(at=NOON + ONE_DAY)  # lifts the term of the first letter
    known = set(Deadline.objects.filter(was_lifted=True).values_list("pk", flat=True))
    assert len(known) == 2
    Deadline.objects.update(was_lifted=False)
    import_module(f"enrollment.migrations.{MIGRATION.stem}").mark_what_was_lifted(apps, None)
    assert set(Deadline.objects.filter(was_lifted=True).values_list("pk", flat=True)) == known
