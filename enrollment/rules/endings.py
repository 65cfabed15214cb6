"""How a contract ends, and what follows: one table, shown before a decision (3.3, 12.3–12.5)."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from offer_site.calendar.rules import backward_term


class Way(models.TextChoices):
    AGREEMENT = "agreement", _("by agreement of both sides")
    PROVIDER = "provider", _("by the academy, for breaches")
    LAW = "law", _("under the law, with the refund of everything")
    FORCE_MAJEURE = "force-majeure", _("after a month of force majeure")
    PERFORMANCE = "performance", _("by performance")


class Money(models.TextChoices):
    AS_AGREED = (
        "as_agreed",
        _("What the accepted proposal states goes back, through a refund case of two people."),
    )
    AS_DECIDED = (
        "as_decided",
        _("What the decision states goes back, through a refund case of two people."),
    )
    EVERYTHING = "everything", _("Everything received goes back, less the costs (article 686).")
    KEPT = "kept", _("Nothing goes back: the service is performed.")


@dataclass(frozen=True)
class Consequences:
    """What follows from one way of ending; operations read it, and pages show its sentences."""

    clause: str
    money: Money
    has_certificate: bool
    frees_place: bool
    lifts_deadlines: bool

    @property
    def rows(self) -> list[tuple[Promise, Promise | str]]:
        """The table as people read it."""
        return [
            (_("Access"), _("The lessons close at once and for good.")),
            (_("Money"), self.money.label),
            (_("Certificate"), _CERTIFICATE[self.has_certificate]),
            (_("Deadlines"), _DEADLINES[self.lifts_deadlines]),
            (_("Place"), _PLACE[self.frees_place]),
        ]


CONSEQUENCES: dict[Way, Consequences] = {
    Way.AGREEMENT: Consequences("12.4", Money.AS_AGREED, False, True, True),
    Way.PROVIDER: Consequences("12.5", Money.AS_DECIDED, False, True, True),
    Way.LAW: Consequences("12.3", Money.EVERYTHING, False, True, True),
    Way.FORCE_MAJEURE: Consequences("8.6", Money.AS_DECIDED, False, True, True),
    Way.PERFORMANCE: Consequences("3.3", Money.KEPT, True, False, False),
}
_CERTIFICATE = {
    True: _("It is issued and sent within its term (9.1)."),
    False: _("None is issued."),
}
_DEADLINES = {
    True: _(
        "Those of the certificate and of questions about it are lifted; answers to claims stay due."
    ),
    False: _("The term of the certificate runs (9.1)."),
}
_PLACE = {True: _("It is free for another learner."), False: _("It stays taken.")}


class Ground(models.TextChoices):
    """Why the academy may end the contract by itself."""

    REPEATED = "12.5.1.1", _("12.5.1.1: two breaches or more")
    ONE = "12.5.1.2", _("12.5.1.2: one breach, with the reason why it is enough")


class Answer(models.TextChoices):
    """What became of a proposal to end the contract; empty while it waits."""

    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", pgettext_lazy("a proposal", "declined")
    WITHDRAWN = "withdrawn", _("taken back")
    LAPSED = "lapsed", _("its day came without an answer")


class BadProposal(StrEnum):
    TOO_LATE_FOR_COURSE = "fewer days than the term are left before the course begins"
    TOO_SOON = "the day of the end is nearer than the term"
    AFTER_PERFORMANCE = "the service is performed by then"


def last_day_to_propose(*, ends_on: date, starts_on: date, days: int) -> date:
    """The last day to send a proposal: `days` before the earlier of the two days (12.4)."""
    return backward_term(min(ends_on, starts_on), days)


def earliest_end(*, today: date, days: int) -> date:
    """The first day on which a contract can end if the proposal is sent today (12.4)."""
    return today + timedelta(days=days)


def bad_proposal(
    *, ends_on: date, starts_on: date, performed_on: date, days: int, today: date
) -> BadProposal | None:
    """Why a proposal that is sent today cannot name this day; None when it can (12.4)."""
    if today > backward_term(starts_on, days):
        return BadProposal.TOO_LATE_FOR_COURSE
    if today > backward_term(ends_on, days):
        return BadProposal.TOO_SOON
    return BadProposal.AFTER_PERFORMANCE if ends_on > performed_on else None


def has_ground(ground: str, *, breaches: int, needed: int) -> bool:
    """True if so many standing breaches are enough for this ground (12.5.1)."""
    return breaches >= (needed if ground == Ground.REPEATED else 1)
