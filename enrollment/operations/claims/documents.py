"""Documents that a claim lacks: asked for, sent, or not sent in their term (10.2.4).

A request made in time is the answer that is due within ten days; the decision is then due ten days
after the documents came, or after their term ended.
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrollment.models import Claim, Debtor, DocumentRequest
from enrollment.operations.terms.deadlines import lift_deadline, meet_deadline, open_deadline
from enrollment.rules.claims import last_day_to_ask
from enrollment.rules.sides import Side
from offer_site.calendar.operations import current_calendar
from offer_site.days import almaty_day, end_of_day, short_day
from offer_site.documents import NamedDocument, all_kept
from offer_site.errors import RuleViolation
from offer_site.journal.operations import SYSTEM
from offer_site.notices.kinds import NoticeKind
from offer_site.sweeps import one_by_one

from .filing import ANSWER, keep_files, lock_claim, record_about, require_open
from .letters import REQUEST_COPY, write_about

DOCUMENTS = "10.2.4"


@transaction.atomic
def ask_for_documents(
    *, claim: Claim, what_kk: str, what_ru: str, days: int, by: str, at: datetime
) -> DocumentRequest:
    """Ask the student for what the claim lacks, and give at least the days of 10.2.4.

    Raises RuleViolation later than ten days after the claim came, for a shorter term, and while
    another request is open.
    """
    claim = lock_claim(claim.pk)
    require_open(claim)
    order = claim.order
    terms = order.edition.terms
    if claim.filed_by != Side.USER:
        raise RuleViolation(_("The academy asks for documents about a student's claim only."))
    if claim.open_request:
        raise RuleViolation(
            _("Documents are asked for already. Wait for them, or for the end of their term."),
            clause=DOCUMENTS,
        )
    last_day = last_day_to_ask(claim.came_on, terms["claim_request_days"], current_calendar())
    if at >= end_of_day(last_day):
        raise RuleViolation(
            _("Documents could be asked for until 24:00 of %(day)s. Decide on what there is.")
            % {"day": short_day(last_day)},
            clause=DOCUMENTS,
        )
    least = terms["claim_documents_days"]
    if days < least:
        raise RuleViolation(
            ngettext(
                "The student has at least %(days)d day to send them.",
                "The student has at least %(days)d days to send them.",
                least,
            )
            % {"days": least},
            clause=DOCUMENTS,
            field="days",
        )
    number = claim.requests.count() + 1
    meet_deadline(order=order, clause=ANSWER, occasion=claim.answer_term.occasion, at=at)
    term = open_deadline(
        order=order,
        clause=DOCUMENTS,
        occasion=f"{_root(claim)}, request {number}",
        days=days,
        in_working_days=False,
        event_on=almaty_day(at),
        owed_by=Debtor.USER,
        at=at,
    )
    request = DocumentRequest.objects.create(
        claim=claim,
        number=number,
        what_kk=what_kk,
        what_ru=what_ru,
        asked_at=at,
        asked_by=by,
        term=term,
    )
    facts: dict[str, object] = {"request": number, "due_on": term.due_on.isoformat()}
    record_about(claim, "claim.documents_asked", facts=facts, by=by, at=at, clause=DOCUMENTS)
    write_about(
        claim,
        NoticeKind.CLAIM_DOCUMENTS,
        attachment=REQUEST_COPY,
        key=str(request.pk),
        occasion=f"request-{number}",
        at=at,
        send_on=term.due_on.isoformat(),
    )
    return request


def send_documents(
    *,
    claim: Claim,
    files: Sequence[NamedDocument],
    side: str = Side.USER,
    by: str,
    at: datetime,
    came_on: date | None = None,
    answers: str | None = None,
) -> Claim:
    """Add documents to an open claim; those that were asked for start the term of the decision.

    Documents that come after their term are added all the same (10.2.4). `answers` is the number of
    the request that the sender had read, empty for none: another request stays open. Without it
    they answer whichever is open.
    """
    if not files:
        raise RuleViolation(_("Attach the document."), clause=DOCUMENTS, field="files")
    with all_kept(files, under="claims") as papers:
        return _add(
            claim=claim,
            papers=papers,
            side=side,
            came_on=came_on or almaty_day(at),
            answers=answers,
            by=by,
            at=at,
        )


@transaction.atomic
def _add(
    *,
    claim: Claim,
    papers: Sequence[dict[str, str]],
    side: str,
    came_on: date,
    answers: str | None,
    by: str,
    at: datetime,
) -> Claim:
    claim = lock_claim(claim.pk)
    require_open(claim)
    keep_files(claim, papers, sent_by=side, by=by, at=at)
    request = claim.open_request if side == claim.filed_by else None
    if request and answers not in (None, str(request.number)):
        request = None
    facts: dict[str, object] = {"files": [each["document_sha256"] for each in papers]}
    facts |= {"request": request.number} if request else {}
    record_about(claim, "claim.documents_came", facts=facts, by=by, at=at, clause=DOCUMENTS)
    if request:
        term = request.term
        meet_deadline(order=claim.order, clause=DOCUMENTS, occasion=term.occasion, at=at)
        _close(claim, request, came=True, decided_from=min(came_on, almaty_day(at)), at=at)
    return claim


def close_document_requests(*, at: datetime) -> list[Claim]:
    """End the requests whose term is over: the claims are decided on what there is (10.2.4)."""
    over = DocumentRequest.objects.over(at).select_related("claim").order_by("pk")
    return [
        claim
        for request, claim in one_by_one(over, lambda each: _end(each.claim, at=at))
        if claim is not None
    ]


@transaction.atomic
def _end(claim: Claim, *, at: datetime) -> Claim | None:
    claim = lock_claim(claim.pk)
    request = claim.open_request
    if request is None or request.term.due_before > at or not claim.is_open:
        return None
    term = request.term
    lift_deadline(order=claim.order, clause=DOCUMENTS, occasion=term.occasion, at=at)
    facts: dict[str, object] = {"request": request.number}
    record_about(claim, "claim.documents_missing", facts=facts, by=SYSTEM, at=at, clause=DOCUMENTS)
    _close(claim, request, came=False, decided_from=term.due_on, at=at)
    return claim


def _close(
    claim: Claim, request: DocumentRequest, *, came: bool, decided_from: date, at: datetime
) -> None:
    """Close a request, and open the term of the decision (design: question 5)."""
    request.closed_at = at
    request.came = came
    request.save(update_fields=["closed_at", "came"])
    claim.answer_term = open_deadline(
        order=claim.order,
        clause=ANSWER,
        occasion=f"{_root(claim)}, decision {request.number}",
        days=claim.order.edition.terms["claim_days"],
        in_working_days=False,
        event_on=decided_from,
        owed_by=Debtor.ACADEMY,
        at=at,
        because=f"request {request.number}",
    )
    claim.save(update_fields=["answer_term"])


def _root(claim: Claim) -> str:
    """The name that the terms of one claim share, such as "claim 2"."""
    return claim.answer_term.occasion.partition(",")[0]
