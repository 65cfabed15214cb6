"""How often one address may order, ask and correct: each of these sends a letter to somebody."""

from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _

from enrollment.rules.bounds import DAY, DEEDS_A_DAY, DEEDS_AN_HOUR, HOUR
from offer_site.attempts.operations import add_to_each, attempts_of
from offer_site.errors import RuleViolation


class TooOftenFromHereError(RuleViolation):
    """This address has ordered, asked and corrected as often as one may."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Too many orders and requests come from your network now. "
                "Try again in an hour, or write to us: we will help."
            ),
            clause="4.6",
        )


def take_turn(request: HttpRequest, *, at: datetime) -> None:
    """Count one deed of the visitor's address before it is done (4.6)."""
    hour = attempts_of(request, "deeds-hour", seconds=HOUR)
    day = attempts_of(request, "deeds-day", seconds=DAY)
    in_hour, in_day = add_to_each([hour, day], at=at)
    if in_hour > DEEDS_AN_HOUR or in_day > DEEDS_A_DAY:
        raise TooOftenFromHereError


def status_of(refused: RuleViolation) -> int:
    """The status of the page that tells a refusal: 429 for too often, else 200."""
    return 429 if isinstance(refused, TooOftenFromHereError) else 200
