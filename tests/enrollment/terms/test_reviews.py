"""A change of the calendar moves no term: it proposes, a person decides once for all (D1)."""

from datetime import date, timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from enrollment.models import (
    CalendarReview,
    Deadline,
    DeadlineMove,
    Debtor,
    Order,
    ProposedDay,
    ReviewOutcome,
)
from enrollment.operations.terms.deadlines import (
    meet_deadline,
    open_deadline,
    reopen_deadline,
)
from enrollment.operations.terms.reviews import (
    confirm_new_days,
    propose_new_days,
    reject_new_days,
)
from offer_site.audit.deadlines import a_changed_calendar_was_proposed
from offer_site.calendar.models import DayException
from offer_site.calendar.operations import record_exception, remove_exception
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.notices.models import Notice
from tests.at_once import at_once
from tests.audit.asked import all_that_is_false
from tests.enrollment.force_majeure.scenes import put_off_by
from tests.given import NOON, a_cohort, a_paid_order, an_owner, refusal

MINUTE = timedelta(minutes=1)
LATER = NOON + timedelta(hours=1)
LAST_DAY = date(2026, 11, 30)  # five working days after a Monday
NEXT_DAY = date(2026, 12, 1)
REASON = "Үкіметтің қаулысы, № 7"


@pytest.fixture(autouse=True)
def without_broker(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True


def a_term(order: Order | None = None, **wishes) -> Deadline:
    term = {
        "clause": "9.1",
        "days": 5,
        "in_working_days": True,
        "event_on": NOON.date(),
        "owed_by": Debtor.ACADEMY,
        "at": NOON,
    }
    return open_deadline(order=order or a_paid_order(), **(term | wishes))


def a_day_off(day: date = date(2026, 11, 25), *, at=NOON + MINUTE, is_working: bool = False):
    return record_exception(
        day=day,
        is_working=is_working,
        name_kk="Демалыс",
        name_ru="Выходной",
        source=REASON,
        by="staff:1",
        at=at,
    )


def proposed(at=LATER) -> list[tuple[date, date]]:
    return [(day.from_on, day.to_on) for day in propose_new_days(at=at)]


def decide(operation, *, at=LATER, **wishes):
    return operation(
        review=CalendarReview.objects.open().get(), reason=REASON, by=an_owner(), at=at, **wishes
    )


def the_day(term: Deadline) -> date:
    return Deadline.objects.get(pk=term.pk).due_on


# --- Proposed
def test_a_new_day_off_moves_nothing_and_proposes_the_next_working_day(db):
    term = a_term()
    a_day_off()
    assert proposed() == [(LAST_DAY, NEXT_DAY)]
    assert the_day(term) == LAST_DAY
    assert Entry.objects.get(verb="calendar_review.proposed").facts["terms"] == 1
    assert all_that_is_false() == []


def test_it_is_proposed_once_and_what_runs_again_joins_the_same_review(db):
    a_term()
    order = a_term().order
    meet_deadline(order=order, clause="9.1", at=NOON)
    a_day_off()
    assert len(proposed()) == 1
    assert proposed() == []
    reopen_deadline(order=order, clause="9.1", met_at=NOON, at=LATER)
    assert proposed() == [(LAST_DAY, NEXT_DAY)]
    assert CalendarReview.objects.get().days.count() == 2


def test_terms_that_ended_or_keep_their_day_are_not_proposed(db):
    order = a_paid_order()
    a_term(order)
    meet_deadline(order=order, clause="9.1", at=NOON)
    a_term(occasion="before", event_on=date(2026, 11, 2))
    a_day_off()
    assert proposed() == []
    assert not CalendarReview.objects.exists()


def test_an_exception_that_is_removed_proposes_the_old_day_again(db):
    term = a_term()
    exception = a_day_off()
    propose_new_days(at=LATER)
    decide(confirm_new_days)
    assert the_day(term) == NEXT_DAY
    remove_exception(exception=exception, by="staff:1", at=LATER)
    assert proposed() == [(NEXT_DAY, LAST_DAY)]
    decide(confirm_new_days, at=LATER + MINUTE)
    assert the_day(term) == LAST_DAY
    assert all_that_is_false() == []


def test_what_a_student_was_told_is_never_made_shorter(db):
    a_term(clause="9.5", owed_by=Debtor.USER)
    academys = a_term(clause="10.2.3", in_working_days=True)
    a_day_off(date(2026, 11, 28), is_working=True)
    assert proposed() == [(LAST_DAY, date(2026, 11, 28))]
    assert ProposedDay.objects.get().deadline == academys


def test_a_calendar_that_changes_again_supersedes_what_waits(db):
    a_term()
    a_day_off()
    propose_new_days(at=LATER)
    a_day_off(date(2026, 11, 26))
    assert proposed(LATER + MINUTE) == [(LAST_DAY, date(2026, 12, 2))]
    first, second = CalendarReview.objects.order_by("pk")
    assert (first.outcome, first.decided_by) == (ReviewOutcome.SUPERSEDED, "system")
    assert second.is_open
    assert all_that_is_false() == []


def test_the_length_of_a_force_majeure_stays_with_the_new_day(db):
    order = a_paid_order()
    a_term(order)
    put_off_by(order, 3, at=NOON)  # to 3 December
    a_day_off()
    assert proposed() == [(date(2026, 12, 3), date(2026, 12, 4))]
    decide(confirm_new_days)
    assert all_that_is_false() == []


def test_queries_do_not_grow_with_terms(db):
    cohort = a_cohort()
    a_term(a_paid_order(cohort=cohort))
    a_day_off()
    with CaptureQueriesContext(connection) as few:
        assert len(propose_new_days(at=LATER)) == 1
    decide(confirm_new_days)
    for _more in range(3):
        a_term(a_paid_order(cohort=cohort))
    a_day_off(date(2026, 11, 26))
    with CaptureQueriesContext(connection) as many:
        assert len(propose_new_days(at=LATER)) == 4
    assert len(many) == len(few)


# --- Decided
def test_confirmed_every_term_has_its_new_day_by_one_decision(db):
    terms = [a_term(), a_term()]
    a_day_off()
    propose_new_days(at=LATER)
    moves = decide(confirm_new_days)
    assert [the_day(term) for term in terms] == [NEXT_DAY, NEXT_DAY]
    assert len(moves) == 2
    review = CalendarReview.objects.get()
    assert (review.outcome, review.reason) == (ReviewOutcome.CONFIRMED, REASON)
    assert review.decided_by == f"staff:{an_owner().pk}"
    assert Entry.objects.get(verb="calendar_review.confirmed").facts == {"reason": REASON}
    assert Entry.objects.filter(verb="deadline.moved").count() == 2
    assert proposed(LATER + MINUTE) == []
    assert all_that_is_false() == []


def test_whoever_is_concerned_is_told_by_one_letter_a_contract(db):
    order = a_paid_order()
    a_term(order)
    a_term(order, clause="9.5", owed_by=Debtor.USER)
    a_day_off()
    propose_new_days(at=LATER)
    decide(confirm_new_days)
    letter = Notice.objects.get(kind="terms-moved")
    assert (letter.recipient, letter.facts["why"]) == (order.party.email, "calendar")
    assert {each["owed_by"] for each in letter.facts["terms"]} == {"academy", "user"}


def test_rejected_every_term_keeps_its_day_and_is_not_proposed_again(db):
    term = a_term()
    a_day_off()
    propose_new_days(at=LATER)
    decide(reject_new_days)
    assert the_day(term) == LAST_DAY
    assert proposed(LATER + MINUTE) == []
    assert not DeadlineMove.objects.exists()
    assert not Notice.objects.filter(kind="terms-moved").exists()
    assert Entry.objects.get(verb="calendar_review.rejected").facts == {"reason": REASON}
    assert list(a_changed_calendar_was_proposed(LATER + timedelta(days=1))) == []


def test_what_was_met_or_moved_meanwhile_keeps_what_it_has(db):
    order = a_paid_order()
    met, put_off = a_term(order), a_term()
    a_day_off()
    propose_new_days(at=LATER)
    meet_deadline(order=order, clause="9.1", at=LATER)
    put_off_by(put_off.order, 7, at=LATER)
    assert decide(confirm_new_days) == []
    assert the_day(met) == LAST_DAY
    assert the_day(put_off) == date(2026, 12, 7)


def test_a_decided_review_is_not_decided_again_and_an_overtaken_one_not_confirmed(db):
    term = a_term()
    a_day_off()
    propose_new_days(at=LATER)
    review = CalendarReview.objects.get()
    a_day_off(date(2026, 11, 26))
    with refusal():
        decide(confirm_new_days)
    decide(reject_new_days)
    for operation in (confirm_new_days, reject_new_days):
        with refusal():
            operation(review=review, reason=REASON, by=an_owner(), at=LATER)
    assert the_day(term) == LAST_DAY


def test_the_audit_finds_a_change_that_nobody_was_shown(db):
    order = a_term().order
    a_day_off()
    assert list(a_changed_calendar_was_proposed(LATER)) == []  # the clock has not run yet
    found = list(a_changed_calendar_was_proposed(LATER + timedelta(hours=2)))
    assert len(found) == 1
    assert found[0].startswith(f"{order.code}: the calendar counts deadline")


# --- At once
LOST = (RuleViolation, IntegrityError)


def decisions(number: int):
    review = CalendarReview.objects.get()
    each = {"review": review, "reason": REASON, "by": an_owner(), "at": LATER}
    return [partial(confirm_new_days, **each), partial(reject_new_days, **each)] * number


def test_decisions_at_once_are_one_decision(transactional_db):
    term = a_term()
    a_day_off()
    propose_new_days(at=LATER)
    done = at_once(decisions(3), errors=LOST)
    assert sum(not isinstance(each, Exception) for each in done) == 1
    review = CalendarReview.objects.get()
    moved = review.outcome == ReviewOutcome.CONFIRMED
    assert the_day(term) == (NEXT_DAY if moved else LAST_DAY)
    assert Entry.objects.filter(verb__startswith="calendar_review.").count() == 2


@pytest.mark.faults
def test_without_the_lock_decisions_at_once_contradict_each_other(transactional_db, monkeypatch):
    """The control: the test above can fail."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)
    won = rounds = 0
    while won <= rounds < 8:  # threads that happened to come one by one prove nothing
        rounds += 1
        a_term(occasion=str(rounds))
        DayException.objects.all().delete()
        a_day_off(date(2026, 11, 24) + timedelta(days=rounds % 3))
        CalendarReview.objects.open().exists() or propose_new_days(at=LATER)
        each = {
            "review": CalendarReview.objects.order_by("pk").last(),
            "reason": REASON,
            "by": an_owner(),
            "at": LATER,
        }
        works = [partial(confirm_new_days, **each), partial(reject_new_days, **each)] * 3
        done = at_once(works, errors=LOST)
        won += sum(not isinstance(one, Exception) for one in done)
    assert won > rounds


def test_proposals_at_once_are_one_review(transactional_db):
    a_term()
    a_day_off()
    done = at_once([partial(propose_new_days, at=LATER)] * 4)
    assert sorted(len(each) for each in done) == [0, 0, 0, 1]
    assert ProposedDay.objects.count() == CalendarReview.objects.count() == 1
