"""A button acts on what its page showed: a colleague's act, or the student's, in the meantime is
shown first, and nothing typed is lost.
"""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from enrollment.models import (
    Breach,
    BreachStatement,
    ForceMajeureContract,
    HalvesAnswer,
    HalvesRequest,
)
from enrollment.operations.claims.documents import send_documents
from enrollment.operations.conduct.breaches import object_to_breach, review_breach
from enrollment.operations.force_majeure.settlements import send_end_back
from enrollment.operations.halves.requests import refuse_halves
from payments.models import RefundDecision
from payments.operations.refunds.decisions import return_to_proposal
from tests.enrollment.claims.scenes import (
    ANSWER,
    a_claim,
    a_picture,
    a_request,
    an_answer,
    as_it_is,
)
from tests.enrollment.conduct.scenes import HOUR, REASONS, SOON, a_breach, owner_of, reviewer
from tests.enrollment.force_majeure.scenes import a_report, confirmed, proposed_to_end
from tests.enrollment.halves import scenes as halves
from tests.given import a_paid_order, an_owner
from tests.pages.answering import OpenPage
from tests.papers import a_file
from tests.payments.refunds.scenes import a_case, a_person, a_proposal
from tests.staff.conftest import signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("short_contracts")]
LATER = SOON + HOUR


@pytest.fixture(autouse=True)
def _later():
    with time_machine.travel(LATER, tick=False):
        yield


def opened(thing, button, *, app="enrollment", desk=None):
    model = thing._meta.model_name
    address = reverse(f"admin:{app}_{model}_{button}", args=[thing.pk])
    return OpenPage(desk or signed_in(an_owner()), address)


def an_objection(breach, text="Бұл мен емес"):
    by = owner_of(breach.order)
    return object_to_breach(breach=breach, text=text, document=None, by=by, at=LATER)


@pytest.mark.clause("6.5")
def test_an_objection_that_came_meanwhile_is_not_said_to_be_read():
    breach = a_breach()
    an_objection(breach)
    page = opened(breach, "objections")
    an_objection(breach, "Тағы бір себеп")
    refused = page.send()
    assert refused.status_code == 200
    assert not BreachStatement.objects.exclude(read_at=None).exists()
    assert OpenPage(page.browser, page.address).send().status_code == 302
    assert BreachStatement.objects.exclude(read_at=None).count() == 2


@pytest.mark.clause("6.5")
def test_a_verdict_does_not_undo_one_that_it_did_not_see():
    breach = a_breach()
    page = opened(breach, "review", desk=signed_in(a_person("third")))
    review_breach(breach=breach, verdict="confirmed", by=reviewer(), at=LATER, **REASONS)
    reasons = REASONS | {"reasons_ru": "Сообщения никто не видел."}
    refused = page.send({"verdict": "withdrawn", **reasons})
    assert Breach.objects.get().verdict == "confirmed"
    assert "Сообщения никто не видел." in refused.text
    again = OpenPage(page.browser, page.address).send({"verdict": "withdrawn", **reasons})
    assert again.status_code == 302, again.text
    assert Breach.objects.get().verdict == "withdrawn"


@pytest.mark.clause("4.6")
def test_nobody_approves_a_sum_that_the_page_did_not_show():
    case = a_case(a_paid_order(at=SOON), at=LATER)
    a_proposal(case, 100, at=LATER)
    page = opened(case, "approve", app="payments")
    return_to_proposal(case=case, reason="аз", by=a_person("third"), at=LATER)
    a_proposal(case, 90_000, at=LATER)
    assert page.send().status_code == 200
    assert not RefundDecision.objects.exclude(approved_at=None).exists()
    OpenPage(page.browser, page.address).send()
    assert RefundDecision.objects.exclude(approved_at=None).get().granted == 90_000


@pytest.mark.clause("4.3.1")
def test_an_answer_to_one_proposal_of_halves_is_not_recorded_for_the_next():
    first = halves.a_proposal()
    request = first.request
    page = opened(request, "answer")
    refuse_halves(
        request=request,
        proposal=first.number,
        evidence=halves.bot_evidence(at=SOON),
        at=SOON,
    )
    request.refresh_from_db()
    halves.a_proposal(request, rest_on=halves.REST_ON + timedelta(days=7), at=SOON)
    said = {"said_at": "2026-11-23T13:30", "agrees": "yes"}
    page.send(said | {"picture": a_file(halves.PNG, "chat.png", "image/png")})
    assert not HalvesAnswer.objects.filter(agrees=True).exists()
    assert HalvesRequest.objects.get().state == "proposed"


@pytest.mark.clause("10.2.3")
def test_a_claim_is_not_answered_past_a_document_that_came_meanwhile():
    claim = a_claim()
    page = opened(claim, "answer")
    send_documents(claim=claim, files=(a_picture("жаңа.png"),), by="user:1", at=LATER)
    said = {
        name: getattr(ANSWER, name)
        for name in ("verdict", "reasons_kk", "reasons_ru", "proposal_kk", "proposal_ru")
    }
    refused = page.send(said)
    assert as_it_is(claim).is_open
    assert ANSWER.proposal_ru in refused.text
    OpenPage(page.browser, page.address).send(said)
    assert as_it_is(claim).is_answered


@pytest.mark.clause("10.2.3")
def test_an_answer_to_a_claim_that_a_colleague_answered_is_given_back():
    claim = a_claim()
    page = opened(claim, "answer")
    an_answer(claim, at=LATER)
    given_back = page.send({"verdict": "declined", "reasons_ru": "Видео открывалось."})
    assert "Видео открывалось." in given_back.text


@pytest.mark.clause("10.2.4")
def test_paper_documents_answer_no_request_that_the_page_did_not_show():
    claim = a_claim()
    page = opened(claim, "documents")
    request = a_request(claim, at=LATER)
    page.send({"side": "user", "came_on": "2026-11-23", "files": [a_file()]})
    request.refresh_from_db()
    assert request.is_open


@pytest.mark.clause("8.6", "12.5")
def test_an_end_by_force_majeure_is_approved_in_the_words_and_the_sum_that_the_page_showed():
    event = confirmed(a_report(a_paid_order(at=SOON), at=SOON), at=LATER)
    month = event.talks_from
    contract = proposed_to_end(event, agreed="Ақша қайтарылмайды")
    with time_machine.travel(month + HOUR, tick=False):
        page = opened(event, "approval", desk=signed_in(reviewer()))
        shown = page.browser.get(page.address).text
        assert "Ақша қайтарылмайды" in shown
        send_end_back(contract=contract, reason="қайта есептеу", by=an_owner(), at=month + HOUR)
        agreed = "Жартысы қайтарылады"
        proposed_to_end(event, agreed=agreed, owed=70_000, at=month + HOUR)
        refused = page.send({"contract": contract.pk})
        assert refused.status_code == 200
        assert agreed in refused.text
        assert ForceMajeureContract.objects.get().settled_at is None
        again = OpenPage(page.browser, page.address).send({"contract": contract.pk})
        assert again.status_code == 302, again.text
    assert ForceMajeureContract.objects.get().owed == 70_000
