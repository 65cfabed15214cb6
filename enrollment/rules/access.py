"""Whether the course is open to a learner: one question, and every reason for a no (O5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from .halves import is_overdue
from .order_states import OrderState


class ClosedBy(models.TextChoices):
    """Why the course is closed; the two that a suspension has are its grounds."""

    NO_CONTRACT = "no_contract", _("there is no contract yet")
    PERFORMED = "performed", _("the course is over")
    TERMINATED = "terminated", _("the contract has ended")
    REST_UNPAID = "rest_unpaid", _("the rest is not paid")
    BREACH = "breach", _("a rule was broken")


BY_STATE = {
    OrderState.AWAITING_PAYMENT: ClosedBy.NO_CONTRACT,
    OrderState.LAPSED: ClosedBy.NO_CONTRACT,
    OrderState.COMPLETED: ClosedBy.PERFORMED,
    OrderState.TERMINATED: ClosedBy.TERMINATED,
}


@dataclass(frozen=True)
class Access:
    """The answer: open, or closed with all the reasons that stand."""

    closed_by: tuple[ClosedBy, ...] = ()

    @property
    def is_open(self) -> bool:
        return not self.closed_by

    @property
    def is_suspended(self) -> bool:
        """True if the contract runs and the course is closed for a reason that can go away."""
        return bool({ClosedBy.REST_UNPAID, ClosedBy.BREACH}.intersection(self.closed_by))


def judge_access(
    *, state: str, rest_due_on: date | None, suspended_for: Iterable[str], today: date
) -> Access:
    """Judge an order's access by its state, the day of its unpaid rest and its suspensions.

    The day of the rest closes access by itself, whether or not the clock has suspended it (4.3.1).
    """
    state = OrderState(state)
    if state in BY_STATE:
        return Access((BY_STATE[state],))
    reasons = {ClosedBy(ground) for ground in suspended_for}
    if rest_due_on is not None and is_overdue(due_on=rest_due_on, today=today):
        reasons.add(ClosedBy.REST_UNPAID)
    return Access(tuple(reason for reason in ClosedBy if reason in reasons))
