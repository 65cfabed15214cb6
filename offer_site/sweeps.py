"""The same work for many things, where one failure stops no other."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

log = logging.getLogger(__name__)
Thing = TypeVar("Thing")
Made = TypeVar("Made")


class SomeFailedError(Exception):
    """The work failed for some things, after it was tried for all."""


def one_by_one(things: Iterable[Thing], do: Callable[[Thing], Made]) -> list[tuple[Thing, Made]]:
    """Do it for each thing and return the results; SomeFailedError at the end if any failed."""
    done: list[tuple[Thing, Made]] = []
    failed = []
    for thing in things:
        try:
            done.append((thing, do(thing)))
        except Exception:
            log.exception("%s", thing)
            failed.append(str(thing))
    if failed:
        raise SomeFailedError(", ".join(failed))
    return done
