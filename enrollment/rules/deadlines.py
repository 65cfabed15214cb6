"""The terms of the offer in words: what is owed, what each is counted from, whose work it is.

A clause that is not in the table is looked for under its parent: 12.4.1 is a term of 12.4.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from offer_site.calendar.rules import Calendar, calendar_day_term, rolled, working_day_term

ACADEMY = "academy"
USER = "user"
CONTRACTS = "enrollment.change_order"
QUESTIONS = "enrollment.change_clarification"
CLAIMS = "enrollment.change_claim"
CASES = "payments.change_refundcase"
CERTIFICATES = "certificates.change_certificate"

# The clock of certificates warns of 9.1 daily, and that of rests reminds of 4.3.1.
TOLD_BY_OTHERS = ("9.1", "4.3.1")


class TermState(StrEnum):
    """What a term is at a moment."""

    RUNNING = "running"
    LATE = "late"
    MET = "met"
    MET_LATE = "met-late"
    STOPPED = "stopped"
    LIFTED = "lifted"


@dataclass(frozen=True)
class Term:
    """A term in words; `right` is the permission of the staff whose work it is.

    `is_owed_when_over`: what is late is still to be done. An objection that was not made is not.
    """

    what: Promise | str
    event: Promise | str = ""
    right: str = CONTRACTS
    is_owed_when_over: bool = True


_CLAIM_CAME = _("the claim was received")
_FORCE_MAJEURE = _("the force majeure began")
TERMS: dict[tuple[str, str], Term] = {
    ("4.3.1", USER): Term(_("pay the rest")),
    ("8.3", ACADEMY): Term(_("report the force majeure in writing"), _FORCE_MAJEURE),
    ("8.3", USER): Term(_("report the force majeure in writing"), _FORCE_MAJEURE),
    ("8.4", ACADEMY): Term(_("send the documents about the force majeure"), _FORCE_MAJEURE),
    ("8.4", USER): Term(_("send the documents about the force majeure"), _FORCE_MAJEURE),
    ("8.6", ACADEMY): Term(_("agree how to go on after the force majeure"), _FORCE_MAJEURE),
    ("8.6", USER): Term(_("agree how to go on after the force majeure"), _FORCE_MAJEURE),
    ("9.1", ACADEMY): Term(
        _("send the certificate"), _("the service was performed"), right=CERTIFICATES
    ),
    ("9.5", ACADEMY): Term(
        _("ask about the recipient of the certificate"),
        _("what is incomplete was found"),
        right=QUESTIONS,
    ),
    ("9.5", USER): Term(
        _("answer the question about the recipient of the certificate"), _("the question was sent")
    ),
    ("10.2.3", ACADEMY): Term(_("answer the claim"), _CLAIM_CAME, right=CLAIMS),
    ("10.2.3", USER): Term(_("answer the claim of the academy"), _CLAIM_CAME),
    ("10.2.4", ACADEMY): Term(
        _("ask for the documents that the claim lacks"), _CLAIM_CAME, right=CLAIMS
    ),
    ("10.2.4", USER): Term(
        _("send the documents that the claim lacks"), _("the documents were asked for")
    ),
    ("12.2", USER): Term(
        _("object to the new edition of the offer, if you do not agree with it"),
        _("the edition was published"),
        is_owed_when_over=False,
    ),
    ("12.4", ACADEMY): Term(
        _("answer the proposal to end the contract"), _("the proposal was received")
    ),
    ("12.4", USER): Term(
        _("answer the proposal to end the contract"),
        _("the proposal was sent"),
        is_owed_when_over=False,
    ),
}


def term_of(clause: str, owed_by: str) -> Term:
    """The term of a clause, or of the nearest clause above it; an empty one if there is none."""
    named = clause
    while named:
        if found := TERMS.get((named, owed_by)):
            return found
        named = named.rpartition(".")[0]
    return Term("")


def rights_of(clause: str, owed_by: str, *, about: str, is_of_money: bool) -> set[str]:
    """The permissions of those whose work a term is; `about` is the kind of what it is of.

    A refund case is answered by those who decide on money. A claim of money is opened as a case by
    those who answer claims, and decided by those (10.2.3, 4.6).
    """
    if about == "refund_case":
        return {CASES}
    right = term_of(clause, owed_by).right
    return {right, CASES} if is_of_money else {right}


def in_words(clause: str, owed_by: str) -> str:
    """What is owed, in the language spoken now; never empty."""
    return str(term_of(clause, owed_by).what) or gettext("fulfill clause %(clause)s") % {
        "clause": clause
    }


def state_of(
    *,
    due_before: datetime,
    met_at: datetime | None,
    is_stopped: bool,
    is_lifted: bool,
    at: datetime,
) -> TermState:
    if met_at is None:
        return TermState.LATE if due_before <= at else TermState.RUNNING
    if is_stopped:
        return TermState.STOPPED
    if is_lifted:
        return TermState.LIFTED
    return TermState.MET if met_at < due_before else TermState.MET_LATE


def last_day(event: date, days: int, calendar: Calendar, *, in_working_days: bool) -> date:
    term = working_day_term if in_working_days else calendar_day_term
    return term(event, days, calendar)


def moved(day: date, days: int, calendar: Calendar) -> date:
    """The last day of a term that is put off by the length of a force majeure (8.6)."""
    return rolled(day + timedelta(days=days), calendar)


def day_on_another_calendar(
    *,
    event: date,
    days: int,
    in_working_days: bool,
    put_off: Iterable[int],
    calendar: Calendar,
) -> date:
    """The last day counted anew, with every length by which the term was put off since (8.6)."""
    day = last_day(event, days, calendar, in_working_days=in_working_days)
    for length in put_off:
        day = moved(day, length, calendar)
    return day


def day_to_propose(*, due_on: date, counted: date, owed_by: str) -> date | None:
    """The day that a change of the calendar proposes; None if the term keeps its day.

    What a student was told is never made shorter.
    """
    if counted == due_on or (owed_by == USER and counted < due_on):
        return None
    return counted
