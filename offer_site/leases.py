"""Work that one process does at a time: letters, messages, payouts, payment links, certificates.

Each kind of work is a table of rows that wait. A process takes a row by a lease, does the work
outside any transaction, and records the result. A process that dies leaves its lease behind; the
next sweep finds the row when the lease has ended. The row has `lease_until` and `attempts`; its
QuerySet's `due(at)` selects the rows that wait.
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
    """The caller's moment, which moves on while the work takes time.

    A lease that starts at a stale moment would be too short.
    """

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.started = time.monotonic()

    def now(self) -> datetime:
        return self.at + timedelta(seconds=time.monotonic() - self.started)


@dataclass(frozen=True)
class Pauses:
    """The pause after a failed attempt: twice as long each time, up to the longest."""

    first: timedelta
    longest: timedelta

    def after(self, attempts: int) -> timedelta:
        """The pause after this many attempts; the first one is number 1."""
        doubled = min(max(attempts - 1, 0), 20)
        return min(self.first * 2**doubled, self.longest)


def is_free(at: datetime) -> Q:
    """The condition of rows that no process holds."""
    return Q(lease_until=None) | Q(lease_until__lte=at)


def take(due: QuerySet[Any], *, at: datetime, lease: timedelta) -> bool:
    """Lease the one row of `due`; False if another process was faster.

    The transaction is durable: this fails inside another one, as the work that follows uses the
    network.
    """
    with transaction.atomic(durable=True):
        return take_within(due, at=at, lease=lease)


def take_within(due: QuerySet[Any], *, at: datetime, lease: timedelta, **changes: Any) -> bool:
    """Lease a row as `take` does, inside a durable transaction of the caller.

    One conditional UPDATE decides, and makes the `changes` too.
    """
    taken = due.update(lease_until=at + lease, attempts=F("attempts") + 1, **changes)
    return bool(taken)


def held(row: Row) -> QuerySet[Row]:
    """The row while this process holds its lease; then an empty set."""
    rows = type(row)._default_manager.filter(pk=row.pk)
    return rows.filter(lease_until=row.lease_until)  # type: ignore[attr-defined]


def sweep(
    rows: Iterable[Row],
    work: Callable[[Row, datetime], Result | None],
    *,
    failed: Callable[[Row, Exception], Result],
    at: datetime,
) -> list[Result]:
    """Do the work of each row on its own and return the results; None is left out.

    An exception stops no other row: it is logged, `failed` makes its result, and a later sweep
    finds the row when its lease has ended.
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
