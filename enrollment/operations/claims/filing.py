"""A claim is filed, signed, given more documents, or withdrawn (10.2.1, 10.2.2)."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import CameBy, Claim, ClaimFile, ClaimKind, Debtor, Order, Side
from enrollment.operations.terms.deadlines import lift_deadline, open_deadline
from enrollment.rules.order_states import OrderState
from offer_site.accounts.models import User
from offer_site.days import almaty_day
from offer_site.documents import NamedDocument, all_kept, forget_all
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor, record
from offer_site.languages import speaking
from offer_site.notices.kinds import NoticeKind

from .letters import COPY, write_about

ANSWER = "10.2.3"
INFRINGEMENT = "11.5"
CONTRACT = (OrderState.PREPAID, OrderState.PAID, OrderState.COMPLETED, OrderState.TERMINATED)


@dataclass(frozen=True)
class ClaimWords:
    """All that 10.2.2 lists; only the demand and the circumstances must be there."""

    kind: str
    demand: str
    circumstances: str
    amount: int | None = None
    calculation: str = ""
    evidence: str = ""
    other: str = ""


def file_claim(
    *,
    order: Order,
    words: ClaimWords,
    files: Sequence[NamedDocument] = (),
    is_signed: bool,
    by: str,
    at: datetime,
    came_on: date | None = None,
    came_by: str = CameBy.CABINET,
) -> tuple[Claim, bool]:
    """Take a student's claim; return it, and whether it is new (10.2.2).

    One that is not signed is taken too, and its letter asks for the signature. The answer is due
    ten days from the day it came, which staff give for one on paper. The same claim again, while it
    is open, changes nothing. Raises RuleViolation where there is no contract.
    """
    with all_kept(files, under="claims") as papers:
        claim, is_new = _file(
            order=order,
            side=Side.USER,
            words=words,
            papers=papers,
            is_signed=is_signed,
            came_on=came_on or almaty_day(at),
            came_by=came_by,
            clause="",
            by=by,
            at=at,
        )
    if not is_new:
        forget_all(papers)
    return claim, is_new


def claim_against_student(
    *,
    order: Order,
    words: ClaimWords,
    clause: str,
    files: Sequence[NamedDocument] = (),
    by: User,
    at: datetime,
) -> tuple[Claim, bool]:
    """File the academy's claim; the student's answer is due in ten days (10.2.3).

    An infringement of 11.5 demands what 11.6 of the order's edition names. Raises RuleViolation for
    another amount, and where there is no contract.
    """
    if words.kind == ClaimKind.INFRINGEMENT:
        penalty = order.edition.terms["penalty"]
        if words.amount not in (None, penalty):
            raise RuleViolation(
                _("An infringement of 11.5 costs what 11.6 names, no other amount."),
                clause="11.6",
                field="amount",
            )
        clause = INFRINGEMENT
        with speaking(order.language):  # the student reads it
            fixed = _("The amount is fixed by clause 11.6 of the offer.")
        given = words.calculation or fixed
        words = ClaimWords(**{**asdict(words), "amount": penalty, "calculation": given})
    with all_kept(files, under="claims") as papers:
        claim, is_new = _file(
            order=order,
            side=Side.ACADEMY,
            words=words,
            papers=papers,
            is_signed=True,
            came_on=almaty_day(at),
            came_by=CameBy.EMAIL,
            clause=clause,
            by=actor(by),
            at=at,
        )
    if not is_new:
        forget_all(papers)
    return claim, is_new


@transaction.atomic
def _file(
    *,
    order: Order,
    side: Side,
    words: ClaimWords,
    papers: Sequence[dict[str, str]],
    is_signed: bool,
    came_on: date,
    came_by: str,
    clause: str,
    by: str,
    at: datetime,
) -> tuple[Claim, bool]:
    order = lock_order(order.pk)
    order.require(
        *CONTRACT, message=_("A claim is about a contract, and there is none."), clause="10.2"
    )
    _require_a_day(order, came_on, at=at)
    for earlier in Claim.objects.open().filter(order=order, filed_by=side, kind=words.kind):
        if _same_words(earlier, words):
            return earlier, False
    claim = Claim(
        order=order,
        filed_by=side,
        came_by=came_by,
        came_on=came_on,
        clause=clause,
        salt=uuid4().hex,
        filed_at=at,
        entered_by=by,
        signed_at=at if is_signed else None,
        signed_by=by if is_signed else "",
        **asdict(words),
    )
    claim.answer_term = open_deadline(
        order=order,
        clause=ANSWER,
        occasion=f"claim {order.claims.count() + 1}",  # the order is locked
        days=order.edition.terms["claim_days"],
        in_working_days=False,
        event_on=came_on,
        owed_by=Debtor.ACADEMY if side == Side.USER else Debtor.USER,
        at=at,
    )
    claim.save(force_insert=True)
    keep_files(claim, papers, sent_by=side, by=by, at=at)
    facts = {
        "of": side.value,
        "kind": words.kind,
        "came_on": came_on.isoformat(),
        "came_by": came_by,
        "is_signed": is_signed,
        "digest": digest_of(claim),
        "files": [each["document_sha256"] for each in papers],
    }
    record_about(claim, "claim.filed", facts=facts, by=by, at=at)
    kind = NoticeKind.CLAIM_FILED if side == Side.USER else NoticeKind.CLAIM_MADE
    write_about(claim, kind, attachment=COPY, at=at)
    return claim, True


@transaction.atomic
def sign_claim(*, claim: Claim, by: str, at: datetime) -> Claim:
    """Record the signature that a claim lacked (10.2.1); a signed claim stays as it is.

    Raises RuleViolation for a claim that was withdrawn.
    """
    claim = lock_claim(claim.pk)
    if claim.signed_at is None and claim.withdrawn_at is not None:
        raise RuleViolation(_("This claim was withdrawn."), clause="10.2.1")
    if claim.signed_at is None:
        claim.signed_at = at
        claim.signed_by = by
        claim.save(update_fields=["signed_at", "signed_by"])
        record_about(claim, "claim.signed", by=by, at=at, clause="10.2.1")
    return claim


@transaction.atomic
def withdraw_claim(*, claim: Claim, by: str, at: datetime) -> Claim:
    """Withdraw an open claim: nothing is owed any more.

    Raises RuleViolation once it is answered.
    """
    claim = lock_claim(claim.pk)
    require_open(claim)
    claim.withdrawn_at = at
    claim.withdrawn_by = by
    claim.save(update_fields=["withdrawn_at", "withdrawn_by"])
    request = claim.open_request
    if request:
        request.closed_at = at
        request.came = False
        request.save(update_fields=["closed_at", "came"])
        term = request.term
        lift_deadline(order=claim.order, clause=term.clause, occasion=term.occasion, at=at)
    lift_deadline(order=claim.order, clause=ANSWER, occasion=claim.answer_term.occasion, at=at)
    record_about(claim, "claim.withdrawn", by=by, at=at)
    return claim


def lock_order(order_id: int) -> Order:
    return Order.objects.people_locked().with_people().get(pk=order_id)


def lock_claim(claim_id: int) -> Claim:
    """Lock the claim's order with its people, then the claim, as it is after the wait."""
    order = lock_order(Claim.objects.values_list("order", flat=True).get(pk=claim_id))
    claim = Claim.objects.select_for_update().get(pk=claim_id)
    claim.order = order
    return claim


def require_open(claim: Claim) -> None:
    if claim.withdrawn_at is not None:
        raise RuleViolation(_("This claim was withdrawn."), clause="10.2")
    if claim.is_answered:
        raise RuleViolation(_("This claim is answered already."), clause=ANSWER)


def keep_files(
    claim: Claim, papers: Sequence[dict[str, str]], *, sent_by: str, by: str, at: datetime
) -> None:
    for paper in papers:
        ClaimFile.objects.create(claim=claim, sent_by=sent_by, added_at=at, added_by=by, **paper)


def record_about(
    claim: Claim,
    verb: str,
    *,
    by: str,
    at: datetime,
    facts: dict[str, object] | None = None,
    clause: str = "10.2.2",
) -> None:
    record(
        verb,
        about=("claim", str(claim.pk)),
        order=claim.order.code,
        facts=facts,
        by=by,
        at=at,
        clause=clause,
    )


def digest_of(claim: Claim) -> str:
    """A salted digest of the claim's words: the journal keeps it, and no word of them (A2)."""
    words = json.dumps(claim.words, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{claim.salt}{words}".encode()).hexdigest()


def _same_words(claim: Claim, words: ClaimWords) -> bool:
    return (claim.demand, claim.amount, claim.circumstances) == (
        words.demand,
        words.amount,
        words.circumstances,
    )


def _require_a_day(order: Order, came_on: date, *, at: datetime) -> None:
    if came_on > almaty_day(at):
        raise RuleViolation(
            _("The claim cannot have come on a day that is still ahead."),
            clause=ANSWER,
            field="came_on",
        )
    if came_on < almaty_day(order.placed_at):
        raise RuleViolation(
            _("The claim cannot have come before the order was placed."),
            clause=ANSWER,
            field="came_on",
        )
