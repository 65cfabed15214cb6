"""Scenes of section 8: an event reported, confirmed and over."""

from datetime import date, datetime, timedelta
from typing import Any

from enrollment.models import DeadlineMove, ForceMajeure, ForceMajeureContract, Order
from enrollment.operations.force_majeure.events import (
    EventWords,
    confirm_force_majeure,
    end_force_majeure,
    report_force_majeure,
)
from enrollment.operations.force_majeure.settlements import propose_to_end
from enrollment.operations.terms.moves import move_deadlines
from enrollment.rules.force_majeure import Hindered
from enrollment.rules.sides import Side
from offer_site.documents import NamedDocument
from tests.given import NOON, a_paid_order, an_owner
from tests.papers import a_document

DAY = timedelta(days=1)
BEGAN_ON = NOON.date()


def a_proof() -> NamedDocument:
    return NamedDocument("хабарлама.pdf", a_document())


def a_report(
    *orders: Order,
    side: str = Side.USER,
    at: datetime = NOON,
    files: tuple[NamedDocument, ...] | None = None,
    **wishes: Any,
) -> ForceMajeure:
    """An event that begins today, reported with one document."""
    values = {"kind": "flood", "began_on": BEGAN_ON, "words_kk": "Су тасқыны"} | wishes
    event, _is_new = report_force_majeure(
        orders=orders or (a_paid_order(),),
        side=side,
        words=EventWords(**values),
        files=(a_proof(),) if files is None else files,
        by="user:1" if side == Side.USER else "staff:1",
        at=at,
    )
    return event


def confirmed(
    event: ForceMajeure, *, at: datetime = NOON + DAY, hinders: str = Hindered.BOTH
) -> ForceMajeure:
    """An event that was confirmed; as an epidemic does, it hinders both sides."""
    return confirm_force_majeure(event=event, hinders=hinders, by=an_owner(), at=at)


def over(event: ForceMajeure, ended_on: date, *, at: datetime = NOON + 10 * DAY) -> ForceMajeure:
    return end_force_majeure(event=event, ended_on=ended_on, by=an_owner(), at=at)


def put_off_by(
    order: Order, days: int, *, because: str = "force-majeure 1", **wishes: Any
) -> list[DeadlineMove]:
    """Move the terms of a locked order by an event of so many days that began today."""
    event = (BEGAN_ON, BEGAN_ON + (days - 1) * DAY)
    return move_deadlines(order=order, event=event, days=days, because=because, **wishes)


def proposed_to_end(event: ForceMajeure, **wishes: Any) -> ForceMajeureContract:
    """The contract of an event that lasts for a month, whose end one person proposed."""
    values = {"agreed": "", "by": an_owner(), "at": event.talks_from} | wishes
    return propose_to_end(contract=event.contracts.get(), **values)
