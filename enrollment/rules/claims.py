"""What a claim must hold, how far it has come, and until when documents may be asked for (10.2)."""

from datetime import date
from enum import StrEnum

from offer_site.calendar.rules import Calendar, calendar_day_term


class Part(StrEnum):
    """A part of a claim that 10.2.1 or 10.2.2 names and that may be missing."""

    SIGNATURE = "signature"
    CALCULATION = "calculation"
    EVIDENCE = "evidence"


class Stage(StrEnum):
    """How far a claim has come."""

    UNDER_REVIEW = "under-review"
    AWAITS_DOCUMENTS = "awaits-documents"
    ANSWERED = "answered"
    ACCEPTED = "accepted"
    NOT_ACCEPTED = "not-accepted"
    WITHDRAWN = "withdrawn"


def missing_parts(
    *, amount: int | None, calculation: str, evidence: str, files: int, is_signed: bool
) -> list[Part]:
    """What a claim lacks; it is taken all the same, and what is lacking is asked for (10.2.4)."""
    missing = []
    if not is_signed:
        missing.append(Part.SIGNATURE)
    if amount is not None and not calculation:
        missing.append(Part.CALCULATION)
    if not evidence and not files:
        missing.append(Part.EVIDENCE)
    return missing


def stage_of(
    *, is_withdrawn: bool, is_answered: bool, accepted: bool | None, awaits_documents: bool
) -> Stage:
    if is_withdrawn:
        return Stage.WITHDRAWN
    if is_answered:
        if accepted is None:
            return Stage.ANSWERED
        return Stage.ACCEPTED if accepted else Stage.NOT_ACCEPTED
    return Stage.AWAITS_DOCUMENTS if awaits_documents else Stage.UNDER_REVIEW


def last_day_to_ask(came_on: date, days: int, calendar: Calendar) -> date:
    """The last day on which documents that a claim lacks may be asked for (10.2.4)."""
    return calendar_day_term(came_on, days, calendar)
