"""Claims at the desks: recorded, asked about, answered; who may do what (10.2)."""

import pytest
import time_machine
from django.urls import reverse

from enrollment.models import Claim, ClaimKind
from offer_site.notices.models import Notice
from offer_site.staff.attention import needs_attention
from tests.enrollment.claims.scenes import (
    ANSWER,
    DAY,
    DEMAND,
    STORY,
    a_claim,
    a_counterclaim,
    an_infringement,
    as_it_is,
)
from tests.given import NOON, a_paid_order
from tests.papers import a_file
from tests.payments.refunds.scenes import a_case, a_proposal, an_approval

pytestmark = pytest.mark.django_db
THEN = NOON + 2 * DAY
WRITTEN = {"demand": DEMAND, "circumstances": STORY}


@pytest.fixture(autouse=True)
def _then():
    with time_machine.travel(THEN, tick=False):
        yield


def button(thing, name, app="enrollment"):
    model = thing._meta.model_name
    return reverse(f"admin:{app}_{model}_{name}", args=[thing.pk])


def matters(user):
    return {matter.question.query for matter in needs_attention(user=user, at=NOON + 12 * DAY)}


@pytest.mark.clause("10.2.2", "10.2.3")
def test_a_manager_records_a_paper_claim_and_answers_it(at_managers_desk, manager):
    order = a_paid_order()
    values = WRITTEN | {
        "kind": ClaimKind.OTHER,
        "came_by": "paper",
        "came_on": "2026-11-24",
        "files": [a_file()],
    }
    at_managers_desk.post(button(order, "claim"), values)
    claim = Claim.objects.get()
    assert (str(claim.came_on), claim.signed_at, claim.files.count()) == ("2026-11-24", None, 1)
    assert "attention=to-answer" in matters(manager)
    page = at_managers_desk.get(reverse("admin:enrollment_claim_change", args=[claim.pk]))
    assert DEMAND in page.content.decode()
    half = at_managers_desk.post(button(claim, "answer"), {"verdict": "granted"})
    assert half.status_code == 200
    assert as_it_is(claim).is_open
    said = {name: getattr(ANSWER, name) for name in ("reasons_kk", "reasons_ru")}
    said |= {name: getattr(ANSWER, name) for name in ("proposal_kk", "proposal_ru")}
    at_managers_desk.post(button(claim, "answer"), {"verdict": "granted", **said})
    assert as_it_is(claim).answer.verdict == "granted"
    assert "attention=to-answer" not in matters(manager)


@pytest.mark.clause("10.2.4")
def test_a_manager_asks_for_documents_and_adds_what_came_by_post(at_managers_desk):
    claim = a_claim()
    asked = {"what_kk": "Чек", "what_ru": "Чек", "days": "9"}
    refused = at_managers_desk.post(button(claim, "request"), asked)
    assert refused.status_code == 200
    at_managers_desk.post(button(claim, "request"), asked | {"days": "12"})
    came = {"side": "user", "came_on": "2026-11-25", "files": [a_file()]}
    at_managers_desk.post(button(claim, "documents"), came)
    assert claim.requests.get().came


@pytest.mark.clause("11.5", "11.6")
def test_an_owner_makes_a_claim_against_a_student(at_owners_desk):
    order = a_paid_order()
    values = WRITTEN | {"kind": ClaimKind.INFRINGEMENT, "clause": "11.5"}
    unconfirmed = at_owners_desk.post(button(order, "counterclaim"), values)
    assert unconfirmed.context["form"].errors["breach"]
    assert STORY in unconfirmed.text
    values |= {"breach": an_infringement(order, at=THEN).pk}
    at_owners_desk.post(button(order, "counterclaim"), values)
    claim = Claim.objects.get()
    assert (claim.amount, claim.filed_by) == (1_000_000, "academy")
    said = {"verdict": "granted", "reasons": "Иә", "proposal": "Төлеймін"}
    at_owners_desk.post(button(claim, "counteranswer"), said)
    at_owners_desk.post(button(claim, "reply"), {"accepts": "yes"})
    assert as_it_is(claim).answer.accepted


@pytest.mark.clause("10.2")
def test_a_manager_takes_a_claim_back_with_what_the_student_signed(at_managers_desk):
    claim = a_claim()
    bare = at_managers_desk.post(button(claim, "withdrawal"))
    assert bare.context["form"].errors["document"]
    assert as_it_is(claim).is_open
    at_managers_desk.post(button(claim, "withdrawal"), {"document": a_file()})
    assert as_it_is(claim).withdrawal.document
    own = a_counterclaim()
    at_managers_desk.post(button(own, "withdrawal"))
    assert as_it_is(own).withdrawn_at


def test_a_curator_sees_no_claim(at_curators_desk):
    claim = a_claim()
    address = reverse("admin:enrollment_claim_change", args=[claim.pk])
    assert at_curators_desk.get(address).status_code == 403
    assert at_curators_desk.post(button(claim, "answer")).status_code == 403
    file = claim.files.get()
    shown = reverse("admin:enrollment_claimfile_document", args=[file.pk])
    assert at_curators_desk.get(shown).status_code == 403


def test_a_student_who_is_late_with_an_answer_is_seen(manager):
    a_counterclaim()
    assert "attention=student-late" in matters(manager)


# --- Money
@pytest.mark.clause("10.2.3", "4.6")
@pytest.mark.parametrize(
    ("granted", "verdict"), [(0, "declined"), (100, "partly"), (300, "granted")]
)
def test_the_decision_of_a_refund_case_answers_its_claim(granted, verdict):
    claim = a_claim(kind=ClaimKind.MONEY, amount=300, calculation="Үш сабақ")
    case = a_case(claim.order, at=THEN, claim=claim)
    assert (case.deadline, case.answer_term, case.asked_on) == (
        None,
        claim.answer_term,
        claim.came_on,
    )
    assert case.demand == DEMAND
    a_proposal(case, granted, at=THEN)
    an_approval(case, at=THEN)
    answered = as_it_is(claim)
    assert answered.answer.verdict == verdict
    assert answered.answer_term.met_at == THEN
    # The letter of the decision is the answer, and its link takes the proposal or not.
    assert answered.answer.letter == Notice.objects.get(kind="refund-decided")


def test_a_claim_has_one_case_that_stands(at_owners_desk):
    claim = a_claim(kind=ClaimKind.MONEY)
    values = {
        "claim": claim.pk,
        "ground": "academy-fault",
        "asked_by": "customer",
        "asked_on": "2026-11-25",
        "document": "кабинет",
    }
    at_owners_desk.post(button(claim.order, "refund"), values)
    again = at_owners_desk.post(button(claim.order, "refund"), values)
    assert again.status_code == 200
    assert claim.refund_cases.count() == 1
