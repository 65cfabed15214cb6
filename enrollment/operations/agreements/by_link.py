"""A student answers the academy's proposal by the signed link of its letter (4.6, 10.2, 12.4).

No sign-in is asked for: whoever reads the registered mailbox can sign in too. What the page showed,
the address and the letter are kept as the evidence.
"""

from datetime import datetime

from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from enrollment.models import LinkAnswer, LinkSubject, MoveAgreement, Order
from enrollment.operations.claims.answers import reply_to_answer, write_answer
from enrollment.operations.endings.proposals import answer_as
from enrollment.operations.endings.proposals import write_proposal as write_ending
from enrollment.operations.links import proposal_signature
from enrollment.operations.training.moves import agree_to_move, end_move
from enrollment.operations.training.moves import write_proposal as write_move
from enrollment.rules.sides import Side
from offer_site.errors import RuleViolation
from offer_site.journal.operations import record
from offer_site.retries import once_more_if_beaten

from .proposals import Proposal, again, find_proposal, open_proposals


class ProposalChangedError(RuleViolation):
    """The proposal is not what the page showed (0055)."""

    def __init__(self, clause: str) -> None:
        super().__init__(
            _(
                "This has changed since you opened the page. Read what stands here now, and answer "
                "again if you still wish to."
            ),
            clause=clause,
        )


@once_more_if_beaten
@transaction.atomic
def answer_by_link(
    *,
    order: Order,
    subject: str,
    number: int,
    key: str,
    about: str,
    accepts: bool,
    language: str,
    origin: tuple[str, str],
    by: str,
    at: datetime,
) -> LinkAnswer:
    """Carry out the answer given on the page of the letter's link, and keep what proves it.

    `about` is the digest of the words that the page showed, `origin` the network address and the
    browser, of which a salted digest stays. The language of `language` is spoken. Answered by the
    link before, it is the first answer, whatever is said now. Raises RuleViolation for a link that
    died meanwhile, a proposal that does not wait or reads otherwise now, and who made it.
    """
    Order.objects.lock_beside(pk=order.pk)  # an end that is agreed on locks them all
    order = Order.objects.people_locked().with_people().get(pk=order.pk)
    if not constant_time_compare(key, proposal_signature(order, subject, number)):
        raise RuleViolation(_("This link is not valid any more. A newer letter has another."))
    given = LinkAnswer.objects.filter(order=order, subject=subject, number=number).first()
    if given is not None:
        return given
    proposal = find_proposal(order, subject, number, at=at)
    if proposal is None or not proposal.is_open or proposal.letter is None:
        raise RuleViolation(
            _("This proposal does not wait for an answer any more."),
            clause=proposal.clause if proposal else "",
        )
    words = proposal.words()
    if not constant_time_compare(about, words.digest):
        raise ProposalChangedError(proposal.clause)
    if by == proposal.made_by:
        raise RuleViolation(
            _("This proposal is yours: the other side answers it."), clause=proposal.clause
        )
    _carry_out(proposal, accepts=accepts, by=by, at=at)
    answer = LinkAnswer.objects.create(
        order=order,
        subject=subject,
        number=number,
        accepts=accepts,
        letter=proposal.letter,
        email=order.party.email,
        sent_at=proposal.letter.sent_at,
        shown=words.pressed(accepts=accepts),
        language=language,
        origin_digest=order.party.digest_of_origin(*origin),
        answered_at=at,
        answered_by=by,
    )
    record(
        "proposal.answered_by_link",
        about=("order", order.code),
        order=order.code,
        facts={
            "subject": answer.subject,
            "number": answer.number,
            "accepts": accepts,
            "digest": answer.digest(),
            "letter": proposal.letter.message_id,
            "language": language,
            "origin": answer.origin_digest,
        },
        by=by,
        at=at,
        clause=proposal.clause,
    )
    return answer


def _carry_out(proposal: Proposal, *, accepts: bool, by: str, at: datetime) -> None:
    """Do what the cabinet's button does."""
    row = proposal.row
    if proposal.subject == LinkSubject.ENDING:
        answer_as(proposal=row, side=Side.USER, accepts=accepts, by=by, at=at)
    elif proposal.subject == LinkSubject.CLAIM:
        reply_to_answer(claim=row, accepts=accepts, by=by, at=at)
    elif accepts:
        agree_to_move(move=row, by=by, at=at, how=MoveAgreement.LINK)
    else:
        end_move(move=row, by=by, at=at)


def open_keys(order: Order, *, at: datetime) -> list[str]:
    """The keys that answer for the student now, those of all orders of the registered e-mail."""
    return [
        proposal_signature(each, proposal.subject, proposal.number)
        for each in Order.objects.of_email(order.party.email).with_people()
        for proposal in open_proposals(each, at=at)
    ]


def write_again(order: Order, *, at: datetime) -> int:
    """Tell the corrected e-mail of a locked order what waits for an answer: old links are dead.

    Returns how many letters were queued (12.1.2.2).
    """
    waiting = open_proposals(order, at=at)
    for proposal in waiting:
        row = proposal.row
        if proposal.subject == LinkSubject.MOVE:
            write_move(order, row, occasion=again(str(row.pk), at=at), at=at)
        elif proposal.subject == LinkSubject.ENDING:
            write_ending(order, row, occasion=again("sent", at=at), at=at)
        else:
            row.order = order
            write_answer(row, row.answer, occasion=again("first", at=at), at=at)
    return len(waiting)
