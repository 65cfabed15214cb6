"""Claims: each operation works, is refused and changes nothing, is repeated, is simultaneous."""

from dataclasses import replace

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from enrollment.models import (
    Claim,
    ClaimAnswer,
    ClaimFile,
    ClaimKind,
    Deadline,
    DocumentRequest,
)
from enrollment.operations.claims.answers import answer_as_student, answer_claim, reply_to_answer
from enrollment.operations.claims.documents import close_document_requests, send_documents
from enrollment.operations.claims.filing import (
    digest_of,
    record_withdrawal,
    sign_claim,
    withdraw_claim,
)
from enrollment.operations.claims.letters import claim_answer_copy, claim_copy, claim_request_copy
from enrollment.rules.claims import Part, Stage
from enrollment.rules.sides import Side
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from tests.at_once import at_once
from tests.enrollment.claims.scenes import (
    ANSWER,
    DAY,
    DEMAND,
    a_claim,
    a_counterclaim,
    a_picture,
    a_request,
    an_answer,
    as_it_is,
)
from tests.given import NOON, a_paid_order, a_placed_order, an_owner, refusal

pytestmark = pytest.mark.django_db


def journal_of(claim):
    return [entry.verb for entry in Entry.objects.about("claim", str(claim.pk)).order_by("number")]


def files_of_claims():
    return set(default_storage.listdir("claims")[1]) if default_storage.exists("claims") else set()


# --- Filed
def test_a_claim_keeps_its_words_encrypted_and_its_digest_in_the_journal():
    claim = a_claim()
    with connection.cursor() as cursor:
        cursor.execute("SELECT demand, circumstances FROM enrollment_claim")
        assert [value[:6] for value in cursor.fetchone()] == ["gAAAAA", "gAAAAA"]
    row = Entry.objects.get(verb="claim.filed")
    assert row.facts["digest"] == digest_of(as_it_is(claim))
    assert DEMAND not in str(row.facts)
    assert row.facts["files"] == [ClaimFile.objects.get().document_sha256]


def test_the_letter_carries_a_copy_and_no_word_of_the_claim_among_its_facts():
    claim = a_claim(is_signed=False)
    letter = Notice.objects.get(kind=NoticeKind.CLAIM_FILED)
    assert letter.recipient == claim.order.party.email
    assert letter.facts["is_signed"] == ""
    assert DEMAND not in str(letter.facts)
    (copy,) = claim_copy(str(claim.pk), at=NOON)
    text = copy.content.decode()
    assert DEMAND in text
    assert "1. экран.png" in text
    assert "Қол қойылмаған." in text


def test_the_same_claim_again_while_it_is_open_is_the_same_claim():
    order = a_paid_order()
    first = a_claim(order)
    before = files_of_claims()
    assert a_claim(order) == first
    assert files_of_claims() == before
    assert Claim.objects.count() == 1


def test_without_a_contract_there_is_nothing_to_claim():
    order = a_placed_order()
    before = Entry.objects.count()
    stored = files_of_claims()
    with refusal():
        a_claim(order)
    assert (Claim.objects.count(), Entry.objects.count()) == (0, before)
    assert files_of_claims() == stored


@pytest.mark.parametrize("came_on", [NOON.date() + DAY, NOON.date() - DAY])
def test_a_claim_comes_neither_tomorrow_nor_before_its_order(came_on):
    with refusal() as refused:
        a_claim(came_on=came_on)
    assert refused.value.field == "came_on"


def test_a_claim_taken_back_is_told_by_letter():
    claim = withdraw_claim(claim=a_claim(), side=Side.USER, by="user:1", at=NOON + DAY)
    letter = Notice.objects.get(kind=NoticeKind.CLAIM_WITHDRAWN)
    assert letter.recipient == claim.order.party.email
    assert (letter.facts["of"], letter.facts["on_paper"]) == ("user", "")


def test_staff_take_back_a_students_claim_with_its_paper_alone():
    claim = a_claim()
    with refusal():
        withdraw_claim(claim=claim, side=Side.ACADEMY, by="staff:1", at=NOON + DAY)
    assert as_it_is(claim).is_open
    paper = a_picture("өтініш.png")
    record_withdrawal(claim=claim, document=paper, by=an_owner(), at=NOON + DAY)
    taken = as_it_is(claim)
    assert taken.withdrawal.title == "өтініш.png"
    facts = Entry.objects.get(verb="claim.withdrawn").facts
    assert facts == {"document": taken.withdrawal.document_sha256}
    assert Notice.objects.get(kind=NoticeKind.CLAIM_WITHDRAWN).facts["on_paper"] == "yes"
    stored = files_of_claims()
    with refusal():
        record_withdrawal(claim=claim, document=paper, by=an_owner(), at=NOON + DAY)
    assert files_of_claims() == stored
    with refusal():
        record_withdrawal(claim=a_counterclaim(), document=paper, by=an_owner(), at=NOON + DAY)
    assert files_of_claims() >= stored


def test_a_signature_is_recorded_once():
    claim = sign_claim(claim=a_claim(is_signed=False), by="user:1", at=NOON + DAY)
    sign_claim(claim=claim, by="user:1", at=NOON + 2 * DAY)
    assert as_it_is(claim).signed_at == NOON + DAY
    assert journal_of(claim) == ["claim.filed", "claim.signed"]


def test_what_a_claim_lacks_is_named():
    assert a_claim().missing == []
    bare = a_claim(is_signed=False, amount=30000, evidence="", files=())
    assert bare.missing == [Part.SIGNATURE, Part.CALCULATION, Part.EVIDENCE]


def test_a_withdrawn_claim_owes_nothing_and_is_not_answered():
    claim = withdraw_claim(claim=a_claim(), side=Side.USER, by="user:1", at=NOON + DAY)
    assert not Deadline.objects.running().filter(clause__startswith="10.2").exists()
    with refusal():
        an_answer(claim)
    with refusal():
        withdraw_claim(claim=claim, side=Side.USER, by="user:1", at=NOON + DAY)
    assert as_it_is(claim).stage == Stage.WITHDRAWN


# --- Answered
def test_an_answer_goes_out_in_both_languages_with_reasons_and_the_proposal():
    claim = a_claim()
    answer = an_answer(claim)
    assert answer.in_time
    assert answer.letter.kind == NoticeKind.CLAIM_ANSWERED
    assert ANSWER.reasons_kk not in str(answer.letter.facts)
    text = claim_answer_copy(str(claim.pk), at=NOON)[0].content.decode()
    assert text.index(ANSWER.reasons_kk) < text.index(ANSWER.reasons_ru)
    assert ANSWER.proposal_ru in text


def test_an_answer_is_given_once():
    claim = a_claim()
    an_answer(claim)
    with refusal():
        an_answer(claim)
    assert ClaimAnswer.objects.count() == 1


def test_the_database_refuses_an_answer_without_a_proposal():
    answer = an_answer(a_claim())
    with pytest.raises(IntegrityError), transaction.atomic():
        ClaimAnswer.objects.filter(pk=answer.pk).update(proposal_ru="")


def test_money_is_returned_by_a_refund_case_only():
    claim = a_claim(kind=ClaimKind.MONEY, amount=30000, calculation="Үш сабақ")
    with refusal() as refused:
        an_answer(claim)
    assert refused.value.clause == "4.6"
    assert as_it_is(claim).is_open


@pytest.mark.parametrize("accepts", [True, False])
def test_the_proposal_is_taken_or_not_once(accepts):
    claim = a_claim()
    an_answer(claim)
    for _again in range(2):
        reply_to_answer(claim=claim, accepts=accepts, words="жоқ", by="user:1", at=NOON + 3 * DAY)
    with refusal():
        reply_to_answer(claim=claim, accepts=not accepts, by="user:1", at=NOON + 3 * DAY)
    assert as_it_is(claim).stage == (Stage.ACCEPTED if accepts else Stage.NOT_ACCEPTED)
    assert Claim.objects.proposals_declined().exists() is not accepts
    assert journal_of(claim).count("claim.replied") == 1


def test_there_is_no_reply_before_the_answer():
    with refusal():
        reply_to_answer(claim=a_claim(), accepts=True, by="user:1", at=NOON)


# --- Documents
def test_a_request_names_what_in_both_languages():
    request = a_request(a_claim())
    text = claim_request_copy(str(request.pk), at=NOON)[0].content.decode()
    assert "Экран көшірмесі" in text
    assert "Снимок экрана" in text
    assert Notice.objects.filter(kind=NoticeKind.CLAIM_DOCUMENTS).count() == 1


def test_one_request_is_open_at_a_time():
    claim = a_claim()
    a_request(claim)
    with refusal():
        a_request(claim)
    assert DocumentRequest.objects.count() == 1


def test_documents_are_files():
    with refusal() as refused:
        send_documents(claim=a_claim(), files=(), by="user:1", at=NOON)
    assert refused.value.field == "files"


def test_documents_nobody_asked_for_are_added_and_change_no_term():
    claim = a_claim()
    send_documents(claim=claim, files=(a_picture(),), by="user:1", at=NOON + DAY)
    assert claim.files.count() == 2
    assert as_it_is(claim).answer_term == claim.answer_term


def test_the_end_of_a_request_is_recorded_once():
    claim = a_claim()
    term = a_request(claim).term
    assert close_document_requests(at=term.due_before - DAY) == []
    assert close_document_requests(at=term.due_before) == [claim]
    assert close_document_requests(at=term.due_before) == []
    assert journal_of(claim).count("claim.documents_missing") == 1


def test_an_answer_may_come_before_the_documents():
    claim = a_claim()
    a_request(claim)
    answer = an_answer(claim, at=NOON + 4 * DAY)
    assert answer.in_time
    assert not Deadline.objects.running().filter(clause__startswith="10.2").exists()


# --- Of the academy
def test_the_academy_names_no_other_amount_for_an_infringement():
    with refusal() as refused:
        a_counterclaim(amount=5)
    assert refused.value.field == "amount"
    assert Claim.objects.count() == 0


def test_each_side_answers_the_claim_of_the_other():
    with refusal():
        an_answer(a_counterclaim())
    with refusal():
        answer_as_student(
            claim=a_claim(), verdict="declined", reasons="-", proposal="-", by="user:1", at=NOON
        )


# --- At once
def answers_at_once():
    claim = a_claim()
    owner = an_owner()
    works = [
        lambda verdict=verdict: answer_claim(
            claim=claim, words=replace(ANSWER, verdict=verdict), by=owner, at=NOON + DAY
        )
        for verdict in ("granted", "partly", "declined", "granted")
    ]
    return claim, at_once(works, errors=(RuleViolation, IntegrityError))


@pytest.mark.django_db(transaction=True)
def test_of_answers_at_once_one_counts():
    claim, results = answers_at_once()
    assert [type(each) for each in results].count(RuleViolation) == 3
    assert journal_of(claim).count("claim.answered") == 1
    assert Notice.objects.filter(kind=NoticeKind.CLAIM_ANSWERED).count() == 1


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_without_locks_and_the_constraint_more_than_one_would_count(monkeypatch):
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)
    for _attempt in range(20):
        _claim, results = answers_at_once()
        if [type(each) for each in results].count(RuleViolation) < 3:
            return
    pytest.fail("the race was never lost: the test could not fail")
