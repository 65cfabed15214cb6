"""Doing the same for many things, each on its own:
a thing that fails keeps none of the others waiting.
"""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

log = logging.getLogger(__name__)
Thing = TypeVar("Thing")
Made = TypeVar("Made")


class SomeFailedError(Exception):
    """What was done for some things failed, after it was tried for all."""


def one_by_one(things: Iterable[Thing], do: Callable[[Thing], Made]) -> list[tuple[Thing, Made]]:
    """Do it for each thing and return what came of it;
    raise SomeFailedError at the end if it failed for any.
    """
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
