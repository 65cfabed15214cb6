"""An answer holds for what its page showed: what was replaced or closed meanwhile is not answered,
the page says so, and nothing typed is lost.
"""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from enrollment.models import (
    AnswerDoor,
    Clarification,
    CohortMove,
    EditionAnswerKind,
    EndingProposal,
)
from enrollment.operations.claims.filing import withdraw_claim
from enrollment.operations.clarification.questions import ask_by_hand, withdraw_question
from enrollment.operations.endings.proposals import withdraw_proposal
from enrollment.operations.force_majeure.events import reject_force_majeure
from enrollment.operations.offering.edition_answers import answer_edition
from enrollment.operations.training.moves import end_move, propose_move
from enrollment.rules.endings import Answer
from enrollment.rules.sides import Side
from tests.accounts.signing import signed_in
from tests.enrollment.claims.scenes import a_claim, a_counterclaim, a_request, as_it_is
from tests.enrollment.clarifications import WHOLE, a_sent_question, question_of
from tests.enrollment.conduct.scenes import (
    ENDS_ON,
    HOUR,
    SOON,
    a_proposal,
    a_student,
    curator,
    owner_of,
)
from tests.enrollment.force_majeure.scenes import a_report
from tests.enrollment.offering.scenes import a_coming_edition, told
from tests.given import a_cohort, a_paid_order, an_owner
from tests.pages.answering import OpenPage
from tests.pages.test_clarification_page import from_the_letter
from tests.papers import PNG, a_file

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("short_contracts")]
LATER = SOON + HOUR
WORDS = "Ойландым, себебі бар"


@pytest.fixture(autouse=True)
def _later():
    with time_machine.travel(LATER, tick=False):
        yield


def opened(order, name, *args):
    browser = signed_in(order.party.email)
    return OpenPage(browser, reverse(name, args=[order.code, *args]))


# --- The end by agreement
def a_replaced_proposal(order):
    """The academy's second proposal, with another sum; the first one is taken back."""
    first = EndingProposal.objects.get()
    withdraw_proposal(proposal=first, side=Side.ACADEMY, by=curator(), at=LATER)
    return a_proposal(order, side=Side.ACADEMY, returned=0, at=LATER)


@pytest.mark.clause("12.4")
def test_an_old_page_accepts_no_other_end():
    order = a_student()
    a_proposal(order, side=Side.ACADEMY, returned=50_000)
    page = opened(order, "cabinet_ending")
    second = a_replaced_proposal(order)
    answer = reverse("cabinet_ending_answer", args=[order.code])
    shown = page.send({"answer": "accept", "reason": WORDS}, to=answer)
    second.refresh_from_db()
    assert second.answer == ""
    text = shown.content.decode()
    assert WORDS in text
    assert 'id="errors"' in text
    again = OpenPage(page.browser, page.address)
    again.send({"answer": "accept", "reason": WORDS}, to=answer)
    second.refresh_from_db()
    assert second.answer == Answer.ACCEPTED


@pytest.mark.clause("12.4")
def test_an_answer_without_a_proposal_keeps_its_words():
    order = a_student()
    proposal = a_proposal(order, side=Side.ACADEMY)
    page = opened(order, "cabinet_ending")
    withdraw_proposal(proposal=proposal, side=Side.ACADEMY, by=curator(), at=LATER)
    answer = reverse("cabinet_ending_answer", args=[order.code])
    shown = page.send({"answer": "decline", "reason": WORDS}, to=answer, follow=True)
    assert WORDS in shown.content.decode()
    assert 'role="alert"' in shown.content.decode()


@pytest.mark.clause("12.4")
def test_an_old_page_takes_back_no_other_proposal():
    order = a_student()
    first = a_proposal(order)
    page = opened(order, "cabinet_ending")
    withdraw_proposal(proposal=first, side=Side.USER, by=owner_of(order), at=LATER)
    second = a_proposal(order, returned=90_000, at=LATER)
    page.send(to=reverse("cabinet_ending_withdrawal", args=[order.code]))
    second.refresh_from_db()
    assert second.answer == ""


@pytest.mark.clause("12.4")
def test_a_proposal_that_crosses_the_academys_keeps_its_words():
    order = a_student()
    page = opened(order, "cabinet_ending")
    a_proposal(order, side=Side.ACADEMY)
    shown = page.send({"day": "another", "ends_on": ENDS_ON.isoformat(), "why": WORDS})
    assert WORDS in shown.content.decode()
    assert EndingProposal.objects.count() == 1


# --- Another cohort
def a_move(order, *, days=60, at=LATER):
    to = a_cohort(starts_on=order.cohort.starts_on + timedelta(days=days))
    return propose_move(
        enrollment=order.enrollment, to=to, reason="Ауырып қалды", by=an_owner(), at=at
    )


@pytest.mark.clause("4.6")
@pytest.mark.parametrize("answer", ["agree", "stay"])
def test_an_old_page_moves_nobody_to_another_cohort_and_declines_nothing(answer):
    order = a_paid_order()
    first = a_move(order)
    page = opened(order, "cohort_move")
    end_move(move=first, by="staff:1", at=LATER)
    second = a_move(order, days=90)
    shown = page.send({"answer": answer})
    second.refresh_from_db()
    assert second.is_open
    assert second.to_cohort.name in shown.content.decode()
    assert 'role="alert"' in shown.content.decode()
    OpenPage(page.browser, page.address).send({"answer": answer})
    second.refresh_from_db()
    assert not second.is_open


@pytest.mark.clause("4.6")
@pytest.mark.parametrize("answer", [{}, {"answer": ""}, {"answer": "maybe"}])
def test_a_form_without_an_answer_declines_no_move(answer):
    order = a_paid_order()
    a_move(order)
    shown = opened(order, "cohort_move").send(answer)
    assert CohortMove.objects.get().is_open
    assert 'role="alert"' in shown.content.decode()


# --- Claims
@pytest.mark.clause("10.2.3")
def test_an_answer_to_a_claim_that_was_withdrawn_keeps_its_words():
    claim = a_counterclaim()
    page = opened(claim.order, "claim", claim.pk)
    withdraw_claim(claim=claim, side=Side.ACADEMY, by="staff:1", at=LATER)
    said = {"verdict": "declined", "reasons": WORDS, "proposal": "Қайтарып алу"}
    reply = reverse("claim_reply", args=[claim.order.code, claim.pk])
    text = page.send(said, to=reply, follow=True).content.decode()
    assert not as_it_is(claim).is_answered
    assert WORDS in text
    assert "Қайтарып алу" in text
    assert 'role="alert"' in text


@pytest.mark.clause("10.2.4")
def test_files_of_an_old_page_answer_no_request_that_it_did_not_show():
    claim = a_claim()
    page = opened(claim.order, "claim", claim.pk)
    request = a_request(claim, at=LATER)
    sent = reverse("claim_documents", args=[claim.order.code, claim.pk])
    text = page.send({"files": [a_file(PNG, "жаңа.png")]}, to=sent, follow=True).content.decode()
    request.refresh_from_db()
    assert request.is_open
    assert claim.files.count() == 2, "they are kept all the same"
    assert "жаңа.png" in text
    OpenPage(page.browser, page.address).send({"files": [a_file(PNG, "осы.png")]}, to=sent)
    request.refresh_from_db()
    assert request.came


@pytest.mark.clause("10.2.4")
def test_files_for_a_claim_that_is_closed_are_told_not_to_be_kept():
    claim = a_claim()
    page = opened(claim.order, "claim", claim.pk)
    withdraw_claim(claim=claim, side=Side.USER, by="user:1", at=LATER)
    sent = reverse("claim_documents", args=[claim.order.code, claim.pk])
    text = page.send({"files": [a_file(PNG, "жаңа.png")]}, to=sent, follow=True).content.decode()
    assert claim.files.count() == 1
    assert 'role="alert"' in text


@pytest.mark.clause("10.2.1")
def test_a_withdrawn_claim_is_not_said_to_be_signed():
    claim = a_claim(is_signed=False)
    page = opened(claim.order, "claim", claim.pk)
    withdraw_claim(claim=claim, side=Side.USER, by="user:1", at=LATER)
    sign = reverse("claim_signature", args=[claim.order.code, claim.pk])
    text = page.send(to=sign, follow=True).content.decode()
    assert as_it_is(claim).signed_at is None
    assert "Талапқа қол қойылды" not in text


# --- Force majeure
@pytest.mark.clause("8.4")
def test_proof_for_a_report_that_is_closed_is_told_not_to_be_kept():
    event = a_report()
    order = event.contracts.get().order
    page = opened(order, "force_majeure", event.pk)
    reject_force_majeure(event=event, reason="Дәлел жоқ", by=an_owner(), at=LATER)
    text = page.send({"files": [a_file()]}, follow=True).content.decode()
    assert event.files.count() == 1
    assert 'role="alert"' in text


# --- The question of 9.5
@pytest.mark.clause("9.5")
def test_an_old_answer_is_not_taken_for_a_newer_question():
    order = a_sent_question().order
    browser, address = from_the_letter(order)
    page = OpenPage(browser, address)
    owner = an_owner()
    first = question_of(order)
    withdraw_question(question=first, reason="басқаша", by=owner, at=LATER)
    ask_by_hand(
        order=order, fields=["address"], words_kk="Пәтер?", issued=False, by=owner, at=LATER
    )
    shown = page.send({"address": WHOLE}, follow=True)
    assert question_of(order).is_open
    assert WHOLE in shown.content.decode()
    OpenPage(browser, address).send({"address": WHOLE})
    assert not question_of(order).is_open


@pytest.mark.clause("9.5")
def test_an_answer_to_a_closed_question_keeps_its_words():
    order = a_sent_question().order
    browser, address = from_the_letter(order)
    page = OpenPage(browser, address)
    withdraw_question(question=question_of(order), reason="басқаша", by=an_owner(), at=LATER)
    shown = page.send({"address": WHOLE}, follow=True)
    assert Clarification.objects.get().answered_at is None
    assert WHOLE in shown.content.decode()


# --- A later edition
@pytest.mark.clause("12.2.1")
def test_an_objection_that_came_second_keeps_its_words(tmp_path):
    order = a_paid_order()
    a_coming_edition(tmp_path)
    notice = told(order)
    page = opened(order, "edition_answer", notice.edition.name)
    answer_edition(
        notice=notice,
        kind=EditionAnswerKind.AGREED,
        words="",
        door=AnswerDoor.LETTER,
        said_at=LATER,
        by="staff:1",
        at=LATER,
    )
    text = page.send({"answer": "objected", "words": WORDS}, follow=True).content.decode()
    assert WORDS in text
    assert 'role="alert"' in text
