"""What the audit asks of agreements to end a contract: the busy world has none (E1)."""

from datetime import timedelta

import pytest

from enrollment.models import EndingProposal, Enrollment, Order
from enrollment.operations.endings.proposals import answer_proposal, end_agreed_contracts
from enrollment.rules.sides import Side
from offer_site.audit.conduct import (
    agreements_were_in_time_and_of_both_sides,
    early_ends_were_decided,
    no_service_is_performed_before_an_agreed_end,
)
from offer_site.days import start_of_day
from tests.enrollment.conduct.scenes import ENDS_ON, SOON, a_proposal, curator

AT = start_of_day(ENDS_ON)


def found() -> list[str]:
    return [
        *early_ends_were_decided(AT),
        *agreements_were_in_time_and_of_both_sides(AT),
    ]


@pytest.fixture
def proposal(db) -> EndingProposal:
    """A proposal that both sides accepted, and whose day has come."""
    proposal = a_proposal()
    answer_proposal(proposal=proposal, side=Side.ACADEMY, accepts=True, by=curator(), at=SOON)
    end_agreed_contracts(at=AT)
    return proposal


def test_an_agreement_carried_out_has_nothing_false(proposal):
    assert found() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"ended_at": None},
        {"ended_at": AT - timedelta(minutes=1)},
        {"days": 3},
        {"sent_at": SOON + timedelta(days=20)},
    ],
    ids=["its end is forgotten", "it ended early", "fewer days", "it was sent too late"],
)
def test_each_falsehood_is_found(proposal, changes):
    EndingProposal.objects.filter(pk=proposal.pk).update(**changes)
    assert found() != []


def test_a_contract_that_runs_on_after_its_end_is_found(proposal):
    Order.objects.filter(pk=proposal.order_id).update(state="paid")
    assert found() != []


@pytest.fixture
def agreed(db) -> EndingProposal:
    """A proposal that both sides accepted, and whose day has not come."""
    proposal = a_proposal()
    return answer_proposal(
        proposal=proposal, side=Side.ACADEMY, accepts=True, by=curator(), at=SOON
    )


def test_an_agreed_end_and_a_later_day_of_performance_have_nothing_false(agreed):
    assert list(no_service_is_performed_before_an_agreed_end(SOON)) == []


def test_a_day_of_performance_before_the_agreed_end_is_found(agreed):
    enrollments = Enrollment.objects.filter(order=agreed.order_id)
    enrollments.update(performed_on=ENDS_ON - timedelta(days=1))
    assert list(no_service_is_performed_before_an_agreed_end(SOON)) != []


def test_an_agreed_end_of_a_performed_contract_is_found(agreed):
    Order.objects.filter(pk=agreed.order_id).update(state="completed")
    assert list(no_service_is_performed_before_an_agreed_end(SOON)) != []
