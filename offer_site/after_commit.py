"""Calling a worker after the commit.

When the queue is down nothing is lost: the clock finds the same work.
"""

from typing import Any

from django.db import transaction
from kombu.exceptions import OperationalError

from .breakers import Outage
from .priorities import Priority

LEFT_ALONE = 5.0  # seconds: nobody waits for a queue that was away a moment ago
outage = Outage("the queue", pause=LEFT_ALONE)


def call_after_commit(task: Any, key: int, *, priority: Priority = Priority.MOMENT) -> None:
    """Call a task with this id after the commit of the current transaction."""

    def call() -> None:
        if outage.is_left_alone():
            return
        try:
            task.apply_async(args=(key,), retry=False, priority=int(priority))
        except OperationalError as error:
            outage.note(error)
        else:
            outage.is_over()

    call.__qualname__ = f"call {task.name}"  # as Django names a hook that failed
    transaction.on_commit(call, robust=True)
