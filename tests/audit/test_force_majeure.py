"""What the audit asks of events that moved terms or ended a contract (L2, T1)."""

from datetime import date, timedelta

import pytest

from enrollment.models import Deadline, DeadlineMove, ForceMajeure, ForceMajeureContract
from enrollment.operations.force_majeure.events import correct_beginning
from enrollment.operations.force_majeure.settlements import approve_end
from offer_site.audit.claims import (
    events_began_as_the_journal_tells,
    what_moved_was_confirmed,
    what_moved_was_hindered,
)
from offer_site.audit.conduct import endings_by_force_majeure_have_a_month_and_two_persons
from offer_site.audit.put_off import (
    days_put_off_are_those_of_their_event,
    each_day_is_where_its_last_move_led,
)
from offer_site.days import start_of_day
from tests.audit.asked import all_that_is_false
from tests.audit.tampering import sql
from tests.enrollment.claims.scenes import a_claim
from tests.enrollment.conduct.scenes import reviewer
from tests.enrollment.force_majeure.scenes import (
    BEGAN_ON,
    DAY,
    a_report,
    confirmed,
    over,
    proposed_to_end,
)
from tests.enrollment.halves.scenes import a_half_paid_order
from tests.given import NOON, a_paid_order, an_owner

pytestmark = pytest.mark.django_db
AT = NOON + 60 * DAY


@pytest.fixture
def moved() -> ForceMajeure:
    """An event whose first day was corrected, and that moved a term."""
    order = a_paid_order()
    a_claim(order)
    event = a_report(order, began_on=BEGAN_ON + DAY, at=NOON + DAY)
    correct_beginning(event=event, began_on=BEGAN_ON, reason="қате", by=an_owner(), at=NOON + DAY)
    return over(confirmed(event), BEGAN_ON + 4 * DAY)


@pytest.fixture
def ended() -> ForceMajeureContract:
    """A contract that two people ended after a month."""
    event = confirmed(a_report())
    contract = proposed_to_end(event, owed=1000)
    return approve_end(contract=contract, by=reviewer(), at=event.talks_from)


def test_what_was_walked_to_has_nothing_false(moved, ended):
    assert moved.contracts.get().moved_days == 5
    assert all_that_is_false() == []


def test_an_event_that_began_on_another_day_is_found(moved):
    ForceMajeure.objects.update(began_on=BEGAN_ON + DAY)
    assert list(events_began_as_the_journal_tells(AT)) != []


def test_an_event_of_before_the_contract_is_found(moved):
    ForceMajeure.objects.update(began_on=BEGAN_ON - DAY)
    assert any("before the contract" in each for each in events_began_as_the_journal_tells(AT))


@pytest.mark.parametrize(
    "changes",
    [{"opened_at": NOON + 7 * DAY}, {"opened_at": NOON + 5 * DAY}],
    ids=["opened days later", "opened on the day after"],
)
def test_a_term_that_was_opened_after_the_event_is_found(moved, changes):
    Deadline.objects.filter(clause="10.2.3").update(**changes)
    assert list(what_moved_was_hindered(AT)) != []


def test_a_term_that_was_overdue_before_the_event_is_found(moved):
    sql("UPDATE enrollment_deadlinemove SET from_on = %s", date(2026, 11, 20).isoformat())
    assert DeadlineMove.objects.count() == 1
    assert list(what_moved_was_hindered(AT)) != []


def test_days_that_were_counted_twice_are_found(moved):
    order = moved.contracts.get().order
    twin = confirmed(a_report(order, side="academy"))
    over(twin, BEGAN_ON + 4 * DAY)
    assert list(what_moved_was_confirmed(AT)) == []
    twin.contracts.update(academy_days=5)
    assert list(what_moved_was_confirmed(AT)) != []


@pytest.mark.parametrize(
    "changes",
    [
        {"proposed_by": "staff:99"},
        {"settled_at": NOON + 20 * DAY},
        {"proposed_at": NOON + timedelta(hours=1)},
    ],
    ids=["by another", "before the month", "at another moment"],
)
def test_each_falsehood_of_an_end_is_found(ended, changes):
    assert list(endings_by_force_majeure_have_a_month_and_two_persons(AT)) == []
    ForceMajeureContract.objects.update(**changes)
    assert list(endings_by_force_majeure_have_a_month_and_two_persons(AT)) != []


@pytest.fixture
def put_off() -> ForceMajeure:
    """An event of both sides that put off the rest and the last day of a course."""
    order = a_half_paid_order()
    began_on = date(2026, 12, 14)
    at = start_of_day(began_on) + timedelta(hours=9)
    event = confirmed(a_report(order, began_on=began_on, at=at), at=at)
    return over(event, began_on + 2 * DAY, at=at + 3 * DAY)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE enrollment_dayputoff SET to_on = '2027-03-01'",
        "UPDATE enrollment_dayputoff SET \"by\" = 'staff:99'",
        "UPDATE enrollment_forcemajeure SET hinders = 'user'",
        "UPDATE enrollment_forcemajeure SET hinders = 'academy'",
        "UPDATE enrollment_forcemajeurecontract SET user_days = 1",
        "DELETE FROM enrollment_dayputoff",
        "UPDATE enrollment_installment SET moved_to = NULL",
        "UPDATE enrollment_enrollment SET performed_on = NULL",
    ],
)
def test_each_falsehood_of_a_day_put_off_is_found(put_off, statement):
    questions = (days_put_off_are_those_of_their_event, each_day_is_where_its_last_move_led)
    assert [line for ask in questions for line in ask(AT)] == []
    sql(statement)
    assert [line for ask in questions for line in ask(AT)] != []
