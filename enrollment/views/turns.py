"""How often one address may order, ask and correct: each of these sends a letter to somebody."""

from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _

from enrollment.rules.bounds import (
    DAY,
    DEEDS_A_DAY,
    DEEDS_AN_HOUR,
    DOCUMENTS_AN_HOUR,
    HOUR,
    PAPERS_AN_HOUR,
    PAPERS_OF_ONE_A_DAY,
)
from offer_site.attempts.operations import add_to_each, attempts_about, attempts_of
from offer_site.documents import Document
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


class TooManyDocumentsError(RuleViolation):
    """This address has sent as many files as one may."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Too many files come from your network now. "
                "Try again in an hour, or write to us: we will help."
            ),
            clause="4.3",
            field="document",
        )


class TooManyPapersError(RuleViolation):
    """This order, or this address, has had as many papers made as one may."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "The invoice was made too often. Use the one that you saved, try again later, "
                "or write to us: we will help."
            ),
            clause="4.4",
        )


def take_document_turn(request: HttpRequest, document: Document | None, *, at: datetime) -> None:
    """Count one file of the visitor's address before it is stored (4.3)."""
    if document is None:
        return
    if not attempts_of(request, "documents-hour", seconds=HOUR).allows(DOCUMENTS_AN_HOUR, at=at):
        raise TooManyDocumentsError


def take_paper_turn(request: HttpRequest, code: str, *, at: datetime) -> None:
    """Count one paper of an order, and of the visitor's address, before it is made (4.4)."""
    of_one = attempts_about(code, "papers-day", seconds=DAY).allows(PAPERS_OF_ONE_A_DAY, at=at)
    in_hour = attempts_of(request, "papers-hour", seconds=HOUR)
    if not of_one or not in_hour.allows(PAPERS_AN_HOUR, at=at):
        raise TooManyPapersError


def take_turn(request: HttpRequest, *, at: datetime) -> None:
    """Count one deed of the visitor's address before it is done (4.6)."""
    hour = attempts_of(request, "deeds-hour", seconds=HOUR)
    day = attempts_of(request, "deeds-day", seconds=DAY)
    in_hour, in_day = add_to_each([hour, day], at=at)
    if in_hour > DEEDS_AN_HOUR or in_day > DEEDS_A_DAY:
        raise TooOftenFromHereError


def status_of(refused: RuleViolation) -> int:
    """The status of the page that tells a refusal: 429 for too often, else 200."""
    too_often = (TooOftenFromHereError, TooManyDocumentsError)
    return 429 if isinstance(refused, too_often) else 200
