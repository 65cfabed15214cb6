"""What the audit asks of agreements to end a contract: the busy world has none (E1)."""

from datetime import timedelta

import pytest

from enrollment.models import EndingProposal, Order
from enrollment.operations.endings.proposals import answer_proposal, end_agreed_contracts
from enrollment.rules.sides import Side
from offer_site.audit.conduct import (
    agreements_were_in_time_and_of_both_sides,
    early_ends_were_decided,
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
