"""How an unpaid order ends: it is treated as never placed, and its place is free again (4.3)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from enrollment.models import Order, PartyKind, ReportEnding
from enrollment.rules.order_states import OrderState
from offer_site.journal.models import Entry
from offer_site.journal.operations import record
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import withdraw_notices

from .keeping import stop_keeping
from .places import release_place

# How an order comes to an end unpaid, in the journal: by the clock, its buyer, or another order.
ENDINGS = ("order.lapsed", "order.cancelled", "order.replaced")


def ending_of(order: Order) -> Entry | None:
    """The journal's row that ended a lapsed order last."""
    return endings_of([order]).get(order.code)


def endings_of(orders: Iterable[Order]) -> dict[str, Entry]:
    """The rows that ended these orders last, by their codes, in one query."""
    codes = [order.code for order in orders]
    rows = Entry.objects.filter(chain__in=codes, verb__in=ENDINGS).order_by("number")
    return {row.chain: row for row in rows}


def end_unpaid(
    order: Order,
    *,
    verb: str,
    by: str,
    at: datetime,
    clause: str = "4.3",
    facts: Mapping[str, Any] | None = None,
    keeps_place: bool = False,
) -> None:
    """Lapse a locked order; `verb` is written to the journal.

    With `keeps_place`, the caller gives the place to another order.
    """
    order.move_to(OrderState.LAPSED)
    stop_keeping(order=order, ending=ReportEnding.LAPSED, by=by, at=at)
    if not keeps_place:
        release_place(order=order)
    about = ("order", order.code)
    if order.party.kind == PartyKind.MINOR:
        # What was not sent asks the guardian for nothing any more.
        withdraw_notices(about=about, kind=NoticeKind.GUARDIAN_ASKED, at=at)
    record(
        verb,
        about=about,
        order=order.code,
        facts=dict(facts or {}),
        by=by,
        at=at,
        clause=clause,
    )
