"""Breaches and ends of contracts at staff's desks: buttons, two people, whose right it is."""

import pytest
import time_machine
from django.urls import reverse

from enrollment.models import Breach, BreachStatement, EndingProposal, Order, ProviderEnding
from enrollment.operations.access.questions import access_now
from enrollment.operations.endings.proposals import answer_proposal, end_agreed_contracts
from enrollment.rules.endings import CONSEQUENCES, Answer, Way
from enrollment.rules.order_states import OrderState
from enrollment.rules.sides import Side
from offer_site.days import start_of_day
from offer_site.staff.attention import needs_attention
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
)
from tests.given import an_owner
from tests.papers import a_file
from tests.staff.conftest import led_by_curators_desk, signed_in

pytestmark = pytest.mark.django_db(transaction=True)
LATER = SOON + HOUR


@pytest.fixture(autouse=True)
def _later():
    with time_machine.travel(LATER, tick=False):
        yield


def page(model, key, name="change"):
    return reverse(f"admin:enrollment_{model}_{name}", args=[key])


def a_typed_breach(**more):
    return {
        "rule": "6.3-3",
        "happened_at": "2026-11-23T12:30",
        "what": "Чатта дөрекі сөз жазды.",
    } | more


def asked(at=LATER):
    return {
        (matter.question.listed, matter.question.query): matter.count
        for matter in needs_attention(user=an_owner(), at=at)
    }


@pytest.mark.clause("6.3", "6.5")
def test_a_breach_is_recorded_reviewed_and_access_restored_at_the_desk(at_managers_desk):
    order = a_student()
    record = page("enrollment", order.enrollment.pk, "breach")
    shown = at_managers_desk.get(record).text
    assert "6.3: " in shown
    wrong = at_managers_desk.post(record, a_typed_breach(happened_at="2026-11-24T12:30"))
    assert "дөрекі сөз" in wrong.text, "nothing typed is lost"
    assert not Breach.objects.exists()
    at_managers_desk.post(record, a_typed_breach(document=a_file()))
    breach = Breach.objects.get()
    assert (breach.rule, breach.shuts_off) == ("6.3-3", True)
    assert asked()["enrollment_breach", "attention=to-review"] == 1
    verdict = {"verdict": "confirmed", **REASONS}
    review = page("breach", breach.pk, "review")
    own = at_managers_desk.post(review, verdict)
    assert own.status_code == 200
    assert Breach.objects.get().verdict == ""
    owners_desk = signed_in(an_owner())
    owners_desk.post(review, verdict)
    assert Breach.objects.get().verdict == "confirmed"
    restoring = page("breach", breach.pk, "restoring")
    owners_desk.post(restoring, {"reason": "кешірім сұрады"})
    assert access_now(order, at=LATER).is_open
    assert "кешірім сұрады" in owners_desk.get(page("breach", breach.pk)).text
    evidence = page("breachstatement", BreachStatement.objects.get().pk, "document")
    saved = owners_desk.post(evidence, {"reason": "шағым"})
    assert saved["Content-Disposition"].startswith("attachment")


def test_a_curator_records_a_breach_and_decides_nothing(at_curators_desk):
    order = a_student()
    led_by_curators_desk(order.enrollment)
    enrollment = order.enrollment.pk
    at_curators_desk.post(page("enrollment", enrollment, "breach"), a_typed_breach())
    breach = Breach.objects.get()
    for name in ("review", "restoring"):
        assert at_curators_desk.get(page("breach", breach.pk, name)).status_code == 403
    for name in ("agreement", "ending"):
        assert at_curators_desk.get(page("enrollment", enrollment, name)).status_code == 403


@pytest.mark.clause("12.4")
def test_staff_accept_a_students_proposal(at_managers_desk):
    order = a_student()
    proposal = a_proposal(order, returned=50_000)
    assert asked()["enrollment_endingproposal", "attention=awaiting"] == 1
    accept = page("endingproposal", proposal.pk, "acceptance")
    shown = at_managers_desk.get(accept).text
    for _name, sentence in CONSEQUENCES[Way.AGREEMENT].rows:
        assert str(sentence) in shown, "what follows is shown before the decision"
    at_managers_desk.post(accept)
    assert EndingProposal.objects.get().answer == Answer.ACCEPTED
    assert ("enrollment_endingproposal", "attention=awaiting") not in asked()
    at = start_of_day(ENDS_ON)
    end_agreed_contracts(at=at)
    assert asked(at)["enrollment_order", "attention=owed"] == 1
    listed = reverse("admin:enrollment_order_changelist") + "?attention=owed"
    assert order.code in at_managers_desk.get(listed).text
    owners_desk = signed_in(an_owner())
    assert page("order", order.pk, "refund") in owners_desk.get(page("order", order.pk)).text


@pytest.mark.clause("12.4")
def test_staff_propose_and_take_back(at_managers_desk):
    order = a_student()
    propose = page("enrollment", order.enrollment.pk, "agreement")
    assert "12.12.2026" in at_managers_desk.get(propose).text
    near = at_managers_desk.post(propose, {"ends_on": "2026-12-22", "returned": "0", "why": ""})
    assert "23.12.2026" in near.text
    at_managers_desk.post(propose, {"ends_on": "2026-12-28", "returned": "1000", "why": ""})
    proposal = EndingProposal.objects.get()
    assert (proposal.side, proposal.returned) == (Side.ACADEMY, 1000)
    at_managers_desk.post(page("endingproposal", proposal.pk, "withdrawal"))
    assert EndingProposal.objects.get().answer == Answer.WITHDRAWN


@pytest.mark.clause("12.5")
def test_two_people_end_a_contract_for_its_breaches(at_managers_desk):
    order = a_student()
    a_breach(order)
    a_breach(order, rule="6.3-3")
    propose = page("enrollment", order.enrollment.pk, "ending")
    assert str(CONSEQUENCES[Way.PROVIDER].money.label) in at_managers_desk.get(propose).text
    wishes = {"ground": "12.5.1.1", "breaches": ["1"], "owed": "0", **REASONS}
    few = at_managers_desk.post(propose, wishes)
    assert few.status_code == 200
    assert not ProviderEnding.objects.exists()
    at_managers_desk.post(propose, wishes | {"breaches": ["1", "2"]})
    ending = ProviderEnding.objects.get()
    assert asked()["enrollment_providerending", "attention=undecided"] == 1
    approval = page("providerending", ending.pk, "approval")
    assert at_managers_desk.post(approval).status_code == 200
    assert Order.objects.get(pk=order.pk).state == OrderState.PAID
    owners_desk = signed_in(an_owner())
    assert "6.3" in owners_desk.get(approval).text
    owners_desk.post(approval)
    assert Order.objects.get(pk=order.pk).state == OrderState.TERMINATED


def test_a_proposal_is_sent_back_with_a_reason():
    order = a_student()
    a_breach(order)
    ending = an_ending(order, 1, ground="12.5.1.2")
    desk = signed_in(an_owner())
    send_back = page("providerending", ending.pk, "return")
    assert desk.post(send_back, {"reason": ""}).status_code == 200
    desk.post(send_back, {"reason": "тым қатаң"})
    assert ProviderEnding.objects.get().return_reason == "тым қатаң"
    assert "тым қатаң" in desk.get(page("providerending", ending.pk)).text


def test_the_page_of_an_order_shows_its_breaches_and_ends(at_managers_desk):
    order = a_student()
    breach = a_breach(order)
    proposal = a_proposal(order)
    answer_proposal(
        proposal=proposal, side=Side.ACADEMY, accepts=False, reason="жоқ", by=curator(), at=LATER
    )
    shown = at_managers_desk.get(page("order", order.pk)).text
    assert page("breach", breach.pk) in shown
    assert page("endingproposal", proposal.pk) in shown
