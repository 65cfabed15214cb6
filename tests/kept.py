"""The migrated database, kept from one run of a few tests to the next.

To migrate takes two thirds of the time before the first test. A run in one process keeps what the
migrations made in `var/tests/`, and the next one begins with it, as long as no migration, model or
requirement has changed; `migrate` runs on it as well. The whole suite, whose processes are several,
always migrates an empty database.
"""

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from tests.engines import postgres_program
from tests.processes import PROJECT

FOLDER = PROJECT / "var" / "tests"
SQLITE = ".sqlite3"
APPS = ("offer_site", "enrollment", "payments", "certificates", "materials")
# By when each job is expected to run follows from the time of the migration.
OF_THE_DAY = "watch_watchedjob"


def migrate() -> None:
    """Migrate the database that Django is connected to, from what was kept or from nothing."""
    with kept_between_runs(str(connection.settings_dict["NAME"]), vendor=connection.vendor):
        call_command("migrate", verbosity=0)
        connection.close()


@contextmanager
def kept_between_runs(database: str, *, vendor: str) -> Iterator[None]:
    """Fill an empty database with what was kept, and keep what is migrated in the block.

    It has a name of PostgreSQL, or is the path of a file of SQLite.
    """
    kept = kept_file(vendor)
    is_alone = "PYTEST_XDIST_WORKER" not in os.environ
    if is_alone:
        load(kept, database)
    yield
    if is_alone and not kept.exists():
        keep(kept, database)


def kept_file(vendor: str) -> Path:
    """Where a migrated database of this engine and of these sources is kept."""
    kind = SQLITE if vendor == "sqlite" else ".sql"
    return FOLDER / f"migrated-{digest_of(PROJECT)}{kind}"


def digest_of(project: Path) -> str:
    """A digest of what a migrated database follows from."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sources(project):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(project)} {content}\n".encode())
    return digest.hexdigest()[:16]


def sources(project: Path) -> list[Path]:
    """Migrations, models, and the modules that they and the ends of a migration read."""
    found = {project / "requirements" / "run.txt", project / "tests" / "kept.py"}
    found.update((project / "offer_site").glob("*.py"))
    for app in APPS:
        for pattern in ("migrations/*.py", "models/**/*.py", "models.py", "apps.py"):
            found.update((project / app).glob(f"**/{pattern}"))
    return sorted(found)


def keep(kept: Path, database: str) -> None:
    """Keep the database, and no older one of the same engine.

    The draft of another run in this work tree stays.
    """
    kept.parent.mkdir(parents=True, exist_ok=True)
    for older in kept.parent.glob(f"migrated-*{kept.suffix}"):
        if older != kept:
            older.unlink(missing_ok=True)
    draft = kept.with_name(f"{kept.name}.{os.getpid()}")
    if kept.suffix == SQLITE:
        # What was last written may lie in a log beside the file: the engine copies both.
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(draft)) as copy:
            source.backup(copy)
            with copy:
                copy.execute(f"DELETE FROM {OF_THE_DAY}")
    else:
        words = ["-f", draft, f"--exclude-table-data={OF_THE_DAY}", address_of(database)]
        subprocess.run([postgres_program("pg_dump"), *words], check=True)
    draft.replace(kept)


def load(kept: Path, database: str) -> None:
    """Fill an empty database with what was kept; not where another run took it away meanwhile."""
    try:
        content = kept.open("rb")
    except FileNotFoundError:
        return
    with content:
        if kept.suffix == SQLITE:
            with Path(database).open("wb") as copy:
                shutil.copyfileobj(content, copy)
            return
        words = ["-q", "-v", "ON_ERROR_STOP=1", "-f", "-", address_of(database)]
        program = [postgres_program("psql"), *words]
        subprocess.run(program, check=True, stdin=content, stdout=subprocess.DEVNULL)


def address_of(database: str) -> str:
    """The address of a database on our PostgreSQL server."""
    return f"{os.environ['TESTS_POSTGRES'].rpartition('/')[0]}/{database}"
