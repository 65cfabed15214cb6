"""Writing the journal: every operation records what it did, in its own transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import CharField, Model

from offer_site.prepared import Given, Prepared, insert

from .models import HOUSE, Chain, Entry, row_digest

LAST = Prepared(Entry.objects.filter(chain=Given("chain", CharField())).order_by("-number")[:1])
SYSTEM = "system"  # clock jobs, workers and callbacks


@dataclass(frozen=True)
class Line:
    """One journal row to write; `about` is a kind and a key, such as ("order", "SM4K7Q2X")."""

    verb: str
    about: tuple[str, str]
    facts: dict[str, Any] = field(default_factory=dict)
    clause: str = ""


def actor(user: Any) -> str:
    """A person in the journal: role and number, never a personal value."""
    if user is None or not user.is_authenticated:
        return "visitor"
    return f"{'staff' if user.is_staff else 'user'}:{user.pk}"


@transaction.atomic(savepoint=False)
def record_lines(
    lines: Iterable[Line], *, order: str = "", by: str, at: datetime, begins: bool = False
) -> None:
    """Add rows to an order's chain, or to the house's, in one INSERT.

    The caller holds the order's lock, so that the end of its chain cannot move; the house's end is
    locked here. `begins` means that the order was placed in this transaction and its chain is
    empty.
    """
    chain = order or HOUSE
    if not order:
        # A separate statement: after waiting here, the last row is read afresh.
        Chain.objects.select_for_update().get(name=HOUSE)
    last = None if begins else LAST.first(chain=chain)
    insert(_rows(chain, lines, last=last, by=by, at=at))


@transaction.atomic(savepoint=False)
def begin_chains(
    chains: Mapping[str, Iterable[Line]],
    *,
    beside: Sequence[Iterable[Model]] = (),
    by: str,
    at: datetime,
) -> None:
    """Begin the chains of orders placed in this transaction, all in one INSERT.

    `beside` are new rows of other tables, which belong to the same orders: they are inserted by the
    same statement where the engine can.
    """
    first = [
        row
        for chain, lines in chains.items()
        for row in _rows(chain, lines, last=None, by=by, at=at)
    ]
    insert(*beside, first)


def _rows(
    chain: str, lines: Iterable[Line], *, last: Entry | None, by: str, at: datetime
) -> list[Entry]:
    number, previous = (last.number, last.digest) if last else (0, "")
    rows = []
    for line in lines:
        number += 1
        about = (line.about[0], str(line.about[1]))
        digest = row_digest(
            chain=chain,
            number=number,
            at=at,
            by=by,
            about=about,
            verb=line.verb,
            facts=line.facts,
            clause=line.clause,
            previous=previous,
        )
        rows.append(
            Entry(
                chain=chain,
                number=number,
                at=at,
                by=by,
                about_kind=about[0],
                about_key=about[1],
                verb=line.verb,
                facts=line.facts,
                clause=line.clause,
                previous=previous,
                digest=digest,
            )
        )
        previous = digest
    return rows


def record(
    verb: str,
    *,
    about: tuple[str, str],
    order: str = "",
    facts: dict[str, Any] | None = None,
    by: str,
    at: datetime,
    clause: str = "",
) -> None:
    record_lines([Line(verb, about, facts or {}, clause)], order=order, by=by, at=at)
