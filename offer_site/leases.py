"""Work that one process does at a time: letters, messages, payouts, payment links, certificates.

Each kind of work is a table of rows that wait. A process takes a row by a lease, does the work
outside any transaction, and records what came of it. A process that dies leaves its lease behind;
the next sweep finds the row when the lease has ended, and goes on. The row has `lease_until` and
`attempts`; its QuerySet's `due(at)` says which rows wait.
"""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import F, Model, Q, QuerySet

log = logging.getLogger(__name__)
Row = TypeVar("Row", bound=Model)
Result = TypeVar("Result")


class Clock:
    """The moment that a door named, going on while work takes its time.

    A lease that began at a stale moment would be too short.
    """

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.started = time.monotonic()

    def now(self) -> datetime:
        return self.at + timedelta(seconds=time.monotonic() - self.started)


@dataclass(frozen=True)
class Pauses:
    """How long a failed attempt waits: twice as long each time, up to the longest."""

    first: timedelta
    longest: timedelta

    def after(self, attempts: int) -> timedelta:
        """The pause after so many attempts; the first one is number 1."""
        doubled = min(max(attempts - 1, 0), 20)
        return min(self.first * 2**doubled, self.longest)


def is_free(at: datetime) -> Q:
    """The condition of rows that no process holds."""
    return Q(lease_until=None) | Q(lease_until__lte=at)


def take(due: QuerySet[Any], *, at: datetime, lease: timedelta) -> bool:
    """Hold the one row of `due` for the length of a lease; False where another process was faster.

    It is durable: it refuses to run inside another transaction, as the work that follows talks to a
    network.
    """
    with transaction.atomic(durable=True):
        return take_within(due, at=at, lease=lease)


def take_within(due: QuerySet[Any], *, at: datetime, lease: timedelta, **changes: Any) -> bool:
    """Hold a row as `take` does, in a durable transaction of the caller that decides more.

    One conditional UPDATE decides, and makes the changes besides.
    """
    taken = due.update(lease_until=at + lease, attempts=F("attempts") + 1, **changes)
    return bool(taken)


def held(row: Row) -> QuerySet[Row]:
    """The row as long as this process holds its lease; then no row."""
    rows = type(row)._default_manager.filter(pk=row.pk)
    return rows.filter(lease_until=row.lease_until)  # type: ignore[attr-defined]


def sweep(
    rows: Iterable[Row],
    work: Callable[[Row, datetime], Result | None],
    *,
    failed: Callable[[Row, Exception], Result],
    at: datetime,
) -> list[Result]:
    """Do the work of each row on its own, and list what came of it; None is left out.

    An exception stops no other row: it is logged, `failed` says it, and a later sweep finds the row
    when its lease has ended.
    """
    clock = Clock(at)
    results = []
    for row in rows:
        try:
            result = work(row, clock.now())
        except Exception as error:
            log.exception("%s %s could not be handled.", type(row).__name__, row.pk)
            result = failed(row, error)
        if result is not None:
            results.append(result)
    return results
