"""Ringing for a worker after the commit. A broken bell breaks nothing:
the clock finds what it would have rung for.
"""

from typing import Any

from django.db import transaction


def ring(task: Any, key: int) -> None:
    """Have a task called with this id once what was written is committed."""

    def pull() -> None:  # not a partial: Django names a hook that failed by its __qualname__
        task.apply_async(args=(key,), retry=False)

    transaction.on_commit(pull, robust=True)
