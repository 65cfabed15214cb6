"""Section 12 of the offer, and 3.3: how a contract ends, and what follows from each way."""

from datetime import date, timedelta

import pytest

from certificates.operations.issuing import due_enrollments
from enrollment.models import Deadline, EndingProposal, Enrollment, Order, Place, ProviderEnding
from enrollment.operations.access.questions import access_now
from enrollment.operations.conduct.breaches import review_breach
from enrollment.operations.endings.proposals import (
    answer_proposal,
    end_agreed_contracts,
    ending_days,
    open_proposal,
    withdraw_proposal,
)
from enrollment.operations.endings.provider import (
    approve_provider_ending,
    return_provider_ending,
)
from enrollment.operations.training.enrollments import (
    complete_enrollment,
    open_performance_deadlines,
)
from enrollment.operations.training.terminations import end_refunded_order
from enrollment.rules.access import ClosedBy
from enrollment.rules.endings import CONSEQUENCES, Answer, Ground, Way
from enrollment.rules.order_states import OrderState
from enrollment.rules.sides import Side
from offer_site.days import end_of_day, start_of_day
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from offer_site.staff.owed import owed_after_ending
from payments.models import Ground as RefundGround
from payments.operations.refunds.cases import cancel_case
from tests.enrollment.conduct.scenes import (
    ENDS_ON,
    HOUR,
    REASONS,
    SOON,
    STARTS_ON,
    a_breach,
    a_proposal,
    a_student,
    an_ending,
    curator,
    owner_of,
    reviewer,
)
from tests.given import a_cohort, a_paid_order, an_owner, refusal
from tests.payments.refunds.scenes import a_case

pytestmark = pytest.mark.django_db
LATER = SOON + HOUR
MORNING = start_of_day(ENDS_ON) + timedelta(minutes=4)
LAST_DAY = date(2026, 12, 12)  # thirty days before the course begins on 11 January


def letters(kind):
    return Notice.objects.filter(kind=kind)


def accepted(proposal, *, at=LATER):
    side = Side.ACADEMY if proposal.side == Side.USER else Side.USER
    by = curator() if side == Side.ACADEMY else owner_of(proposal.order)
    return answer_proposal(proposal=proposal, side=side, accepts=True, by=by, at=at)


def refunded(order):
    """End the contract as a decision about a refund does (article 686)."""
    current = Order.objects.locked().with_people().get(pk=order.pk)
    end_refunded_order(order=current, occasion="refund 1", by=an_owner(), at=LATER)


def has_ended(order):
    """True if everything that follows from an early end has happened."""
    order = Order.objects.get(pk=order.pk)
    return (
        order.state == OrderState.TERMINATED
        and Enrollment.objects.get(order=order).state == "terminated"
        and not Place.objects.filter(order=order).exists()
        and access_now(order, at=LATER).closed_by == (ClosedBy.TERMINATED,)
        and not due_enrollments(at=LATER)
        and not Deadline.objects.running().filter(order=order, clause="9.1").exists()
    )


# --- 12.4: the two days
@pytest.mark.clause("12.4")
def test_a_proposal_is_sent_thirty_days_before_the_earlier_of_the_end_and_the_course():
    order = a_student()
    days = ending_days(order, order.enrollment, at=SOON)
    assert (days.days, days.send_by, days.first) == (30, LAST_DAY, date(2026, 12, 23))
    with refusal() as near:
        a_proposal(order, ends_on=date(2026, 12, 22))
    assert near.value.field == "ends_on"
    assert a_proposal(order, ends_on=date(2026, 12, 23)).latest_on == date(2026, 11, 23)


@pytest.mark.clause("12.4")
def test_the_last_moment_is_24_00_of_the_thirtieth_day_before_the_course():
    order = a_student()
    late = end_of_day(LAST_DAY)
    after_start = STARTS_ON + timedelta(days=10)
    with refusal():
        a_proposal(order, ends_on=after_start, at=late)
    sent = a_proposal(order, ends_on=after_start, at=late - timedelta(seconds=1))
    assert (sent.sent_on, sent.latest_on) == (LAST_DAY, LAST_DAY)


@pytest.mark.clause("12.4")
def test_no_day_after_the_course_and_no_course_that_is_near():
    order = a_student()
    with refusal() as refused:
        a_proposal(order, ends_on=order.cohort.ends_on + timedelta(days=1))
    assert refused.value.field == "ends_on"
    near = a_paid_order(cohort=a_cohort())
    with refusal():
        a_proposal(near, ends_on=date(2027, 1, 10))
    assert not EndingProposal.objects.exists()


# --- 12.4: both accept
@pytest.mark.clause("12.3", "12.4")
@pytest.mark.parametrize("side", Side)
def test_what_one_side_proposed_and_the_other_accepted_ends_on_its_day(side):
    order = a_student()
    proposal = a_proposal(order, side=side)
    assert end_agreed_contracts(at=LATER) == []
    accepted(proposal)
    assert end_agreed_contracts(at=MORNING - timedelta(minutes=5)) == []
    assert access_now(order, at=MORNING - timedelta(minutes=5)).is_open, "until its day it holds"
    assert end_agreed_contracts(at=MORNING) == [order.code]
    assert has_ended(order)
    assert end_agreed_contracts(at=MORNING + HOUR) == []
    proposal.refresh_from_db()
    assert (proposal.answer, proposal.ended_at) == (Answer.ACCEPTED, MORNING)
    moved = Entry.objects.of_order(order.code).get(verb="order.moved", facts__to="terminated")
    assert (moved.clause, moved.facts["by"]) == ("12.4", "ending-proposal-1")
    assert letters(NoticeKind.ENDED_EARLY).get().facts["clause"] == "12.4"
    assert [each.occasion for each in letters(NoticeKind.ENDING_TALKS).order_by("pk")] == [
        "sent",
        "accepted",
    ]


@pytest.mark.clause("12.4")
def test_declined_and_taken_back_the_contract_goes_on_and_can_be_proposed_again():
    order = a_student()
    first = a_proposal(order)
    answer_proposal(
        proposal=first,
        side=Side.ACADEMY,
        accepts=False,
        reason="курс жақын",
        by=curator(),
        at=LATER,
    )
    second = a_proposal(order, at=LATER)
    withdraw_proposal(proposal=second, side=Side.USER, by=owner_of(order), at=LATER)
    assert open_proposal(order, at=LATER) is None
    third = a_proposal(order, at=LATER + HOUR)
    assert third.number == 3
    assert end_agreed_contracts(at=MORNING) == []
    assert Order.objects.get(pk=order.pk).state == OrderState.PAID
    third.refresh_from_db()
    assert (third.answer, third.answered_by) == (Answer.LAPSED, "system")


@pytest.mark.clause("12.4")
def test_only_the_other_side_answers_and_only_once_and_in_time():
    order = a_student()
    proposal = a_proposal(order)
    user = owner_of(order)
    refused = (
        {"side": Side.USER, "by": user, "at": LATER},
        {"side": Side.ACADEMY, "by": user, "at": LATER},
        {"side": Side.ACADEMY, "by": curator(), "at": start_of_day(ENDS_ON)},
    )
    for wish in refused:
        with refusal():
            answer_proposal(proposal=proposal, accepts=True, **wish)
    with refusal():
        withdraw_proposal(proposal=proposal, side=Side.ACADEMY, by=curator(), at=LATER)
    accepted(proposal)
    with refusal():
        accepted(proposal)
    with refusal():
        withdraw_proposal(proposal=proposal, side=Side.USER, by=user, at=LATER)
    with refusal():
        a_proposal(order, at=LATER, ends_on=ENDS_ON + timedelta(days=3))


@pytest.mark.clause("12.4")
def test_the_same_proposal_again_is_the_same_row():
    order = a_student()
    first = a_proposal(order)
    assert a_proposal(order, at=LATER) == first
    with refusal():
        a_proposal(order, at=LATER, returned=1000)
    assert letters(NoticeKind.ENDING_TALKS).count() == 1


@pytest.mark.clause("12.4")
def test_a_contract_that_ended_in_another_way_is_not_ended_twice():
    order = a_student()
    accepted(a_proposal(order))
    refunded(order)
    assert Order.objects.get(pk=order.pk).state == OrderState.TERMINATED
    assert end_agreed_contracts(at=MORNING) == []
    assert EndingProposal.objects.get().ended_at is None


# --- What is owed
@pytest.mark.clause("12.3", "12.4")
def test_what_the_proposal_states_is_owed_until_a_refund_case_takes_it_up():
    order = a_student()
    accepted(a_proposal(order, returned=50_000))
    orders = Order.objects.all()
    assert not owed_after_ending(orders).exists()
    end_agreed_contracts(at=MORNING)
    assert owed_after_ending(orders).get() == order
    case = a_case(order, at=MORNING + HOUR, ground=RefundGround.GOODWILL)
    assert not owed_after_ending(orders).exists()
    cancel_case(case=case, reason="қате", by=an_owner(), at=MORNING + 2 * HOUR)
    assert owed_after_ending(orders).get() == order


@pytest.mark.clause("12.4")
def test_no_more_than_the_price_can_be_proposed_to_go_back():
    order = a_student()
    with refusal() as refused:
        a_proposal(order, returned=order.price + 1)
    assert refused.value.field == "returned"
    assert a_proposal(order, returned=order.price).returned == order.price


# --- 12.5
@pytest.mark.clause("12.3", "12.5")
def test_two_breaches_let_the_academy_end_the_contract_by_two_people():
    order = a_student()
    a_breach(order)
    a_breach(order, rule="6.3-3", at=LATER)
    ending = an_ending(order, 1, 2, at=LATER, owed=30_000)
    assert Order.objects.get(pk=order.pk).state == OrderState.PAID, "one person ends nothing"
    with refusal():
        approve_provider_ending(ending=ending, by=curator(), at=LATER)
    approve_provider_ending(ending=ending, by=reviewer(), at=LATER)
    assert has_ended(order)
    facts = letters(NoticeKind.ENDED_EARLY).get().facts
    assert facts["breaches"] == "6.4 (23.11.2026), 6.3 (23.11.2026)"
    assert (facts["clause"], facts["owed"]) == ("12.5.1.1", 30_000)
    assert facts["reasons_ru"] == REASONS["reasons_ru"]
    row = Entry.objects.of_order(order.code).get(verb="provider_ending.approved")
    assert (row.facts["breaches"], row.facts["ground"]) == ([1, 2], "12.5.1.1")
    assert owed_after_ending(Order.objects.all()).get() == order


@pytest.mark.clause("12.5")
def test_one_breach_is_enough_for_12_5_1_2_and_not_for_12_5_1_1():
    order = a_student()
    a_breach(order)
    with refusal() as few:
        an_ending(order, 1)
    assert few.value.field == "breaches"
    with refusal():
        an_ending(order, ground=Ground.ONE)
    ending = an_ending(order, 1, ground=Ground.ONE)
    approve_provider_ending(ending=ending, by=reviewer(), at=LATER)
    assert has_ended(order)


@pytest.mark.clause("12.5")
def test_a_breach_withdrawn_meanwhile_ends_nothing():
    order = a_student()
    first = a_breach(order)
    a_breach(order, rule="6.3-3")
    ending = an_ending(order, 1, 2)
    review_breach(breach=first, verdict="withdrawn", by=reviewer(), at=LATER, **REASONS)
    with refusal():
        approve_provider_ending(ending=ending, by=reviewer(), at=LATER)
    assert Order.objects.get(pk=order.pk).state == OrderState.PAID
    assert not ProviderEnding.objects.approved().exists()
    with refusal():
        an_ending(order, 1, 2, at=LATER)


@pytest.mark.clause("12.5")
def test_a_proposal_sent_back_leaves_the_contract_and_can_be_made_anew():
    order = a_student()
    a_breach(order)
    ending = an_ending(order, 1, ground=Ground.ONE)
    with refusal():
        an_ending(order, 1, ground=Ground.ONE)
    return_provider_ending(ending=ending, reason="тым қатаң", by=reviewer(), at=LATER)
    with refusal():
        approve_provider_ending(ending=ending, by=reviewer(), at=LATER)
    assert Order.objects.get(pk=order.pk).state == OrderState.PAID
    again = an_ending(order, 1, ground=Ground.ONE, at=LATER)
    approve_provider_ending(ending=again, by=reviewer(), at=LATER)
    assert has_ended(order)


@pytest.mark.clause("12.5")
def test_a_contract_that_does_not_run_is_not_ended_for_breaches():
    order = a_student()
    a_breach(order)
    ending = an_ending(order, 1, ground=Ground.ONE)
    refunded(order)
    with refusal():
        approve_provider_ending(ending=ending, by=reviewer(), at=LATER)
    with refusal():
        an_ending(order, 1, ground=Ground.ONE)
    assert letters(NoticeKind.ENDED_EARLY).count() == 0


# --- The table
@pytest.mark.clause("3.3", "12.3")
def test_each_way_of_ending_has_its_row_and_only_performance_has_a_certificate():
    assert set(CONSEQUENCES) == set(Way)
    certified = [way for way, follows in CONSEQUENCES.items() if follows.has_certificate]
    assert certified == [Way.PERFORMANCE]
    clauses = {follows.clause for follows in CONSEQUENCES.values()}
    assert clauses == {"12.4", "12.5", "12.3", "3.3", "8.6"}


@pytest.mark.clause("12.3")
def test_an_early_end_lifts_the_term_of_the_certificate():
    order = a_student()
    a_breach(order)
    at = start_of_day(order.cohort.ends_on) + HOUR
    assert open_performance_deadlines(at=at) == [order.code]
    ending = an_ending(order, 1, ground=Ground.ONE, at=at)
    approve_provider_ending(ending=ending, by=reviewer(), at=at)
    assert has_ended(order)
    assert Entry.objects.of_order(order.code).filter(verb="deadline.lifted").count() == 1


@pytest.mark.clause("3.3")
def test_a_performed_contract_has_ended_and_keeps_place_and_certificate():
    order = a_student()
    at = start_of_day(order.cohort.ends_on) + HOUR
    complete_enrollment(enrollment=order.enrollment, by=an_owner(), at=at)
    assert access_now(order, at=at).closed_by == (ClosedBy.PERFORMED,)
    assert Place.objects.filter(order=order).exists()
    assert Deadline.objects.running().filter(order=order, clause="9.1").exists()
    with refusal():
        a_proposal(order, at=at, ends_on=at.date() + timedelta(days=40))
