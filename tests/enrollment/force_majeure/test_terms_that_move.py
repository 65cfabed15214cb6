"""Which terms a force majeure moves, by how much, and from which day it can be told (8.1, 8.6)."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from enrollment.models import Deadline, DeadlineMove, ForceMajeure, ForceMajeureContract
from offer_site.journal.models import Entry
from tests.accounts.signing import signed_in
from tests.enrollment.claims.scenes import a_claim
from tests.enrollment.force_majeure.scenes import BEGAN_ON, DAY, a_report, confirmed
from tests.given import NOON, a_paid_order, an_owner
from tests.papers import a_file
from tests.staff.conftest import signed_in as at_the_desk_of

pytestmark = pytest.mark.django_db
LATE = NOON + 20 * DAY
ENDED_ON = BEGAN_ON + 4 * DAY


def button(event, name):
    return reverse(f"admin:enrollment_forcemajeure_{name}", args=[event.pk])


def due(claim) -> date:
    return Deadline.objects.get(pk=claim.answer_term_id).due_on


def it_is_over(event, ended_on, *, at=LATE) -> ForceMajeure:
    """The owner presses the button; the event as it then is."""
    with time_machine.travel(at, tick=False):
        wish = {"ended_on": str(ended_on), "shown_for": str(ended_on)}
        at_the_desk_of(an_owner()).post(button(event, "end"), wish)
    event.refresh_from_db()
    return event


# --- Which terms
@pytest.mark.clause("8.6")
def test_a_term_that_was_opened_after_the_event_keeps_its_day():
    order = a_paid_order()
    event = confirmed(a_report(order))
    later = a_claim(order, at=NOON + 7 * DAY)
    before = due(later)
    assert it_is_over(event, ENDED_ON).ended_on == ENDED_ON
    assert due(later) == before
    assert event.contracts.get().moved_days == 0
    assert not Entry.objects.filter(verb="deadline.moved").exists()


@pytest.mark.clause("8.6")
def test_a_term_that_was_opened_on_the_last_day_moves():
    order = a_paid_order()
    event = confirmed(a_report(order))
    claim = a_claim(order, at=NOON + 4 * DAY)
    before = due(claim)
    it_is_over(event, ENDED_ON)
    assert due(claim) > before


@pytest.mark.clause("8.6")
def test_a_term_that_was_overdue_when_it_began_stays_late():
    order = a_paid_order()
    late = a_claim(order)
    before = due(late)
    began_on = before + DAY
    event = confirmed(a_report(order, began_on=began_on, at=NOON + 12 * DAY), at=NOON + 12 * DAY)
    it_is_over(event, began_on + 2 * DAY)
    assert due(late) == before


@pytest.mark.clause("8.6")
def test_a_term_whose_last_day_is_the_first_of_the_event_moves():
    order = a_paid_order()
    claim = a_claim(order)
    before = due(claim)
    event = confirmed(a_report(order, began_on=before, at=NOON + 11 * DAY), at=NOON + 11 * DAY)
    it_is_over(event, before + 2 * DAY)
    assert due(claim) > before


# --- By how much
@pytest.mark.clause("8.6")
def test_one_event_that_both_sides_reported_moves_the_terms_once():
    order = a_paid_order()
    claim = a_claim(order)
    mine = confirmed(a_report(order))
    theirs = confirmed(a_report(order, side="academy"))
    it_is_over(mine, ENDED_ON)
    once = due(claim)
    it_is_over(theirs, ENDED_ON)
    assert due(claim) == once
    moved = ForceMajeureContract.objects.order_by("pk")
    assert [each.moved_days for each in moved] == [5, 0]
    assert DeadlineMove.objects.count() == 1


@pytest.mark.clause("8.6")
def test_of_events_that_overlap_only_the_days_that_did_not_count_yet_move():
    order = a_paid_order()
    claim = a_claim(order)
    first = confirmed(a_report(order))
    second = confirmed(a_report(order, kind="fire", began_on=BEGAN_ON + 3 * DAY, at=NOON + 3 * DAY))
    it_is_over(first, ENDED_ON)
    it_is_over(second, BEGAN_ON + 6 * DAY)
    assert list(DeadlineMove.objects.order_by("pk").values_list("days", flat=True)) == [5, 2]
    assert due(claim) == date(2026, 12, 10)


@pytest.mark.clause("8.6")
def test_events_that_do_not_overlap_move_each_by_its_length():
    order = a_paid_order()
    a_claim(order)
    first = confirmed(a_report(order))
    second = confirmed(a_report(order, began_on=BEGAN_ON + 6 * DAY, at=NOON + 6 * DAY))
    it_is_over(second, BEGAN_ON + 7 * DAY)
    it_is_over(first, ENDED_ON)
    assert list(DeadlineMove.objects.order_by("pk").values_list("days", flat=True)) == [2, 5]


# --- From which day
@pytest.mark.clause("8.1", "8.3")
@pytest.mark.parametrize("began_on", ["22.11.2026", "23.11.1926"])
def test_an_event_of_before_the_contract_is_refused_at_its_day(began_on):
    order = a_paid_order()
    browser = signed_in(order.party.email)
    told = {"kind": "flood", "began_on": began_on, "words": "Үйді су басты", "files": [a_file()]}
    with time_machine.travel(NOON + DAY, tick=False):
        answer = browser.post(reverse("force_majeure_create", args=[order.code]), told)
    assert answer.status_code == 200
    assert "began_on" in answer.context["form"].errors
    assert "Үйді су басты" in answer.content.decode()
    assert not ForceMajeure.objects.exists()


@pytest.mark.clause("8.1")
def test_an_event_concerns_the_contracts_that_were_concluded_by_then():
    before = a_paid_order()
    later = a_paid_order(at=NOON + 2 * DAY)
    event = a_report(before, later, side="academy", at=NOON + 3 * DAY)
    assert [each.order for each in event.contracts.all()] == [before]
