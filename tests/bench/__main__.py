"""`make bench`: what each path costs, in CPU of gunicorn and of PostgreSQL, and in R, a bare Django
view of 20 kB.

Two sync workers, a durable PostgreSQL, Redis for the queue and the cache, one visitor at a time. R
is measured between the requests of each path; the figures are medians of three runs.
"""

import argparse
import os
import secrets
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.fernet import Fernet

from offer_site.signing import new_key_file
from tests import engines
from tests.bench import certificates, importing
from tests.bench.meter import Database, children, cpu_seconds
from tests.bench.road import Road
from tests.bench.visitor import Answer, Visitor
from tests.mailbox import wait_for
from tests.processes import Process, answers, free_port
from tests.sites import manage, stock

Job = Callable[[], Answer]
PARTS = ("paths", "import", "certificates")
SLICE = 10
BARE_PER_SLICE = 40
GUNICORN = (
    sys.executable,
    "-m",
    "gunicorn",
    "--workers",
    "2",
    "--worker-class",
    "sync",
    "--log-level",
    "warning",
)
# The most that each path may cost, in R, and the most statements it may ask.
BOUNDS = {
    "home": (14, 3),
    "checkout": (24, 15),
    "payment": (26, 16),
    "repetition": (7, None),
    "wrong signature": (3.5, 0),
    "cabinet": (60, 12),
    "course": (50, 14),
    "register": (65, 12),
}


def production(folder: Path, *, database: str, redis: str, port: int) -> dict[str, str]:
    """Return the settings of a site in production, without the TLS that a proxy would add."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return inherited | {
        "DEBUG": "0",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_KEYS": Fernet.generate_key().decode(),
        "SITE_URL": f"http://127.0.0.1:{port}",
        "DATABASE_URL": database,
        "REDIS_URL": f"{redis}/0",
        "MEDIA_ROOT": str(folder / "media"),
        "EMAIL_URL": f"filemail:///{folder}/mail",
        "CARD_PUBLIC_ID": "bench",
        "CARD_API_SECRET": "bench-secret",
        "LOG_LEVEL": "WARNING",
        "TRUSTED_PROXIES": "1",  # each buyer has an address of their own
    }


@dataclass(frozen=True)
class Cost:
    """CPU milliseconds a request: of the server, of the database,
    and of a bare view in the same minute.
    """

    server: float
    database: float
    bare: float

    @property
    def ratio(self) -> float:
        return (self.server + self.database) / self.bare


class Server:
    """Gunicorn with two sync workers."""

    def __init__(self, application: str, *, port: int, env: dict[str, str], log: Path) -> None:
        self.port = port
        self.process = Process(
            *GUNICORN, "--bind", f"127.0.0.1:{port}", application, log=log, env=env
        )
        self.process.wait_until(lambda: answers(port))
        self.workers = wait_for(
            lambda: [found for found in [children(self.process.pid)] if len(found) == 2]
        )[0]


class Bench:
    """Counts what jobs cost the server and the database,
    and what a bare view costs at the same time.
    """

    def __init__(self, server: Server, bare: Server, database: Database) -> None:
        self.server = server
        self.bare = bare
        self.database = database

    def cost(self, jobs: list[Job]) -> Cost:
        """Do the jobs, a few at a time with bare requests between,
        so that both meet the same machine.
        """
        backends = self.database.backends()
        measured = (self.server.workers, backends, self.bare.workers)
        visitor = Visitor(self.bare.port)
        before = [cpu_seconds(pids) for pids in measured]
        for start in range(0, len(jobs), SLICE):
            for job in jobs[start : start + SLICE]:
                job()
            for _ in range(BARE_PER_SLICE):
                visitor.get("/")
        used = [
            (cpu_seconds(pids) - was) * 1000 for pids, was in zip(measured, before, strict=True)
        ]
        if backends != self.database.backends():
            raise RuntimeError(
                "A connection came or went while it was measured: warm up for longer."
            )
        slices = -(-len(jobs) // SLICE)
        return Cost(used[0] / len(jobs), used[1] / len(jobs), used[2] / (slices * BARE_PER_SLICE))


def main() -> None:
    """Set the stage, measure three times, print the medians."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--requests", type=int, default=120, help="how many requests a path and run"
    )
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--statements", action="store_true", help="print each path's statements")
    parser.add_argument(
        "--only", choices=PARTS, help="measure a part: paths, the bank's file, papers"
    )
    asked = parser.parse_args()
    if asked.only in (None, "paths"):
        with ExitStack() as stack:
            bench(stack, requests=asked.requests, runs=asked.runs, show_statements=asked.statements)
    if asked.only in (None, "import"):
        importing.heading()
        for engine in ("postgresql", "sqlite"):
            with ExitStack() as stack:
                bench_import(stack, engine)
    if asked.only in (None, "certificates"):
        with ExitStack() as stack:
            bench_certificates(stack)


def bench(stack: ExitStack, *, requests: int, runs: int, show_statements: bool) -> None:
    folder = Path(tempfile.mkdtemp(prefix="offer-site-bench-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    postgres = stack.enter_context(engines.postgres(durable=True))
    redis = stack.enter_context(engines.redis())
    port = free_port()
    bare_port = free_port()
    database = Database(postgres.url, name="site", log=postgres.log)
    database.session.execute("CREATE DATABASE site")
    env = production(folder, database=postgres.database("site"), redis=redis, port=port)
    manage(env, "migrate", "--verbosity", "0")
    manage(env, "collectstatic", "--no-input", "--verbosity", "0")
    stock(env)
    # The sandbox bank only makes payment links here, unmeasured; commands refuse it together with
    # DEBUG=0.
    with_bank = env | {"SANDBOX_BANK": "1", "CARD_API_URL": f"{env['SITE_URL']}/sandbox/card"}
    server = Server("offer_site.wsgi", port=port, env=with_bank, log=folder / "server.log")
    stack.callback(server.process.stop)
    bare = Server("tests.bench.bare", port=bare_port, env=env, log=folder / "bare.log")
    stack.callback(bare.process.stop)

    road = Road(port, env)
    road.lay_places((runs + 2) * requests + 20)
    measure = Bench(server, bare, database)
    warm_up(road, bare)
    asked = statements_of(road, database)
    figures: dict[str, list[Cost]] = {name: [] for name in BOUNDS}
    for run in range(runs):
        for name, jobs in road.paths(requests):
            figures[name].append(measure.cost(jobs))
        print(f"run {run + 1} of {runs} is done", file=sys.stderr)
    report(figures, asked)
    if show_statements:
        for name, texts in asked.items():
            print(f"\n{name}\n  " + "\n  ".join(text[:400] for text in texts))


def bench_import(stack: ExitStack, engine: str) -> None:
    """Measure the import of a large statement on an engine of its own,
    beside a server that takes callbacks.
    """
    folder = Path(tempfile.mkdtemp(prefix="offer-site-bench-"))
    port = free_port()
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    # SQLite has a queue here too, so that callbacks wait for the database alone: without one,
    # whoever is paid sends the letter himself, and its papers take seconds of his answer, import or
    # not.
    database = f"sqlite:///{folder}/site.sqlite3"
    redis = stack.enter_context(engines.redis())
    if engine == "postgresql":
        postgres = stack.enter_context(engines.postgres(durable=True))
        Database(postgres.url, name="site", log=postgres.log).session.execute(
            "CREATE DATABASE site"
        )
        database = postgres.database("site")
    env = production(folder, database=database, redis=redis, port=port) | {
        "DJANGO_SETTINGS_MODULE": "offer_site.settings",
        "KASPI_SERVICE": "bench",
        "KASPI_ALLOWED_ADDRESSES": "127.0.0.1",
        "LOG_LEVEL": "ERROR",
    }
    manage(env, "migrate", "--verbosity", "0")
    stock(env)
    command = (
        *GUNICORN[:3],
        "--workers",
        "2",
        "--threads",
        "4",
        "--log-level",
        "warning",
        "--timeout",
        "120",
        "--bind",
        f"127.0.0.1:{port}",
        "offer_site.wsgi",
    )
    importing.measure(env, port=port, folder=folder, name=engine, command=command)


def bench_certificates(stack: ExitStack) -> None:
    """Measure the printing of certificates, which needs no database and no server."""
    folder = Path(tempfile.mkdtemp(prefix="offer-site-bench-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    key = folder / "signing-key.pem"
    key.write_bytes(new_key_file(name="Bench", at=datetime.now(UTC)))
    env = production(
        folder, database=f"sqlite:///{folder}/none.sqlite3", redis="redis://127.0.0.1:1", port=443
    ) | {
        "DJANGO_SETTINGS_MODULE": "offer_site.settings",
        "SITE_URL": "https://lessbek.kz",
        "SIGNING_KEY": str(key),
    }
    certificates.measure(env, folder=folder)


def warm_up(road: Road, bare: Server) -> None:
    """Have every worker import, connect and compile its templates."""
    for _ in range(200):
        assert len(Visitor(bare.port).get("/").body) == 20_000
    for _name, jobs in road.paths(30):
        for job in jobs:
            job()


def statements_of(road: Road, database: Database) -> dict[str, list[str]]:
    """Return what each path asks of the database, once."""
    found = {}
    for name, jobs in road.paths(1):
        with database.watched() as seen:
            jobs[0]()
        found[name] = seen
    return found


def report(figures: dict[str, list[Cost]], asked: dict[str, list[str]]) -> None:
    """Print a line a path."""
    bare = statistics.median(cost.bare for costs in figures.values() for cost in costs)
    print(f"R = {bare:.3f} ms of CPU: a bare Django view of 20 kB under the same gunicorn")
    print(
        f"{'path':<18}{'R':>7}{'bound':>7}{'server ms':>11}"
        f"{'database ms':>13}{'statements':>12}{'bound':>7}"
    )
    for name, costs in figures.items():
        ratio = statistics.median(cost.ratio for cost in costs)
        server = statistics.median(cost.server for cost in costs)
        database = statistics.median(cost.database for cost in costs)
        most, statements = BOUNDS[name]
        count = len(asked[name])  # BEGIN and COMMIT too
        bound = "" if statements is None else statements
        print(
            f"{name:<18}{ratio:>7.1f}{most:>7}{server:>11.2f}{database:>13.2f}{count:>12}{bound:>7}"
        )


if __name__ == "__main__":
    main()
