"""The migrated database, kept from one run of a few tests to the next.

To migrate takes two thirds of the time before the first test. A run in one process keeps what the
migrations made in `var/tests/`, and the next one begins with it, as long as no migration, model or
requirement has changed; `migrate` runs on it as well. The whole suite, whose processes are several,
always migrates an empty database.
"""

import gc
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
APPS = ("offer_site", "enrollment", "payments", "certificates", "materials")
# By when each job is expected to run follows from the time of the migration.
OF_THE_DAY = "watch_watchedjob"


def migrate() -> None:
    """Migrate the database that Django is connected to, from what was kept or from nothing."""
    is_alone = "PYTEST_XDIST_WORKER" not in os.environ
    kept = kept_file()
    if is_alone and kept.exists():
        load(kept)
    with seldom_collected():
        call_command("migrate", verbosity=0)
    if is_alone and not kept.exists():
        keep(kept)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look for garbage seldom: each migration makes all models anew, and among so many objects the
    collector takes a quarter of the time.
    """
    usual = gc.get_threshold()
    gc.set_threshold(1_000_000, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def kept_file() -> Path:
    """Where a migrated database of this engine and of these sources is kept."""
    kind = "sqlite3" if connection.vendor == "sqlite" else "sql"
    return FOLDER / f"migrated-{digest_of(PROJECT)}.{kind}"


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


def keep(kept: Path) -> None:
    """Keep the database, and no older one of the same engine."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    for older in kept.parent.glob(f"migrated-*{kept.suffix}*"):
        older.unlink(missing_ok=True)
    draft = kept.with_name(f"{kept.name}.{os.getpid()}")
    connection.close()
    if connection.vendor == "sqlite":
        shutil.copy(connection.settings_dict["NAME"], draft)
        with closing(sqlite3.connect(draft)) as session, session:
            session.execute(f"DELETE FROM {OF_THE_DAY}")
    else:
        words = ["-f", draft, f"--exclude-table-data={OF_THE_DAY}", database_address()]
        subprocess.run([postgres_program("pg_dump"), *words], check=True)
    draft.replace(kept)


def load(kept: Path) -> None:
    """Fill the empty database with what was kept."""
    connection.close()
    if connection.vendor == "sqlite":
        shutil.copy(kept, connection.settings_dict["NAME"])
        return
    words = ["-q", "-v", "ON_ERROR_STOP=1", "-f", kept, database_address()]
    subprocess.run([postgres_program("psql"), *words], check=True, stdout=subprocess.DEVNULL)


def database_address() -> str:
    address = os.environ["TESTS_POSTGRES"].rpartition("/")[0]
    return f"{address}/{connection.settings_dict['NAME']}"
