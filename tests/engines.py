"""PostgreSQL and Redis of our own: on free ports, in a folder that goes away,
never a server that ran before.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.processes import Process, answers, free_port

IN_MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3  # bytes that must be free there
FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


def new_folder(prefix: str) -> Path:
    """Make a folder that nobody misses, in memory if there is room.

    A database is a thousand files, and each test that commits gets a new one: in memory a copy
    costs an eighth.
    """
    is_open = os.access(IN_MEMORY, os.W_OK)
    is_roomy = is_open and shutil.disk_usage(IN_MEMORY).free > ROOM
    return Path(tempfile.mkdtemp(prefix=prefix, dir=IN_MEMORY if is_roomy else None))


def postgres_program(name: str) -> str:
    """Find a program of PostgreSQL; Debian keeps the server's off the PATH."""
    versions = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4])
    )
    found = str(versions[-1]) if versions else shutil.which(name)
    if not found:
        raise RuntimeError(f"{name} is not on this machine: install the package postgresql")
    return found


def _unprivileged_user() -> str | None:
    """Name who runs PostgreSQL, which refuses root."""
    if os.geteuid() != 0:
        return None
    people = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in people else "nobody"


@dataclass(frozen=True)
class Postgres:
    """A server that runs: the URL of its maintenance database, and the file it logs to."""

    url: str
    log: Path

    def database(self, name: str) -> str:
        """Return the URL of a database on it."""
        return f"{self.url.rpartition('/')[0]}/{name}"


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[Postgres]:
    """Run a PostgreSQL server. Only a durable one is on a disk, and would survive a crash."""
    user = _unprivileged_user()
    prefix = "offer-site-postgres-"
    folder = Path(tempfile.mkdtemp(prefix=prefix)) if durable else new_folder(prefix)
    data = folder / "data"
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    as_user = {}
    if user:
        person = pwd.getpwnam(user)
        os.chown(folder, person.pw_uid, person.pw_gid)
        as_user = {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
    make = [
        postgres_program("initdb"),
        "-D",
        data,
        "-U",
        "site",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
    ]
    subprocess.run(
        make if durable else [*make, "--no-sync"],
        check=True,
        env=env,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        **as_user,
    )
    port = free_port()
    settings = [
        "listen_addresses=127.0.0.1",
        f"port={port}",
        f"unix_socket_directories={folder}",
        "jit=off",
    ]
    settings += ["max_connections=300", "timezone=UTC", *([] if durable else FORGETFUL)]
    options = [word for setting in settings for word in ("-c", setting)]
    server = Process(
        postgres_program("postgres"), "-D", data, *options, log=folder / "log", env=env, user=user
    )
    try:
        server.wait_until(lambda: "ready to accept connections" in server.output)
        yield Postgres(f"postgres://site@127.0.0.1:{port}/postgres", server.log)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def redis() -> Iterator[str]:
    """Run a Redis server that keeps nothing; give its URL without a database number."""
    folder = Path(tempfile.mkdtemp(prefix="offer-site-redis-"))
    port = free_port()
    program = shutil.which("redis-server")
    if not program:
        raise RuntimeError("redis-server is not on this machine: install the package redis-server")
    settings = [
        "--bind",
        "127.0.0.1",
        "--port",
        str(port),
        "--save",
        "",
        "--appendonly",
        "no",
        "--databases",
        "64",
    ]
    server = Process(program, *settings, "--dir", folder, log=folder / "log", env=dict(os.environ))
    try:
        server.wait_until(lambda: answers(port))
        yield f"redis://127.0.0.1:{port}"
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
