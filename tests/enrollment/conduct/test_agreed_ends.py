"""An agreed end (12.4) and the day of performance (9.1) look at each other."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from datetime import date, timedelta
from functools import partial

import pytest
import time_machine
from django.db import connections, transaction
from django.urls import reverse

from enrollment.models import Cohort, EndingProposal, Enrollment, Order
from enrollment.operations.endings.proposals import answer_proposal, end_agreed_contracts
from enrollment.operations.training.enrollments import (
    complete_enrollment,
    set_day_of_performance,
)
from enrollment.operations.training.moves import agree_to_move, propose_move
from enrollment.rules.sides import Side
from offer_site.days import start_of_day
from offer_site.errors import RuleViolation
from offer_site.staff.owed import owed_after_ending
from tests.at_once import at_once
from tests.enrollment.conduct.scenes import (
    HOUR,
    SOON,
    STARTS_ON,
    a_proposal,
    a_student,
    curator,
    reviewer,
)
from tests.given import a_cohort, an_owner, refusal
from tests.staff.conftest import signed_in as at_the_desk_of

pytestmark = [pytest.mark.django_db, pytest.mark.clause("12.4", "9.1")]
LATER = SOON + HOUR
DAY = timedelta(days=1)
ENDS_ON = STARTS_ON + 20 * DAY  # in the middle of the course
BEFORE = ENDS_ON - DAY
REFUSES = pytest.mark.django_db(transaction=True)  # what a refusal rolls back is its own
ON_THE_DAY = start_of_day(ENDS_ON) + 9 * HOUR


def agreed(order: Order | None = None, **wishes) -> EndingProposal:
    values = {"ends_on": ENDS_ON, "returned": 50_000} | wishes
    proposal = a_proposal(order, **values)
    return accepted(proposal)


def accepted(proposal: EndingProposal, *, at=LATER) -> EndingProposal:
    return answer_proposal(proposal=proposal, side=Side.ACADEMY, accepts=True, by=curator(), at=at)


def a_cohort_until(day) -> Cohort:
    cohort = a_cohort(starts_on=STARTS_ON)
    cohort.ends_on = day
    cohort.save(update_fields=["ends_on"])
    return cohort


def pressed(order: Order, name: str, at=LATER, **values):
    """The owner presses a button on the student's page."""
    address = reverse(f"admin:enrollment_enrollment_{name}", args=[order.enrollment.pk])
    with time_machine.travel(at, tick=False):
        return at_the_desk_of(an_owner()).post(address, values)


def an_early_day(order: Order, day=BEFORE, **more):
    return pressed(order, "day", day=str(day), reason="Ертерек бітірді", **more)


@REFUSES
def test_no_day_of_performance_before_an_agreed_end_is_set():
    order = agreed().order
    answer = an_early_day(order)
    assert "day" in answer.context["form"].errors
    assert Enrollment.objects.get(order=order).performed_on is None
    assert an_early_day(order, ENDS_ON).status_code == 302


def test_no_end_after_the_day_of_performance_is_accepted():
    order = a_student()
    proposal = a_proposal(order, ends_on=ENDS_ON)
    an_early_day(order)
    with refusal() as refused:
        accepted(proposal)
    assert refused.value.clause == "12.4"
    declined = answer_proposal(
        proposal=proposal, side=Side.ACADEMY, accepts=False, by=curator(), at=LATER
    )
    assert declined.answer == "declined"


@REFUSES
def test_a_contract_whose_agreed_day_has_come_is_not_performed_but_ended():
    """The clock is late: the agreed sum is not forgotten."""
    order = agreed().order
    an_early_day(order, ENDS_ON)
    pressed(order, "completion", at=ON_THE_DAY)
    order.refresh_from_db()
    assert order.state == "paid"
    assert end_agreed_contracts(at=ON_THE_DAY + HOUR) == [order.code]
    assert owed_after_ending(Order.objects.all()).get() == order


def test_a_student_with_an_agreed_end_moves_to_no_cohort_that_is_over_by_then():
    proposal = agreed()
    enrollment = proposal.order.enrollment
    sooner = a_cohort_until(BEFORE)
    with refusal() as refused:
        propose_move(enrollment=enrollment, to=sooner, reason="-", by=an_owner(), at=LATER)
    assert refused.value.field == "to"
    longer = a_cohort_until(ENDS_ON)
    move = propose_move(enrollment=enrollment, to=longer, reason="-", by=an_owner(), at=LATER)
    assert agree_to_move(move=move, by="user:1", at=LATER).agreed_at


def page_of_dates(cohort: Cohort):
    """The owner has the page of a cohort open; returns what saves it with another last day."""
    address = reverse("admin:enrollment_cohort_change", args=[cohort.pk])
    desk = at_the_desk_of(an_owner())
    context = desk.get(address).context
    shown = context["adminform"].form
    values = {name: shown[name].value() or "" for name in shown.fields}
    values |= {"starts_on": str(cohort.starts_on)}
    for each in context["inline_admin_formsets"]:
        prefix = each.formset.prefix
        values |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}

    def saved(ends_on: date):
        return desk.post(address, values | {"ends_on": str(ends_on)})

    return saved


def test_a_cohort_is_not_over_before_an_agreed_end():
    cohort = agreed().order.cohort
    save = page_of_dates(cohort)
    answer = save(BEFORE)
    assert "ends_on" in answer.context["adminform"].form.errors
    cohort.refresh_from_db()
    assert cohort.ends_on > ENDS_ON
    assert save(ENDS_ON).status_code == 302


def waits_for(first, second):
    """Do the first, and the second before that is committed; what the second comes to."""

    def run():
        try:
            return second()
        except RuleViolation as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            first()
            later = thread.submit(run)
            with pytest.raises(NotYet):
                later.result(timeout=1)
        return later.result(timeout=30)


@REFUSES
def test_a_cohort_is_not_made_shorter_than_an_end_that_is_agreed_in_this_moment():
    proposal = a_proposal(ends_on=ENDS_ON)
    save = page_of_dates(proposal.order.cohort)
    answer = waits_for(partial(accepted, proposal), partial(save, BEFORE))
    assert answer.status_code == 200
    assert "ends_on" in answer.context["adminform"].form.errors
    assert Cohort.objects.get().ends_on > ENDS_ON


@REFUSES
def test_no_end_is_agreed_after_the_last_day_of_a_cohort_that_is_made_shorter_in_this_moment():
    proposal = a_proposal(ends_on=ENDS_ON)
    curator()
    save = page_of_dates(proposal.order.cohort)
    refused = waits_for(partial(save, BEFORE), partial(accepted, proposal))
    assert isinstance(refused, RuleViolation)
    assert refused.field == "ends_on"
    assert EndingProposal.objects.get().is_open


@REFUSES
def test_nobody_moves_to_a_cohort_that_is_made_shorter_than_an_agreed_end_in_this_moment():
    enrollment = agreed().order.enrollment
    longer = a_cohort_until(ENDS_ON)
    move = propose_move(enrollment=enrollment, to=longer, reason="-", by=an_owner(), at=LATER)
    save = page_of_dates(longer)
    agree = partial(agree_to_move, move=move, by="user:1", at=LATER)
    refused = waits_for(partial(save, BEFORE), agree)
    assert isinstance(refused, RuleViolation)
    assert Enrollment.objects.get().cohort_id == move.from_cohort_id


@pytest.mark.django_db(transaction=True)
def test_an_acceptance_and_an_early_day_at_once_do_not_both_hold():
    order = a_student()
    proposal = a_proposal(order, ends_on=ENDS_ON)
    curator()
    early = partial(
        set_day_of_performance,
        enrollment=order.enrollment,
        day=BEFORE,
        reason="-",
        by=reviewer(),
        at=LATER,
    )
    at_once([partial(accepted, proposal), early] * 3, errors=RuleViolation)
    day = Enrollment.objects.get(order=order).day_of_performance
    is_accepted = EndingProposal.objects.get().answer == "accepted"
    assert is_accepted != (day < ENDS_ON)


@pytest.mark.django_db(transaction=True)
def test_the_clock_and_a_completion_at_once_end_the_contract_once():
    order = agreed().order
    set_day_of_performance(
        enrollment=order.enrollment, day=ENDS_ON, reason="-", by=reviewer(), at=LATER
    )
    complete = partial(
        complete_enrollment, enrollment=order.enrollment, by=an_owner(), at=ON_THE_DAY
    )
    at_once([complete, partial(end_agreed_contracts, at=ON_THE_DAY)] * 2, errors=RuleViolation)
    order.refresh_from_db()
    assert order.state == "terminated"
    assert EndingProposal.objects.get().ended_at == ON_THE_DAY
