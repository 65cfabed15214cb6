"""The academy's proposals that wait for a student, as their page shows them (4.6, 10.2, 12.4).

A move to another cohort, the end of the contract by agreement, and how to settle a claim.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from enrollment.models import (
    Claim,
    CohortMove,
    EndingProposal,
    EnrollmentState,
    LinkAnswer,
    LinkSubject,
    Order,
)
from enrollment.models.ending import UNDER_CONTRACT
from enrollment.models.link_answer import shown_digest
from enrollment.rules.endings import CONSEQUENCES, Answer, Way
from enrollment.rules.sides import Side
from offer_site.days import almaty_day, short_day
from offer_site.journal.operations import actor
from offer_site.money import tenge_text
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice


class Standing(StrEnum):
    """How far a proposal has come."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TAKEN_BACK = "taken-back"
    OVER = "over"  # nobody answered, and nothing can be answered any more


STANDING_OF_ENDING: dict[str, Standing] = {
    Answer.ACCEPTED: Standing.ACCEPTED,
    Answer.DECLINED: Standing.DECLINED,
    Answer.WITHDRAWN: Standing.TAKEN_BACK,
    Answer.LAPSED: Standing.OVER,
}


@dataclass(frozen=True)
class ProposalWords:
    """What the page of a proposal says, in the language spoken now."""

    title: str
    rows: list[tuple[str, str]]
    paragraphs: list[str]
    agree: str  # the words of the two buttons
    decline: str

    @property
    def text(self) -> str:
        """All of it as plain text: what an answer is about, and what is kept of it."""
        rows = [f"{label}: {value}" for label, value in self.rows]
        return "\n".join([self.title, *rows, *self.paragraphs])

    @property
    def digest(self) -> str:
        return shown_digest(self.text)

    def pressed(self, *, accepts: bool) -> str:
        """The page with the button that was pressed."""
        return f"{self.text}\n[{self.agree if accepts else self.decline}]"


@dataclass(frozen=True)
class Proposal:
    """One proposal of the academy to the student of an order."""

    subject: LinkSubject
    number: int
    order: Order
    row: Any  # CohortMove, EndingProposal or Claim
    standing: Standing
    clause: str
    made_by: str
    answered_at: datetime | None = None
    letter: Notice | None = None  # the last one that told the registered e-mail of it

    @property
    def is_open(self) -> bool:
        return self.standing == Standing.OPEN

    def words(self) -> ProposalWords:
        """The proposal in its own words, in the language spoken now."""
        return WORDS[self.subject](self.row)


def find_proposal(order: Order, subject: str, number: int, *, at: datetime) -> Proposal | None:
    """The proposal with this number, however it stands; None if there is none."""
    finders = {
        LinkSubject.MOVE: _move,
        LinkSubject.ENDING: _ending,
        LinkSubject.CLAIM: _claim,
    }
    if subject not in LinkSubject.values:
        return None
    return finders[LinkSubject(subject)](order, number, at)


def open_proposals(order: Order, *, at: datetime) -> list[Proposal]:
    """What waits for the student's answer now."""
    moves = CohortMove.objects.open().filter(enrollment__order=order)
    endings = EndingProposal.objects.open().filter(order=order, side=Side.ACADEMY)
    claims = Claim.objects.filter(
        order=order, filed_by=Side.USER, answer__isnull=False, answer__accepted=None
    ).order_by("pk")
    named = [
        *((LinkSubject.MOVE, number) for number in moves.values_list("pk", flat=True)),
        *((LinkSubject.ENDING, number) for number in endings.values_list("number", flat=True)),
        *((LinkSubject.CLAIM, number) for number in claims.values_list("pk", flat=True)),
    ]
    found = [find_proposal(order, subject, number, at=at) for subject, number in named]
    return [each for each in found if each and each.is_open]


def _move(order: Order, number: int, at: datetime) -> Proposal | None:
    moves = CohortMove.objects.select_related(
        "enrollment", "from_cohort", "to_cohort", "proposed_by"
    )
    move = moves.filter(enrollment__order=order, pk=number).first()
    if move is None:
        return None
    standing = Standing.OPEN
    if move.agreed_at:
        standing = Standing.ACCEPTED
    elif move.ended_at:
        standing = Standing.DECLINED if _is_declined(order, move) else Standing.TAKEN_BACK
    elif order.state not in UNDER_CONTRACT or move.enrollment.state != EnrollmentState.ACTIVE:
        standing = Standing.OVER
    return Proposal(
        LinkSubject.MOVE,
        number,
        order,
        move,
        standing,
        clause="4.6",
        made_by=actor(move.proposed_by),
        answered_at=move.agreed_at or move.ended_at,
        letter=_letter(
            order,
            NoticeKind.MOVE_PROPOSED,
            about=("order", order.code),
            occasion=str(number),
        ),
    )


def _is_declined(order: Order, move: CohortMove) -> bool:
    """True if the student declined it, and not the academy took it back."""
    if not move.ended_by.startswith("staff:"):
        return True
    # A member of staff who learns here may have declined by the link.
    answers = LinkAnswer.objects.filter(order=order, subject=LinkSubject.MOVE, number=move.pk)
    return answers.exists()


def _ending(order: Order, number: int, at: datetime) -> Proposal | None:
    proposals = EndingProposal.objects.filter(order=order, side=Side.ACADEMY)
    proposal = proposals.filter(number=number).first()
    if proposal is None:
        return None
    standing = STANDING_OF_ENDING.get(proposal.answer, Standing.OPEN)
    has_come = proposal.ends_on <= almaty_day(at)
    if standing == Standing.OPEN and (order.state not in UNDER_CONTRACT or has_come):
        standing = Standing.OVER
    return Proposal(
        LinkSubject.ENDING,
        number,
        order,
        proposal,
        standing,
        clause="12.4",
        made_by=proposal.sent_by,
        answered_at=proposal.answered_at,
        letter=_letter(
            order,
            NoticeKind.ENDING_TALKS,
            about=("ending_proposal", f"{order.code}-{number}"),
            occasion="sent",
        ),
    )


def _claim(order: Order, number: int, at: datetime) -> Proposal | None:
    claims = Claim.objects.with_all().filter(order=order, filed_by=Side.USER)
    claim = claims.filter(pk=number, answer__isnull=False).first()
    if claim is None:
        return None
    answer = claim.answer
    standings = {None: Standing.OPEN, True: Standing.ACCEPTED, False: Standing.DECLINED}
    return Proposal(
        LinkSubject.CLAIM,
        number,
        order,
        claim,
        standings[answer.accepted],
        clause="10.2.3",
        made_by=answer.answered_by,
        answered_at=answer.replied_at,
        letter=answer.letter,
    )


def _letter(
    order: Order, kind: NoticeKind, *, about: tuple[str, str], occasion: str
) -> Notice | None:
    """The last letter of an occasion, or of one that repeats it after a correction."""
    letters = Notice.objects.filter(
        kind=kind, about_kind=about[0], about_key=about[1], recipient=order.party.email
    )
    same = [each for each in letters.order_by("pk") if each.occasion.split(",")[0] == occasion]
    return same[-1] if same else None


def again(occasion: str, *, at: datetime) -> str:
    """The occasion of a letter that tells of a proposal once more, to a corrected e-mail."""
    return f"{occasion},{at:%Y%m%dT%H%M%S%f}"


def _words_of_move(move: CohortMove) -> ProposalWords:
    stays = move.from_cohort
    goes = move.to_cohort
    return ProposalWords(
        title=_("Another cohort"),
        rows=[
            (_("Your cohort now"), f"{stays.name}, {_days(stays.starts_on, stays.ends_on)}"),
            (
                _("The cohort proposed"),
                f"{goes.name}, {_days(goes.starts_on, goes.ends_on)}",
            ),
        ],
        paragraphs=[
            _(
                "The place, the lessons and the day after which the certificate comes become those "
                "of the new cohort. The price and the contract stay as they are."
            ),
            _("You decide. If you do not answer, nothing changes."),
        ],
        agree=_("I agree to move"),
        decline=_("I stay in my cohort"),
    )


def _words_of_ending(proposal: EndingProposal) -> ProposalWords:
    rows = [
        (_("The contract ends on"), short_day(proposal.ends_on)),
        (_("To be returned"), tenge_text(proposal.returned)),
    ]
    rows += [(_("Reason"), proposal.why)] if proposal.why else []
    follows = CONSEQUENCES[Way.AGREEMENT].rows
    return ProposalWords(
        title=_("End the contract by agreement"),
        rows=[*rows, *((str(name), str(sentence)) for name, sentence in follows)],
        paragraphs=[_("Until both sides accept, the contract holds, and nothing changes.")],
        agree=_("I accept"),
        decline=_("I do not accept"),
    )


def _words_of_claim(claim: Claim) -> ProposalWords:
    answer = claim.answer
    return ProposalWords(
        title=_("The answer to your claim"),
        rows=[
            (_("Claim"), claim.number),
            (_("Decision"), str(answer.get_verdict_display())),
            (_("Reasons"), answer.reasons),
            (_("Proposal"), answer.proposal),
        ],
        paragraphs=[
            _("Whoever does not accept the proposal may go on talking, or go to court."),
        ],
        agree=_("Yes, I accept it"),
        decline=_("No, I do not accept it"),
    )


def _days(starts_on: date, ends_on: date) -> str:
    return f"{short_day(starts_on)} – {short_day(ends_on)}"


WORDS: dict[LinkSubject, Callable[[Any], ProposalWords]] = {
    LinkSubject.MOVE: _words_of_move,
    LinkSubject.ENDING: _words_of_ending,
    LinkSubject.CLAIM: _words_of_claim,
}
