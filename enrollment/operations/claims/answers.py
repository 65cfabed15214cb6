"""The reasoned answer to a claim with its proposal, and the reply to the proposal (10.2.3)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import Claim, ClaimAnswer, ClaimKind, ClaimVerdict, LinkSubject
from enrollment.operations.links import proposal_link
from enrollment.operations.terms.deadlines import lift_deadline, meet_deadline
from enrollment.rules.sides import Side
from offer_site.accounts.models import User
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice

from .filing import ANSWER, lock_claim, record_about, require_open
from .letters import ANSWER_COPY, write_about


@dataclass(frozen=True)
class AnswerWords:
    """The decision with its reasons and the proposal how to settle the dispute."""

    verdict: str
    reasons_kk: str = ""
    reasons_ru: str = ""
    proposal_kk: str = ""
    proposal_ru: str = ""


@transaction.atomic
def answer_claim(*, claim: Claim, words: AnswerWords, by: User, at: datetime) -> ClaimAnswer:
    """Answer a student's claim; the letter leaves with the reasons and the proposal (10.2.3).

    Raises RuleViolation without either of them in both languages, and for a demand to return money:
    the decision of its refund case, taken by two people, is the answer (4.6).
    """
    claim = lock_claim(claim.pk)
    require_open(claim)
    if claim.filed_by != Side.USER:
        raise RuleViolation(_("The student answers a claim of the academy."), clause=ANSWER)
    if claim.kind == ClaimKind.MONEY:
        raise RuleViolation(
            _("Money is returned by a refund case: its decision is the answer. Open one."),
            clause="4.6",
        )
    for field in ("reasons_kk", "reasons_ru", "proposal_kk", "proposal_ru"):
        if not getattr(words, field).strip():
            raise RuleViolation(
                _("An answer has its reasons and a proposal, in both languages."),
                clause=ANSWER,
                field=field,
            )
    answer = _write(claim, words, given_by=Side.ACADEMY, by=actor(by), at=at)
    return write_answer(claim, answer, at=at)


def write_answer(
    claim: Claim, answer: ClaimAnswer, *, at: datetime, occasion: str = "first"
) -> ClaimAnswer:
    """Send an answer of the academy with the link to take its proposal or not."""
    answer.letter = write_about(
        claim,
        NoticeKind.CLAIM_ANSWERED,
        attachment=ANSWER_COPY,
        at=at,
        occasion=occasion,
        claim_url=proposal_link(claim.order, LinkSubject.CLAIM, claim.pk),
        verdict=answer.verdict,
    )
    answer.save(update_fields=["letter"])
    return answer


@transaction.atomic
def answer_as_student(
    *, claim: Claim, verdict: str, reasons: str, proposal: str, by: str, at: datetime
) -> ClaimAnswer:
    """The student's answer to a claim of the academy, in the language it was written in."""
    claim = lock_claim(claim.pk)
    require_open(claim)
    if claim.filed_by != Side.ACADEMY:
        raise RuleViolation(_("The academy answers your claim."), clause=ANSWER)
    language = claim.order.language
    words = AnswerWords(
        verdict=verdict, **{f"reasons_{language}": reasons, f"proposal_{language}": proposal}
    )
    return _write(claim, words, given_by=Side.USER, by=by, at=at)


@transaction.atomic(savepoint=False)
def settle_claim(
    *, claim: Claim, words: AnswerWords, letter: Notice | None, by: User, at: datetime
) -> ClaimAnswer:
    """Record the decision of a refund case as the answer to its claim (4.6, 10.2.3).

    The caller holds the order's lock and has queued the letter of the decision.
    """
    claim = lock_claim(claim.pk)
    require_open(claim)
    answer = _write(claim, words, given_by=Side.ACADEMY, by=actor(by), at=at)
    answer.letter = letter
    answer.save(update_fields=["letter"])
    return answer


@transaction.atomic
def reply_to_answer(
    *, claim: Claim, accepts: bool, words: str = "", by: str, at: datetime
) -> ClaimAnswer:
    """Take the proposal of an answer or not; either is said once.

    Whoever does not take it may go on talking, or go to court (10.3).
    """
    claim = lock_claim(claim.pk)
    answer = ClaimAnswer.objects.select_for_update().filter(claim=claim).first()
    if answer is None:
        raise RuleViolation(_("This claim is not answered yet."), clause=ANSWER)
    if answer.accepted is not None:
        if answer.accepted == accepts:
            return answer
        raise RuleViolation(_("The reply to this proposal is known already."), clause="10.2")
    answer.accepted = accepts
    answer.replied_at = at
    answer.replied_by = by
    answer.reply = words
    answer.save(update_fields=["accepted", "replied_at", "replied_by", "reply"])
    record_about(claim, "claim.replied", facts={"accepts": accepts}, by=by, at=at, clause="10.2")
    return answer


def _write(
    claim: Claim, words: AnswerWords, *, given_by: Side, by: str, at: datetime
) -> ClaimAnswer:
    request = claim.open_request
    # While documents are awaited, the term of the decision has not begun (10.2.4).
    in_time = request is not None or at < claim.answer_term.due_before
    answer = ClaimAnswer.objects.create(
        claim=claim,
        given_by=given_by,
        verdict=ClaimVerdict(words.verdict),
        reasons_kk=words.reasons_kk,
        reasons_ru=words.reasons_ru,
        proposal_kk=words.proposal_kk,
        proposal_ru=words.proposal_ru,
        answered_at=at,
        answered_by=by,
        in_time=in_time,
    )
    order = claim.order
    if request:  # it is decided without waiting for the documents
        request.closed_at = at
        request.came = False
        request.save(update_fields=["closed_at", "came"])
        lift_deadline(
            order=order, clause=request.term.clause, occasion=request.term.occasion, at=at
        )
    else:
        meet_deadline(order=order, clause=ANSWER, occasion=claim.answer_term.occasion, at=at)
    facts: dict[str, object] = {"verdict": words.verdict, "in_time": in_time}
    record_about(claim, "claim.answered", facts=facts, by=by, at=at, clause=ANSWER)
    return answer
