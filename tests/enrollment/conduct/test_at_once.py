"""Conduct and ends of contracts in one moment, and a control that sees the race lost."""

from functools import partial

import pytest
from django.db import IntegrityError
from django.db.models import QuerySet

from enrollment.models import (
    Breach,
    Order,
    ProviderEnding,
    Suspension,
)
from enrollment.operations.conduct.breaches import restore_access, review_breach
from enrollment.operations.endings.proposals import (
    answer_proposal,
    end_agreed_contracts,
    withdraw_proposal,
)
from enrollment.operations.endings.provider import approve_provider_ending
from enrollment.rules.endings import Ground
from enrollment.rules.order_states import OrderState
from enrollment.rules.sides import Side
from offer_site.days import start_of_day
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from tests.at_once import at_once
from tests.enrollment.conduct.scenes import (
    ENDS_ON,
    HOUR,
    REASONS,
    SOON,
    a_breach,
    a_proposal,
    a_student,
    an_ending,
    curator,
    owner_of,
    reviewer,
)

pytestmark = pytest.mark.django_db(transaction=True)
LATER = SOON + HOUR
ROUNDS = 6


def journalled(order: Order, verb: str) -> int:
    return Entry.objects.of_order(order.code).filter(verb=verb).count()


@pytest.mark.clause("6.5")
def test_a_breach_recorded_many_times_at_once_is_one_breach_and_one_suspension():
    order = a_student()
    curator()
    at_once([partial(a_breach, order)] * 6)
    assert (Breach.objects.count(), Suspension.objects.count()) == (1, 1)
    assert Notice.objects.filter(kind=NoticeKind.BREACH_RECORDED).count() == 1
    assert journalled(order, "enrollment.suspended") == 1


@pytest.mark.clause("6.5")
def test_a_withdrawal_and_a_restoring_at_once_open_access_once():
    breach = a_breach()
    by = reviewer()
    withdraw = partial(
        review_breach, breach=breach, verdict="withdrawn", by=by, at=LATER, **REASONS
    )
    restore = partial(restore_access, breach=breach, reason="кешірді", by=by, at=LATER)
    at_once([withdraw, restore] * 3, errors=RuleViolation)
    assert Suspension.objects.get().ended_at == LATER
    assert journalled(breach.order, "enrollment.restored") == 1
    assert journalled(breach.order, "breach.withdrawn") == 1


@pytest.mark.clause("12.4")
def test_an_acceptance_and_a_withdrawal_at_once_leave_one_answer():
    order = a_student()
    proposal = a_proposal(order)
    accept = partial(
        answer_proposal,
        proposal=proposal,
        side=Side.ACADEMY,
        accepts=True,
        by=curator(),
        at=LATER,
    )
    withdraw = partial(
        withdraw_proposal, proposal=proposal, side=Side.USER, by=owner_of(order), at=LATER
    )
    results = at_once([accept, withdraw] * 3, errors=RuleViolation)
    assert sum(not isinstance(each, RuleViolation) for each in results) == 1
    proposal.refresh_from_db()
    verbs = [journalled(order, f"ending.{answer}") for answer in ("accepted", "withdrawn")]
    assert sorted(verbs) == [0, 1]
    assert Notice.objects.filter(kind=NoticeKind.ENDING_TALKS).count() == 2


@pytest.mark.clause("12.4")
def test_two_clocks_at_once_end_a_contract_once():
    order = a_student()
    proposal = a_proposal(order)
    answer_proposal(proposal=proposal, side=Side.ACADEMY, accepts=True, by=curator(), at=LATER)
    at = start_of_day(ENDS_ON)
    ended = at_once([partial(end_agreed_contracts, at=at)] * 4)
    assert sorted(ended) == [[], [], [], [order.code]]
    assert journalled(order, "enrollment.terminated") == 1
    assert Notice.objects.filter(kind=NoticeKind.ENDED_EARLY).count() == 1


@pytest.mark.clause("12.5")
def test_two_approvals_and_a_withdrawn_breach_at_once_agree():
    """Either the contract ended while its breaches stood, or it did not end."""
    order = a_student()
    breach = a_breach(order)
    ending = an_ending(order, 1, ground=Ground.ONE)
    by = reviewer()
    approve = partial(approve_provider_ending, ending=ending, by=by, at=LATER)
    withdraw = partial(
        review_breach, breach=breach, verdict="withdrawn", by=by, at=LATER, **REASONS
    )
    at_once([approve, withdraw, approve], errors=RuleViolation)
    ended = Order.objects.get(pk=order.pk).state == OrderState.TERMINATED
    assert ended == ProviderEnding.objects.approved().exists()
    verbs = list(
        Entry.objects.of_order(order.code)
        .filter(verb__in=["provider_ending.approved", "breach.withdrawn"])
        .order_by("number")
        .values_list("verb", flat=True)
    )
    assert verbs in (["provider_ending.approved", "breach.withdrawn"], ["breach.withdrawn"])
    assert ended == ("provider_ending.approved" in verbs)


@pytest.mark.faults
def test_control_without_the_lock_both_answers_count(monkeypatch):
    """Each answer reads a proposal that still waits: both are written, or their rows collide."""
    by = curator()
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)
    for _round in range(ROUNDS):
        order = a_student()
        proposal = a_proposal(order)
        accept = partial(
            answer_proposal, proposal=proposal, side=Side.ACADEMY, accepts=True, by=by, at=LATER
        )
        withdraw = partial(
            withdraw_proposal, proposal=proposal, side=Side.USER, by=owner_of(order), at=LATER
        )
        results = at_once([accept, withdraw] * 3, errors=(RuleViolation, IntegrityError))
        done = [each for each in results if not isinstance(each, Exception)]
        if len(done) > 1 or any(isinstance(each, IntegrityError) for each in results):
            return
    pytest.fail("nothing went wrong without the lock")
