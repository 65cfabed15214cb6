"""Section 8 of the offer: force majeure is reported, proved, and moves the terms (8.3–8.6)."""

from datetime import date

import pytest

from enrollment.models import Deadline, EnrollmentState
from enrollment.operations.force_majeure.events import call_for_talks
from enrollment.operations.force_majeure.settlements import approve_end
from offer_site.days import almaty_day, end_of_day
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
from tests.given import a_paid_order, refusal

pytestmark = pytest.mark.django_db
REPORT_BY = date(2026, 11, 26)  # three calendar days after Monday the 23rd


@pytest.mark.clause("8.3")
def test_it_is_reported_within_three_calendar_days():
    event = a_report(at=end_of_day(REPORT_BY) - DAY / 1440)
    contract = event.contracts.get()
    assert (contract.last_day_to_report, contract.reported_late) == (REPORT_BY, False)


@pytest.mark.clause("8.3")
def test_a_later_report_is_taken_and_recorded_as_late():
    contract = a_report(at=end_of_day(REPORT_BY)).contracts.get()
    assert contract.reported_late
    term = Deadline.objects.get(clause="8.3")
    assert term.met_at >= term.due_before


@pytest.mark.clause("8.4")
def test_it_is_confirmed_by_official_documents():
    event = a_report(files=())
    with refusal() as refused:
        confirmed(event)
    assert refused.value.clause == "8.4"
    assert confirmed(a_report(a_paid_order())).is_confirmed


@pytest.mark.clause("8.4")
def test_what_is_generally_known_needs_no_proof():
    assert confirmed(a_report(files=(), is_well_known=True)).is_confirmed


@pytest.mark.clause("8.5")
def test_without_confirmation_no_term_moves():
    order = a_paid_order()
    term = a_claim(order).answer_term
    with refusal():
        over(a_report(order), BEGAN_ON + DAY)
    assert Deadline.objects.get(pk=term.pk).due_on == term.due_on


@pytest.mark.clause("8.6")
def test_every_open_term_of_its_contracts_moves_by_its_length():
    order, other = a_paid_order(), a_paid_order()
    term, untouched = a_claim(order).answer_term, a_claim(other).answer_term
    over(confirmed(a_report(order)), BEGAN_ON + 4 * DAY)  # five days
    moved = Deadline.objects.get(pk=term.pk)
    assert (term.due_on, moved.due_on) == (date(2026, 12, 3), date(2026, 12, 8))
    assert moved.due_before == end_of_day(moved.due_on)
    assert Deadline.objects.get(pk=untouched.pk).due_on == untouched.due_on
    assert Deadline.objects.get(clause="8.3").due_on == REPORT_BY  # it was met before


@pytest.mark.clause("8.6")
def test_past_a_month_both_sides_are_called_to_talk_once():
    event = confirmed(a_report())
    assert almaty_day(event.talks_from) == date(2026, 12, 24)
    assert call_for_talks(at=event.talks_from - DAY) == []
    assert call_for_talks(at=event.talks_from) == [event]
    assert call_for_talks(at=event.talks_from + DAY) == []


@pytest.mark.clause("8.6")
def test_or_the_obligations_end_but_those_in_money():
    order = a_paid_order()
    event = confirmed(a_report(order))
    contract = proposed_to_end(event)
    order.refresh_from_db()
    assert order.state == "paid", "one person ends nothing"
    approve_end(contract=contract, by=reviewer(), at=event.talks_from)
    order.refresh_from_db()
    assert order.state == "terminated"
    assert order.enrollment.state == EnrollmentState.TERMINATED
    assert sum(each.amount for each in order.allocations.all()) == order.price
