"""Calling a worker after the commit.

When the queue is down nothing is lost: the clock finds the same work.
"""

from typing import Any

from django.db import transaction


def ring(task: Any, key: int) -> None:
    """Call a task with this id after the commit of the current transaction."""

    def pull() -> None:  # not a partial: Django names a hook that failed by its __qualname__
        task.apply_async(args=(key,), retry=False)

    transaction.on_commit(pull, robust=True)
