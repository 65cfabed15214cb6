"""Doing again what another transaction got ahead of:
the second time sees what the first could not.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, OperationalError

P = ParamSpec("P")
R = TypeVar("R")


def once_more_if_beaten(operation: Callable[P, R]) -> Callable[P, R]:
    """Run a transaction anew, once, when another was faster or the two waited for each other.

    It stands above `transaction.atomic`: the database has undone what was begun, and what is read
    again is what the other has written. What fails the second time is raised.
    """

    @wraps(operation)
    def twice_at_most(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return operation(*args, **kwargs)
        except (IntegrityError, OperationalError):
            return operation(*args, **kwargs)

    return twice_at_most
