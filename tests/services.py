"""A plugin of pytest: start the engines before Django's settings are read.

It is named with `-p` in pyproject.toml, since a conftest comes too late for DATABASE_URL. With
pytest-xdist the engines belong to the run and each worker has its own database and its own Redis
number. `TESTS_ENGINE=sqlite` puts a file of SQLite in PostgreSQL's place, for tests that are asked
of both engines.
"""

import atexit
import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from offer_site.signing import new_key_file
from tests import engines

running = ExitStack()


def on_sqlite() -> bool:
    """Say whether this run was asked to keep its data in SQLite."""
    return os.environ.get("TESTS_ENGINE") == "sqlite"


def worker_number() -> int:
    """Return which of the run's processes this is."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Set the environment; a wrapper runs before pytest-django reads the settings."""
    asked = early_config.known_args_namespace
    if not (asked.help or asked.version):
        if "PYTEST_XDIST_WORKER" not in os.environ:
            start_engines()
        choose_databases()
    yield


def start_engines() -> None:
    """Start PostgreSQL and Redis, and say where they are in
    the environment that workers inherit.
    """
    set_environment()
    os.environ["TESTS_REDIS"] = running.enter_context(engines.redis())
    if not on_sqlite():
        os.environ["TESTS_POSTGRES"] = running.enter_context(engines.postgres()).url


def set_environment() -> None:
    """Set what does not depend on an engine;
    everything that this run writes lies in a folder that ends with it.
    """
    atexit.register(running.close)
    # The tests start a hundred processes: compiled again in each, the same modules would cost every
    # pytest six seconds and every command half a second.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    folder = str(engines.new_folder("offer-site-tests-"))
    running.callback(shutil.rmtree, folder, ignore_errors=True)
    os.environ |= {
        "TESTS_FOLDER": folder,
        # Debug opens the sandbox bank; pytest-django then sets DEBUG itself to False.
        "DEBUG": "1",
        "SECRET_KEY": "known to every test",
        "FIELD_KEYS": Fernet.generate_key().decode(),
        "SITE_URL": "http://localhost:8000",
        "MEDIA_ROOT": f"{folder}/media",
        "EMAIL_URL": f"filemail:///{folder}/mail",
        "SANDBOX_BANK_BOOK": f"{folder}/sandbox-bank.sqlite3",
        "SIGNING_KEY": f"{folder}/signing-key.pem",
    }
    Path(os.environ["SIGNING_KEY"]).write_bytes(
        new_key_file(name="Lessbek Zapusk Academy", at=datetime.now(UTC))
    )
    os.chmod(os.environ["SIGNING_KEY"], 0o600)


def choose_databases() -> None:
    """Give this process its own database, its own Redis number and its own folder of files."""
    number = worker_number()
    os.environ["MEDIA_ROOT"] = f"{os.environ['TESTS_FOLDER']}/media_{number}"
    os.environ["DATABASE_URL"] = database_url(f"site_{number}")
    os.environ["REDIS_URL"] = f"{os.environ['TESTS_REDIS']}/{2 * number}"


def database_url(name: str) -> str:
    """Return the URL of a database on our server, or of a file."""
    if on_sqlite():
        return f"sqlite:///{os.environ['TESTS_FOLDER']}/{name}.sqlite3"
    return f"{os.environ['TESTS_POSTGRES'].rpartition('/')[0]}/{name}"


@contextmanager
def one_at_a_time(name: str) -> Iterator[Path]:
    """Hold a name among the workers of this run; give the folder they share."""
    shared = Path(os.environ["TESTS_FOLDER"])
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield shared / name
