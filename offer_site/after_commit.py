"""Calling a worker after the commit.

When the queue is down nothing is lost: the clock finds the same work.
"""

from typing import Any

from django.db import transaction

from .priorities import Priority


def call_after_commit(task: Any, key: int, *, priority: Priority = Priority.MOMENT) -> None:
    """Call a task with this id after the commit of the current transaction."""

    def call() -> None:
        task.apply_async(args=(key,), retry=False, priority=int(priority))

    call.__qualname__ = f"call {task.name}"  # as Django names a hook that failed
    transaction.on_commit(call, robust=True)
