"""Ending a contract by agreement: one side proposes a day, the other accepts or declines (12.4).

Until the day that both accepted, the contract holds. The order is locked first, then the proposal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import Cohort, EndingProposal, Enrollment, LinkSubject, Order
from enrollment.models.breach import last_number
from enrollment.models.ending import UNDER_CONTRACT
from enrollment.operations.links import (
    cabinet_link,
    ending_link,
    proposal_link,
    service_name,
)
from enrollment.operations.training.terminations import (
    end_contract,
    lock_to_end,
    require_that_it_came,
)
from enrollment.rules.endings import (
    Answer,
    BadProposal,
    Way,
    bad_proposal,
    earliest_end,
    last_day_to_propose,
)
from enrollment.rules.sides import Side
from offer_site.accounts.models import User
from offer_site.days import almaty_day, short_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import SYSTEM, actor, record
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import queue_notice
from offer_site.sweeps import one_by_one

CLAUSE = "12.4"


@dataclass(frozen=True)
class EndingDays:
    """The days of 12.4 for one contract, if a proposal is sent today."""

    days: int
    send_by: date  # the last day to propose any day from the course's beginning on
    first: date  # the earliest day on which the contract can end
    last: date  # the day of performance: from then on there is nothing to end
    day_before_course: date | None  # another usual choice, where it is possible

    def is_over(self, today: date) -> bool:
        return today > self.send_by


def ending_days(order: Order, enrollment: Enrollment, *, at: datetime) -> EndingDays:
    """Count the days of 12.4 by the order's own edition."""
    days = order.edition.terms["termination_notice_days"]
    starts_on = enrollment.cohort.starts_on
    first = earliest_end(today=almaty_day(at), days=days)
    before = starts_on - timedelta(days=1)
    return EndingDays(
        days=days,
        send_by=last_day_to_propose(ends_on=starts_on, starts_on=starts_on, days=days),
        first=first,
        last=enrollment.day_of_performance,
        day_before_course=before if before > first else None,
    )


@transaction.atomic(savepoint=False)
def propose_ending(
    *,
    order: Order,
    side: Side,
    ends_on: date,
    why: str,
    by: User,
    at: datetime,
    returned: int = 0,
) -> EndingProposal:
    """Propose to the other side to end the contract on a day (12.4).

    At least the edition's days before both that day and the beginning of the course. `returned` is
    the sum in whole tenge that would go back. The same proposal again is returned as it is. Raises
    RuleViolation when it is too late, the day too near, or another proposal waits or was accepted.
    """
    order, enrollment = _lock_contract(order)
    _close_past(order, at=at)
    standing = EndingProposal.objects.filter(order=order, answer__in=["", Answer.ACCEPTED]).first()
    if standing and (standing.is_open, standing.side, standing.ends_on, standing.returned) == (
        True,
        side,
        ends_on,
        returned,
    ):
        return standing
    if standing:
        raise RuleViolation(
            _("A proposal to end this contract waits for its answer, or is accepted already."),
            clause=CLAUSE,
        )
    today = almaty_day(at)
    days = order.edition.terms["termination_notice_days"]
    starts_on = enrollment.cohort.starts_on
    _require_that_it_is_in_time(enrollment, ends_on=ends_on, days=days, today=today)
    require_that_it_came(order, returned, clause=CLAUSE, field="returned")
    proposal = EndingProposal.objects.create(
        order=order,
        number=last_number(EndingProposal.objects.filter(order=order)) + 1,
        side=side,
        ends_on=ends_on,
        why=why,
        returned=returned,
        days=days,
        latest_on=last_day_to_propose(ends_on=ends_on, starts_on=starts_on, days=days),
        sent_on=today,
        sent_at=at,
        sent_by=actor(by),
    )
    facts = {
        "side": str(side),
        "ends_on": ends_on.isoformat(),
        "returned": returned,
        "latest_on": proposal.latest_on.isoformat(),
    }
    _record("ending.proposed", order, proposal, facts=facts, by=actor(by), at=at)
    _tell(order, proposal, at=at)
    return proposal


def answer_proposal(
    *,
    proposal: EndingProposal,
    side: Side,
    accepts: bool,
    by: User,
    at: datetime,
    reason: str = "",
) -> EndingProposal:
    """Accept or decline the other side's proposal (12.4), signed in; see `answer_as`."""
    return answer_as(
        proposal=proposal, side=side, accepts=accepts, by=actor(by), at=at, reason=reason
    )


@transaction.atomic(savepoint=False)
def answer_as(
    *,
    proposal: EndingProposal,
    side: Side,
    accepts: bool,
    by: str,
    at: datetime,
    reason: str = "",
) -> EndingProposal:
    """Accept or decline the other side's proposal; `by` is who answers, as in the journal.

    Accepted, the contract ends on the proposed day. Raises RuleViolation for the own proposal, also
    of a member of staff who learns here, one that was answered, and one whose day has come.
    """
    order, proposal = _lock_proposal(proposal)
    if proposal.side == side or (accepts and proposal.sent_by == by):
        raise RuleViolation(_("This proposal is yours: the other side answers it."), clause=CLAUSE)
    _require_that_it_waits(order, proposal, at=at)
    if accepts:
        _require_that_it_comes_before_performance(order, proposal.ends_on)
    answer = Answer.ACCEPTED if accepts else Answer.DECLINED
    return _close(order, proposal, answer, reason=reason, by=by, at=at)


@transaction.atomic(savepoint=False)
def withdraw_proposal(
    *, proposal: EndingProposal, side: Side, by: User, at: datetime
) -> EndingProposal:
    """Take back the own proposal before it is answered."""
    order, proposal = _lock_proposal(proposal)
    if proposal.side != side:
        raise RuleViolation(_("Only who proposed it can take it back."), clause=CLAUSE)
    _require_that_it_waits(order, proposal, at=at)
    return _close(order, proposal, Answer.WITHDRAWN, reason="", by=actor(by), at=at)


def end_agreed_contracts(*, at: datetime) -> list[str]:
    """End the contracts whose agreed day has come; return the orders' codes (12.4).

    Each in its own transaction. Proposals whose day came without an answer lapse.
    """
    today = almaty_day(at)
    past = EndingProposal.objects.past(today)
    due = EndingProposal.objects.due(today)
    come = (past | due).order_by("order", "pk")
    ended = one_by_one(come, lambda each: _settle(each, at=at))
    return [code for _proposal, code in ended if code]


def open_proposal(order: Order, *, at: datetime) -> EndingProposal | None:
    """The proposal that waits for its answer, or was accepted for a day to come."""
    standing = EndingProposal.objects.filter(order=order, answer__in=["", Answer.ACCEPTED])
    return standing.filter(ends_on__gt=almaty_day(at)).order_by("-number").first()


@transaction.atomic
def _settle(proposal: EndingProposal, *, at: datetime) -> str:
    """End the contract of an accepted proposal, or let one without an answer lapse."""
    order, proposal = _lock_proposal(proposal)
    if _close_past(order, at=at):
        return ""
    if not EndingProposal.objects.due(almaty_day(at)).filter(pk=proposal.pk).exists():
        return ""
    occasion = f"ending-proposal-{proposal.number}"
    end_contract(order=order, way=Way.AGREEMENT, occasion=occasion, by=SYSTEM, at=at)
    proposal.ended_at = at
    proposal.save(update_fields=["ended_at"])
    _record("ending.carried_out", order, proposal, facts={}, by=SYSTEM, at=at)
    tell_of_end(order, clause=CLAUSE, ended_on=proposal.ends_on, owed=proposal.returned, at=at)
    return order.code


def tell_of_end(
    order: Order,
    *,
    clause: str,
    ended_on: date,
    owed: int,
    at: datetime,
    reasons: Mapping[str, str] | None = None,
) -> None:
    """Write to the user that the contract has ended, why and what goes back."""
    queue_notice(
        NoticeKind.ENDED_EARLY,
        about=("order", order.code),
        to=order.party.email,
        language=order.language,
        order=order.code,
        at=at,
        facts={
            "package": service_name(order),
            "clause": clause,
            "ended_on": ended_on.isoformat(),
            "cabinet_url": cabinet_link(order.language),
            **({"owed": owed} if owed else {}),
            **(reasons or {}),
        },
    )


def _lock_contract(order: Order) -> tuple[Order, Enrollment]:
    order = Order.objects.locked().with_people().get(pk=order.pk)
    order.require(
        *UNDER_CONTRACT, message=_("There is no contract that could be ended."), clause=CLAUSE
    )
    return order, Enrollment.objects.select_related("cohort").get(order=order)


def _lock_proposal(proposal: EndingProposal) -> tuple[Order, EndingProposal]:
    order = lock_to_end(proposal.order_id)
    current = EndingProposal.objects.select_for_update().get(pk=proposal.pk)
    current.order = order
    return order, current


def _require_that_it_is_in_time(
    enrollment: Enrollment, *, ends_on: date, days: int, today: date
) -> None:
    starts_on = enrollment.cohort.starts_on
    bad = bad_proposal(
        ends_on=ends_on,
        starts_on=starts_on,
        performed_on=enrollment.day_of_performance,
        days=days,
        today=today,
    )
    if bad == BadProposal.TOO_LATE_FOR_COURSE:
        last = last_day_to_propose(ends_on=starts_on, starts_on=starts_on, days=days)
        raise RuleViolation(
            _("A proposal could be sent until %(day)s: %(days)d days before the course begins.")
            % {"day": short_day(last), "days": days},
            clause=CLAUSE,
        )
    if bad == BadProposal.TOO_SOON:
        raise RuleViolation(
            _("The earliest day is %(day)s: %(days)d days after the proposal.")
            % {"day": short_day(earliest_end(today=today, days=days)), "days": days},
            clause=CLAUSE,
            field="ends_on",
        )
    if bad == BadProposal.AFTER_PERFORMANCE:
        raise _nothing_to_end(enrollment.day_of_performance)


def _require_that_it_comes_before_performance(order: Order, ends_on: date) -> None:
    """The day of performance may have come nearer since the proposal (9.1).

    The cohort is locked: staff may give it another last day in this moment.
    """
    enrollment = Enrollment.objects.get(order=order)
    enrollment.cohort = Cohort.objects.select_for_update(no_key=True).get(pk=enrollment.cohort_id)
    if ends_on > enrollment.day_of_performance:
        raise _nothing_to_end(enrollment.day_of_performance)


def _nothing_to_end(performed_on: date) -> RuleViolation:
    return RuleViolation(
        _("The course ends on %(day)s. From then on there is nothing to end.")
        % {"day": short_day(performed_on)},
        clause=CLAUSE,
        field="ends_on",
    )


def _require_that_it_waits(order: Order, proposal: EndingProposal, *, at: datetime) -> None:
    if not proposal.is_open or order.state not in UNDER_CONTRACT:
        raise RuleViolation(_("This proposal does not wait for an answer any more."), clause=CLAUSE)
    if almaty_day(at) >= proposal.ends_on:
        raise RuleViolation(
            _("The day of this proposal has come without an answer: it has lapsed."), clause=CLAUSE
        )


def _close_past(order: Order, *, at: datetime) -> bool:
    """Close a proposal whose day came without an answer; the caller holds the order's lock."""
    past = EndingProposal.objects.past(almaty_day(at)).filter(order=order).first()
    if past is None:
        return False
    past.order = order
    past.answer = Answer.LAPSED
    past.answered_at = at
    past.answered_by = SYSTEM
    past.save(update_fields=["answer", "answered_at", "answered_by"])
    _record("ending.lapsed", order, past, facts={}, by=SYSTEM, at=at)
    return True


def _close(
    order: Order, proposal: EndingProposal, answer: Answer, *, reason: str, by: str, at: datetime
) -> EndingProposal:
    proposal.answer = answer
    proposal.answered_at = at
    proposal.answered_by = by
    proposal.reason = reason
    proposal.save(update_fields=["answer", "answered_at", "answered_by", "reason"])
    facts = {"ends_on": proposal.ends_on.isoformat()}
    _record(f"ending.{answer.value}", order, proposal, facts=facts, by=by, at=at)
    _tell(order, proposal, at=at)
    return proposal


def _tell(order: Order, proposal: EndingProposal, *, at: datetime) -> None:
    """Write to the user what was proposed or answered; staff see it in "Needs attention"."""
    write_proposal(order, proposal, occasion=proposal.answer or "sent", at=at)


def write_proposal(order: Order, proposal: EndingProposal, *, occasion: str, at: datetime) -> None:
    """Write to the user how a proposal stands; the academy's open one with the link to answer."""
    is_asked = proposal.is_open and proposal.side == Side.ACADEMY
    link = proposal_link(order, LinkSubject.ENDING, proposal.number)
    queue_notice(
        NoticeKind.ENDING_TALKS,
        about=("ending_proposal", f"{order.code}-{proposal.number}"),
        to=order.party.email,
        language=order.language,
        order=order.code,
        occasion=occasion,
        at=at,
        facts={
            "package": service_name(order),
            "side": proposal.side,
            "answer": proposal.answer,
            "ends_on": proposal.ends_on.isoformat(),
            "ending_url": link if is_asked else ending_link(order),
            **({"returned": proposal.returned} if proposal.returned else {}),
        },
    )


def _record(
    verb: str,
    order: Order,
    proposal: EndingProposal,
    *,
    facts: dict[str, Any],
    by: str,
    at: datetime,
) -> None:
    record(
        verb,
        about=("ending_proposal", f"{order.code}-{proposal.number}"),
        order=order.code,
        facts={"proposal": proposal.number, **facts},
        by=by,
        at=at,
        clause=CLAUSE,
    )
