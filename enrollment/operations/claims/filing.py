"""A claim is filed, signed, given more documents, or withdrawn (10.2.1, 10.2.2)."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import Breach, CameBy, Claim, ClaimFile, ClaimKind, Debtor, Order
from enrollment.operations.terms.deadlines import lift_deadline, open_deadline
from enrollment.rules.order_states import OrderState
from enrollment.rules.sides import Side
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
PENALTY = ("11.5", "11.6")
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
    is open, is the same claim: only files and a signature that it lacked are added. Raises
    RuleViolation where there is no contract.
    """
    with all_kept(files, under="claims") as papers:
        claim, is_new, known = _file(
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
    forget_all(known)
    return claim, is_new


def claim_against_student(
    *,
    order: Order,
    words: ClaimWords,
    clause: str,
    breach: Breach | None = None,
    files: Sequence[NamedDocument] = (),
    by: User,
    at: datetime,
) -> tuple[Claim, bool]:
    """File the academy's claim; the student's answer is due in ten days (10.2.3).

    An infringement of 11.5 demands what 11.6 of the order's edition names, once for each `breach`
    that another person has confirmed. Raises RuleViolation for another amount, for 11.5 or 11.6
    under another name, and where there is no contract.
    """
    is_penalty = clause.strip(" .").startswith(PENALTY)
    if is_penalty and words.kind != ClaimKind.INFRINGEMENT:
        raise RuleViolation(
            _("What 11.5 and 11.6 name is demanded as an infringement, and as nothing else."),
            clause="11.6",
            field="kind",
        )
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
        claim, is_new, known = _file(
            order=order,
            side=Side.ACADEMY,
            words=words,
            papers=papers,
            is_signed=True,
            came_on=almaty_day(at),
            came_by=CameBy.EMAIL,
            clause=clause,
            breach=breach,
            by=actor(by),
            at=at,
        )
    forget_all(known)
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
    breach: Breach | None = None,
) -> tuple[Claim, bool, list[dict[str, str]]]:
    """Returns the claim, whether it is new, and the stored files that it had already."""
    order = lock_order(order.pk)
    order.require(
        *CONTRACT, message=_("A claim is about a contract, and there is none."), clause="10.2"
    )
    _require_a_day(order, came_on, at=at)
    for earlier in Claim.objects.open().filter(order=order, filed_by=side, kind=words.kind):
        same_breach = earlier.breach_id == (breach.pk if breach else None)
        if same_breach and _same_words(earlier, words):
            known = _add_what_is_new(earlier, papers, is_signed=is_signed, by=by, at=at)
            return earlier, False, known
    if words.kind == ClaimKind.INFRINGEMENT:
        _require_an_unclaimed_breach(order, breach)
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
        breach=breach,
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
    return claim, True, []


def _add_what_is_new(
    claim: Claim, papers: Sequence[dict[str, str]], *, is_signed: bool, by: str, at: datetime
) -> list[dict[str, str]]:
    """Add files and a signature that a repeated claim brought; return the files it had already."""
    had = set(claim.files.values_list("document_sha256", flat=True))
    new = [paper for paper in papers if paper["document_sha256"] not in had]
    if new:
        keep_files(claim, new, sent_by=claim.filed_by, by=by, at=at)
        facts: dict[str, object] = {"files": [each["document_sha256"] for each in new]}
        record_about(claim, "claim.documents_came", facts=facts, by=by, at=at)
    if is_signed:
        sign_claim(claim=claim, by=by, at=at)
    return [paper for paper in papers if paper not in new]


def _require_an_unclaimed_breach(order: Order, breach: Breach | None) -> None:
    """Raise RuleViolation unless another person confirmed the breach, and nothing claims it yet."""
    confirmed = Breach.objects.with_demand().filter(order=order)
    if breach is None or not confirmed.filter(pk=breach.pk).exists():
        raise RuleViolation(
            _("11.6 is demanded for a breach of 11.5 that another person has confirmed."),
            clause="11.6",
            field="breach",
        )
    claimed = Claim.objects.filter(breach=breach, withdrawn_at=None).first()
    if claimed:
        raise RuleViolation(
            _("This infringement is claimed already: %(number)s.") % {"number": claimed.number},
            clause="11.6",
            field="breach",
        )


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
def withdraw_claim(*, claim: Claim, side: str, by: str, at: datetime) -> Claim:
    """Take back the own claim while it is open: nothing is owed any more, and a letter says so.

    Raises RuleViolation for a claim of the other side, and once it is answered.
    """
    claim = lock_claim(claim.pk)
    require_open(claim)
    if claim.filed_by != side:
        raise RuleViolation(_("Only the side that filed the claim withdraws it."), clause="10.2")
    return _withdraw(claim, by=by, at=at)


def record_withdrawal(*, claim: Claim, document: NamedDocument, by: User, at: datetime) -> Claim:
    """Record that a student took a claim back on paper, which is kept with the claim.

    Raises RuleViolation for a claim of the academy, and once it is answered.
    """
    with all_kept([document], under="claims") as papers, transaction.atomic():
        claim = lock_claim(claim.pk)
        require_open(claim)
        if claim.filed_by != Side.USER:
            raise RuleViolation(
                _("Only the side that filed the claim withdraws it."), clause="10.2"
            )
        (claim.withdrawal,) = keep_files(claim, papers, sent_by=Side.USER, by=actor(by), at=at)
        return _withdraw(claim, by=actor(by), at=at)


def _withdraw(claim: Claim, *, by: str, at: datetime) -> Claim:
    claim.withdrawn_at = at
    claim.withdrawn_by = by
    claim.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawal"])
    request = claim.open_request
    if request:
        request.closed_at = at
        request.came = False
        request.save(update_fields=["closed_at", "came"])
        term = request.term
        lift_deadline(order=claim.order, clause=term.clause, occasion=term.occasion, at=at)
    lift_deadline(order=claim.order, clause=ANSWER, occasion=claim.answer_term.occasion, at=at)
    paper = claim.withdrawal
    facts: dict[str, object] = {"document": paper.document_sha256} if paper else {}
    record_about(claim, "claim.withdrawn", facts=facts, by=by, at=at)
    write_about(
        claim,
        NoticeKind.CLAIM_WITHDRAWN,
        occasion="withdrawn",
        at=at,
        of=claim.filed_by,
        on_paper="yes" if paper else "",
    )
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
) -> list[ClaimFile]:
    return [
        ClaimFile.objects.create(claim=claim, sent_by=sent_by, added_at=at, added_by=by, **paper)
        for paper in papers
    ]


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
    """True if nothing that was written would be lost by taking the two for one."""
    return asdict(words) == {name: getattr(claim, name) for name in asdict(words)}


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
