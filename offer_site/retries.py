"""Another try after a transaction that lost a race."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, OperationalError

P = ParamSpec("P")
R = TypeVar("R")


def once_more_if_beaten(operation: Callable[P, R]) -> Callable[P, R]:
    """Run a transaction again, once, after a lost race or a deadlock.

    It stands above `transaction.atomic`: the database has undone the first try, and the second
    reads what the other transaction has written. An error of the second try is raised.
    """

    @wraps(operation)
    def twice_at_most(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return operation(*args, **kwargs)
        except (IntegrityError, OperationalError):
            return operation(*args, **kwargs)

    return twice_at_most
