"""Many things in one moment: each in a thread and in a database session of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection, connections

Work = Callable[[], Any]
Errors = type[Exception] | tuple[type[Exception], ...]


def at_once(works: Sequence[Work], *, errors: Errors = ()) -> list[Any]:
    """Begin everything in one moment, and return what each came to, in the order of `works`.

    Every thread has its session with the database before any begins. An exception of the kinds in
    `errors` is a result like any other; any other exception is raised when all have ended. A test
    that calls this needs committed rows: `transactional_db`.
    """
    start = Barrier(len(works), timeout=60)

    def run(work: Work) -> Any:
        connection.ensure_connection()
        start.wait()
        try:
            return work()
        except errors as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))
