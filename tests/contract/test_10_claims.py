"""Section 10 of the offer: a dispute is settled by talks and claims before a court (10.1, 10.2)."""

from dataclasses import replace
from datetime import date

import pytest

from enrollment.models import Claim, ClaimAnswer, Deadline, Debtor
from enrollment.operations.claims.answers import answer_as_student, answer_claim, reply_to_answer
from enrollment.operations.claims.documents import close_document_requests, send_documents
from enrollment.operations.claims.letters import claim_answer_copy
from enrollment.rules.claims import Stage
from offer_site.days import end_of_day
from tests.enrollment.claims.scenes import (
    ANSWER,
    DAY,
    a_claim,
    a_counterclaim,
    a_picture,
    a_request,
    an_answer,
    as_it_is,
)
from tests.given import NOON, a_paid_order, an_owner, refusal

pytestmark = pytest.mark.django_db
FILED_ON = date(2026, 11, 23)  # a Monday
DUE_ON = date(2026, 12, 3)


def terms(clause):
    found = Deadline.objects.filter(clause=clause).order_by("pk")
    return [(term.due_on, term.owed_by, term.met_at is not None) for term in found]


@pytest.mark.clause("10.1", "10.2")
def test_a_proposal_that_is_not_taken_leaves_the_claim_open_to_talks():
    claim = a_claim()
    an_answer(claim)
    reply_to_answer(claim=claim, accepts=False, by="user:1", at=NOON + 3 * DAY)
    assert as_it_is(claim).stage == Stage.NOT_ACCEPTED
    assert Claim.objects.proposals_declined().get() == claim


@pytest.mark.clause("10.2.1")
def test_a_claim_that_is_not_signed_is_taken_and_its_signature_asked_for():
    claim = a_claim(is_signed=False)
    assert terms("10.2.3") == [(DUE_ON, Debtor.ACADEMY, False)]
    assert claim.missing == ["signature"]


@pytest.mark.clause("10.2.2")
def test_a_claim_holds_all_that_the_offer_lists():
    claim = as_it_is(a_claim(amount=30000, calculation="Үш сабақ, әрқайсысы 10 000", other="–"))
    assert all(claim.words.values())
    assert [file.title for file in claim.files.all()] == ["экран.png"]


@pytest.mark.clause("10.2.3")
def test_a_claim_is_answered_within_ten_days_from_the_day_it_came():
    order = a_paid_order()
    claim = a_claim(order, at=NOON + 2 * DAY, came_on=FILED_ON, came_by="paper")
    assert terms("10.2.3") == [(DUE_ON, Debtor.ACADEMY, False)]
    an_answer(claim, at=end_of_day(DUE_ON) - DAY / 1440)
    assert ClaimAnswer.objects.get().in_time
    assert terms("10.2.3") == [(DUE_ON, Debtor.ACADEMY, True)]


@pytest.mark.clause("10.2.3")
def test_an_answer_that_is_late_is_given_and_recorded_as_late():
    an_answer(a_claim(), at=end_of_day(DUE_ON))
    assert not ClaimAnswer.objects.get().in_time


@pytest.mark.clause("10.2.3")
@pytest.mark.parametrize("part", ["reasons_kk", "reasons_ru", "proposal_kk", "proposal_ru"])
def test_an_answer_without_reasons_or_a_proposal_is_no_answer(part):
    claim = a_claim()
    with refusal() as refused:
        answer_claim(claim=claim, words=replace(ANSWER, **{part: " "}), by=an_owner(), at=NOON)
    assert refused.value.field == part
    assert terms("10.2.3") == [(DUE_ON, Debtor.ACADEMY, False)]


@pytest.mark.clause("10.2.3")
def test_the_answer_to_a_claim_that_is_not_granted_speaks_of_the_claim_and_of_no_bank():
    claim = a_claim()
    answer_claim(claim=claim, words=replace(ANSWER, verdict="declined"), by=an_owner(), at=NOON)
    [copy] = claim_answer_copy(str(claim.pk), at=NOON)
    said = copy.content.decode()
    assert "Қанағаттандырылмады" in said
    assert "Не удовлетворена" in said
    assert "банк" not in said.lower()


@pytest.mark.clause("10.2.4")
def test_documents_asked_for_in_time_are_the_answer_that_is_due_and_the_decision_follows_them():
    claim = a_claim()
    a_request(claim, at=NOON + 3 * DAY)
    assert terms("10.2.3") == [(DUE_ON, Debtor.ACADEMY, True)]
    assert terms("10.2.4") == [(date(2026, 12, 7), Debtor.USER, False)]  # the 6th is a Sunday
    send_documents(claim=claim, files=(a_picture(),), by="user:1", at=NOON + 8 * DAY)
    assert terms("10.2.4") == [(date(2026, 12, 7), Debtor.USER, True)]
    assert terms("10.2.3")[1] == (date(2026, 12, 11), Debtor.ACADEMY, False)


@pytest.mark.clause("10.2.4")
def test_without_the_documents_the_claim_is_decided_on_what_there_is():
    claim = a_claim()
    term = a_request(claim, at=NOON + 3 * DAY).term
    close_document_requests(at=term.due_before)
    assert terms("10.2.3")[1] == (date(2026, 12, 17), Debtor.ACADEMY, False)
    assert an_answer(claim, at=NOON + 20 * DAY).in_time


@pytest.mark.clause("10.2.4")
@pytest.mark.parametrize(("days", "at"), [(9, NOON), (10, end_of_day(DUE_ON))])
def test_documents_are_asked_for_within_ten_days_and_for_at_least_ten(days, at):
    claim = a_claim()
    with refusal() as refused:
        a_request(claim, days=days, at=at)
    assert refused.value.clause == "10.2.4"
    assert terms("10.2.4") == []
    assert terms("10.2.3") == [(DUE_ON, Debtor.ACADEMY, False)]


@pytest.mark.clause("11.5", "11.6")
def test_an_infringement_is_a_claim_of_a_million_tenge_that_the_student_answers():
    claim = a_counterclaim()
    assert (claim.amount, claim.clause) == (1_000_000, "11.5")
    assert terms("10.2.3") == [(DUE_ON, Debtor.USER, False)]
    answer_as_student(
        claim=claim,
        verdict="declined",
        reasons="Мен ешкімге бермедім.",
        proposal="Талапты қайтарып алу.",
        by="user:1",
        at=NOON + DAY,
    )
    assert terms("10.2.3") == [(DUE_ON, Debtor.USER, True)]
    assert as_it_is(claim).answer.reasons == "Мен ешкімге бермедім."
