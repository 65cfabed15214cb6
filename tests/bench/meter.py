"""How much CPU processes use, and which statements a database server is asked."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

STATEMENT = re.compile(r"LOG:  (?:statement|execute [^:]*): (.*(?:\n\t.*)*)")


def cpu_seconds(pids: Iterable[int]) -> float:
    """Return the CPU time, of user and system, that the processes have used;
    the scheduler counts nanoseconds.
    """
    used = 0
    for pid in pids:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            used += int((thread / "schedstat").read_text().split()[0])
    return used / 1e9


def children(pid: int) -> list[int]:
    """Return the processes that a process started."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class Database:
    """The PostgreSQL server of a bench, seen from its maintenance database."""

    def __init__(self, url: str, *, name: str, log: Path) -> None:
        self.session = psycopg.connect(url, autocommit=True)
        self.name = name
        self.log = log

    def backends(self) -> list[int]:
        """Return the processes that serve the site's connections."""
        asked = (
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = %s AND backend_type = 'client backend' ORDER BY pid"
        )
        return [pid for (pid,) in self.session.execute(asked, [self.name])]

    def _log_statements(self, how: str) -> None:
        self.session.execute(f"ALTER SYSTEM SET log_statement = '{how}'")
        self.session.execute("SELECT pg_reload_conf()")
        # A session takes the new setting up before its next statement, once the signal has come.
        self.session.execute("SELECT pg_sleep(0.2)")

    @contextmanager
    def watched(self) -> Iterator[list[str]]:
        """Note every statement that the site asks meanwhile."""
        found: list[str] = []
        self._log_statements("all")
        start = self.log.stat().st_size
        try:
            yield found
        finally:
            self.session.execute("SELECT pg_sleep(0.2)")
            with self.log.open("rb") as log:
                log.seek(start)
                printed = log.read().decode(errors="replace")
            self._log_statements("none")
            texts = [" ".join(text.split()) for text in STATEMENT.findall(printed)]
            found += [
                text for text in texts if "pg_sleep(" not in text and "pg_reload_conf(" not in text
            ]
