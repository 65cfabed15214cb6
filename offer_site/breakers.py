"""Servers that may fall silent: few threads ask one at a time, and none while it does not answer.

Each process keeps its own count; nothing is shared, so nothing else has to be there.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Condition, Lock

logger = logging.getLogger(__name__)

THREADS = 2  # that may wait for one server at a time, so that the others serve everybody else
LONG_ONES = 1  # of them that may wait longer than a page does
FAILURES = 2  # in a row; then the server is left alone
PAUSE = 30.0  # seconds, after which one request tries it again
SLOW = 1.0  # seconds: a failure that took less cost nobody anything; so long a request may queue


class ServerAwayError(Exception):
    """The server was not asked: it does not answer, or as many as may wait for it already."""


class Breaker:
    """The requests of this process to one server."""

    def __init__(self) -> None:
        self.changed = Condition()
        self.began: list[float] = []
        self.long_ones = 0
        self.failures = 0
        self.closed_at = 0.0

    @contextmanager
    def asking(self, *, is_long: bool = False) -> Iterator[None]:
        """One request; raises ServerAwayError instead of waiting for a silent server.

        An exception inside counts as a failure if it took long.
        """
        began = self._enter(is_long)
        is_answered = False
        try:
            yield
            is_answered = True
        finally:
            self._leave(began, is_long, is_answered)

    def _enter(self, is_long: bool) -> float:
        with self.changed:
            until = time.monotonic() + SLOW
            while not self._has_room(is_long):
                now = time.monotonic()
                is_stuck = bool(self.began) and max(self.began) < now - SLOW
                if is_stuck or now >= until:
                    raise ServerAwayError("as many as may wait for it already")
                self.changed.wait(until - now)
            began = time.monotonic()
            if self.failures >= FAILURES:
                if began < self.closed_at + PAUSE:
                    raise ServerAwayError("it did not answer a moment ago")
                self.closed_at = began  # this one tries it again, and no other meanwhile
            self.began.append(began)
            self.long_ones += is_long
            return began

    def _has_room(self, is_long: bool) -> bool:
        return len(self.began) < THREADS and not (is_long and self.long_ones >= LONG_ONES)

    def _leave(self, began: float, is_long: bool, is_answered: bool) -> None:
        with self.changed:
            self.began.remove(began)
            self.long_ones -= is_long
            now = time.monotonic()
            if is_answered:
                self.failures = 0
            elif now - began >= SLOW:
                self.failures += 1
                self.closed_at = now
            self.changed.notify_all()


@cache
def breaker_of(server: str) -> Breaker:
    """The one breaker of a server, named by its host and port."""
    return Breaker()


class Outage:
    """A server of ours that is away: said once in the log, and left alone for a while."""

    def __init__(self, what: str, *, pause: float) -> None:
        self.what = what
        self.pause = pause
        self.lock = Lock()
        self.is_on = False
        self.ends_at = 0.0

    def is_left_alone(self) -> bool:
        return self.is_on and time.monotonic() < self.ends_at

    def note(self, error: Exception) -> None:
        """The server could not be reached just now."""
        with self.lock:
            begins, self.is_on = not self.is_on, True
            self.ends_at = time.monotonic() + self.pause
        if begins:
            logger.warning("%s is away: %s", self.what, error)

    def is_over(self) -> None:
        """The server answered just now."""
        if self.is_on:
            with self.lock:
                ends, self.is_on = self.is_on, False
            if ends:
                logger.warning("%s is back", self.what)
