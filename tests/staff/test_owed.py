"""What the end of a contract leaves owed: how much, to whom, and until a case decides (12.3)."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from enrollment.models import Order
from enrollment.operations.endings.proposals import answer_proposal, end_agreed_contracts
from enrollment.operations.force_majeure.settlements import approve_end
from enrollment.operations.halves.requests import agree_to_halves
from enrollment.rules.sides import Side
from offer_site.days import start_of_day
from offer_site.money import tenge_text
from offer_site.staff.owed import owed_after_ending
from payments.models import Ground, LedgerEntry
from payments.operations.refunds.cases import cancel_case
from tests.enrollment.conduct.scenes import (
    ENDS_ON,
    SOON,
    STARTS_ON,
    a_proposal,
    a_student,
    curator,
    reviewer,
)
from tests.enrollment.force_majeure.scenes import a_report, confirmed, proposed_to_end
from tests.enrollment.halves.scenes import a_proposal as halves_proposed
from tests.enrollment.halves.scenes import a_request, bot_evidence, order_under
from tests.given import NOON, a_cohort, a_receipt, an_owner, receive, refusal
from tests.payments.refunds.scenes import a_case, an_approval
from tests.payments.refunds.scenes import a_proposal as a_decision
from tests.staff.conftest import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("12.3", "12.4")]
HOUR = timedelta(hours=1)
MORNING = start_of_day(ENDS_ON) + HOUR
OWED = 50_000


def owed() -> dict[str, int]:
    """What is owed under each order's code."""
    return {order.code: int(order.owed) for order in owed_after_ending(Order.objects.all())}


def agreed(order: Order | None = None, *, returned: int = OWED) -> Order:
    """A contract that both sides agreed to end; its day has not come."""
    proposal = a_proposal(order, returned=returned)
    answer_proposal(proposal=proposal, side=Side.ACADEMY, accepts=True, by=curator(), at=SOON)
    return proposal.order


def ended(order: Order | None = None, **wishes) -> Order:
    order = agreed(order, **wishes)
    end_agreed_contracts(at=MORNING)
    return order


def decided(case, granted: int, *, at=MORNING + 2 * HOUR):
    a_decision(case, granted, at=at, ends_order=False)
    return an_approval(case, at=at)


def test_what_was_agreed_is_owed_to_the_party_as_staff_read_it():
    order = ended()
    assert owed() == {order.code: OWED}
    address = reverse("admin:enrollment_order_change", args=[order.pk])
    with time_machine.travel(MORNING, tick=False):
        shown = signed_in(an_owner()).get(address).content.decode()
    assert tenge_text(OWED) in shown
    assert str(order.party) in shown


def test_a_case_of_other_money_hides_nothing():
    order = ended()
    receive(a_receipt(order, at=SOON), order, at=SOON)
    entry = LedgerEntry.objects.waiting().get()
    a_case(order, entry=entry, at=MORNING + HOUR, ground=Ground.DOUBLE)
    assert owed() == {order.code: OWED}


def test_a_case_that_grants_less_leaves_the_rest_owed():
    order = ended()
    case = a_case(order, at=MORNING + HOUR, ground=Ground.GOODWILL)
    assert owed() == {}, "somebody is deciding it"
    decided(case, 20_000)
    assert owed() == {order.code: 30_000}


def test_a_case_that_grants_all_of_it_leaves_nothing():
    order = ended()
    decided(a_case(order, at=MORNING + HOUR, ground=Ground.GOODWILL), OWED)
    assert owed() == {}


def test_a_case_that_was_open_before_takes_it_up_until_it_is_cancelled():
    order = agreed()
    case = a_case(order, at=NOON, ground=Ground.GOODWILL)
    end_agreed_contracts(at=MORNING)
    assert owed() == {}
    cancel_case(case=case, reason="қате", by=an_owner(), at=MORNING + HOUR)
    assert owed() == {order.code: OWED}


def test_no_more_is_owed_than_came_and_was_not_returned():
    order = a_student()
    decided(a_case(order, at=NOON, ground=Ground.GOODWILL), 30_000, at=NOON)
    agreed(order, returned=140_000)
    end_agreed_contracts(at=MORNING)
    assert owed() == {order.code: order.price - 30_000}


def test_of_a_half_that_came_no_more_than_a_half_is_promised():
    request = a_request(cohort=a_cohort(starts_on=STARTS_ON))
    proposal = halves_proposed(request, rest_on=STARTS_ON + timedelta(days=10))
    agree_to_halves(request=request, proposal=proposal.number, evidence=bot_evidence(), at=NOON)
    order = order_under(request)
    receive(a_receipt(order, amount=order.prepayment), order)
    order.refresh_from_db()
    with refusal() as refused:
        a_proposal(order, returned=order.prepayment + 1)
    assert refused.value.field == "returned"
    assert a_proposal(order, returned=order.prepayment).returned == order.prepayment


@pytest.mark.clause("8.6")
def test_what_the_end_by_force_majeure_states_is_owed():
    event = confirmed(a_report(a_student()))
    contract = proposed_to_end(event, owed=OWED)
    assert owed() == {}
    approve_end(contract=contract, by=reviewer(), at=event.talks_from)
    assert owed() == {contract.order.code: OWED}
    case = a_case(contract.order, at=event.talks_from + HOUR, ground=Ground.FORCE_MAJEURE)
    assert owed() == {}
    assert case.order == contract.order
