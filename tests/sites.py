"""The whole site as its own processes: embedded (SQLite, no Redis), or as in production
(PostgreSQL, Redis, workers).

Both start from a copy of a site that has the offer published and the demo catalogue in it.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest
import redis

from tests.databases import EMPTY, copy, exists, server
from tests.kept import kept_between_runs
from tests.mailbox import letters_in, mail_server, wait_for
from tests.processes import PROJECT, Process, free_port
from tests.services import database_url, one_at_a_time, worker_number

INHERITED = (
    "PATH",
    "HOME",
    "LANG",
    "TZ",
    "TMPDIR",
    "VIRTUAL_ENV",
    "DEBUG",
    "SECRET_KEY",
    "FIELD_KEYS",
    "SIGNING_KEY",
)
STOCKED = "site_stocked"


class Site:
    """A site that runs: where it is, what it mailed, and its commands."""

    def __init__(
        self, folder: Path, env: dict[str, str], read_mail: Callable[[], list[EmailMessage]]
    ) -> None:
        self.folder = folder
        self.env = env
        self.port = free_port()
        self.url = env["SITE_URL"] = f"http://127.0.0.1:{self.port}"
        self.processes: dict[str, Process] = {}
        self._read_mail = read_mail

    @property
    def mail(self) -> list[EmailMessage]:
        """Every letter so far, oldest first."""
        return self._read_mail()

    def wait_for_letter(self, *, to: str, subject: str = "", seconds: float = 60) -> EmailMessage:
        """Return the newest letter to somebody, once there is one."""

        def newest() -> EmailMessage | None:
            found = [
                letter
                for letter in self.mail
                if to in letter["To"] and subject in letter["Subject"]
            ]
            return found[-1] if found else None

        try:
            return wait_for(newest, seconds=seconds)
        except TimeoutError:
            raise AssertionError(f"No letter {subject!r} to {to}.\n{self.logs}") from None

    @property
    def logs(self) -> str:
        """What every process printed."""
        return "\n".join(
            f"--- {name}\n{process.output}" for name, process in self.processes.items()
        )

    def manage(self, *words: str, check: bool = True) -> str:
        """Run a command of manage.py and return what it printed."""
        return manage(self.env, *words, check=check)

    def start(
        self, name: str, *command: str | Path, is_ready: Callable[[Process], bool]
    ) -> Process:
        """Start one of the site's processes."""
        process = Process(*command, log=self.folder / f"{name}.log", env=self.env)
        self.processes[name] = process
        process.wait_until(lambda: is_ready(process))
        return process

    def serves(self, process: Process) -> bool:
        """Say whether the site answers that it lives."""
        try:
            with urllib.request.urlopen(f"{self.url}/live", timeout=5) as answer:
                return answer.status == 200
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"/live answers {error.code}\n{process.output}") from error
        except OSError:
            return False

    def stop(self) -> None:
        """End its processes."""
        for process in reversed(self.processes.values()):
            process.stop()


def manage(env: dict[str, str], *words: str, check: bool = True) -> str:
    """Run a command of manage.py."""
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=PROJECT,
        env=env,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if check and done.returncode:
        raise RuntimeError(
            f"manage.py {' '.join(words)} ended with {done.returncode}:\n{done.stdout}"
        )
    return done.stdout


def stock(env: dict[str, str]) -> None:
    """Publish the newest offer and lay out the demo catalogue."""
    newest = max(
        path for path in (PROJECT / "enrollment" / "offer_texts").iterdir() if path.is_dir()
    )
    manage(env, "publish_offer", str(newest.relative_to(PROJECT)))
    manage(env, "demo_catalogue")


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return the settings of a site whose files lie in the folder."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    book = folder / "sandbox-bank.sqlite3"
    files = {"MEDIA_ROOT": str(folder / "media"), "SANDBOX_BANK_BOOK": str(book)}
    return inherited | files | {"PYTHONUNBUFFERED": "1"} | more


def stocked_sqlite() -> Path:
    """Return a folder with a stocked site's SQLite file and media, made once a run."""
    with one_at_a_time("stocked-embedded") as folder:
        if not folder.exists():
            making = Path(tempfile.mkdtemp(dir=folder.parent))
            env = environment(
                making,
                DATABASE_URL=f"sqlite:///{making}/site.sqlite3",
                SITE_URL="http://localhost",
                EMAIL_URL=f"filemail:///{making}/mail",
            )
            with kept_between_runs(f"{making}/site.sqlite3", vendor="sqlite"):
                manage(env, "migrate", "--verbosity", "0")
            stock(env)
            with closing(sqlite3.connect(making / "site.sqlite3")) as session:
                session.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            making.rename(folder)
    return folder


def stocked_postgres() -> Path:
    """Make the stocked database, once a run, and return the folder with its media."""
    with one_at_a_time("stocked-postgres") as folder:
        if not folder.exists():
            making = Path(tempfile.mkdtemp(dir=folder.parent))
            env = environment(
                making,
                DATABASE_URL=database_url(STOCKED),
                SITE_URL="http://localhost",
                EMAIL_URL=f"filemail:///{making}/mail",
            )
            with server() as session:
                copy(
                    session,
                    source=EMPTY if exists(session, EMPTY) else "template1",
                    name=STOCKED,
                )
            manage(env, "migrate", "--verbosity", "0")
            stock(env)
            making.rename(folder)
    return folder


def copy_media(stocked: Path, folder: Path) -> None:
    """Give a site the files that its copied database names."""
    shutil.copytree(stocked / "media", folder / "media") if (stocked / "media").exists() else None


@contextmanager
def running(site: Site) -> Iterator[Site]:
    """Stop the site at the end."""
    try:
        yield site
    finally:
        site.stop()


@contextmanager
def embedded(folder: Path) -> Iterator[Site]:
    """Run the site on SQLite without Redis, its letters in a folder, as `make run` does."""
    stocked = stocked_sqlite()
    shutil.copy(stocked / "site.sqlite3", folder)
    copy_media(stocked, folder)
    mail = folder / "mail"
    env = environment(
        folder, DATABASE_URL=f"sqlite:///{folder}/site.sqlite3", EMAIL_URL=f"filemail:///{mail}"
    )
    with running(Site(folder, env, lambda: letters_in(mail))) as site:
        command = [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{site.port}"]
        site.start("server", *command, is_ready=site.serves)
        yield site


@pytest.fixture
def embedded_site(tmp_path: Path) -> Iterator[Site]:
    """Run the site on SQLite without Redis."""
    with embedded(tmp_path) as site:
        yield site


@pytest.fixture
def production_like_site(tmp_path: Path) -> Iterator[Site]:
    """Run the site with gunicorn on PostgreSQL, a Celery worker over Redis, and mail by SMTP."""
    copy_media(stocked_postgres(), tmp_path)
    name = f"site_{worker_number()}_running"
    with server() as session:
        copy(session, source=STOCKED, name=name)
    redis_url = f"{os.environ['TESTS_REDIS']}/{2 * worker_number() + 1}"
    with redis.Redis.from_url(redis_url) as queue:
        queue.flushdb()
    with ExitStack() as stack:
        post = stack.enter_context(mail_server())
        env = environment(
            tmp_path, DATABASE_URL=database_url(name), REDIS_URL=redis_url, EMAIL_URL=post.url
        )
        site = stack.enter_context(running(Site(tmp_path, env, lambda: list(post.letters))))
        start_worker(site)
        gunicorn = [
            sys.executable,
            "-m",
            "gunicorn",
            "offer_site.wsgi",
            "--workers",
            "2",
            "--threads",
            "4",
        ]
        site.start("server", *gunicorn, "--bind", f"127.0.0.1:{site.port}", is_ready=site.serves)
        yield site


def start_worker(site: Site) -> Process:
    """Start a Celery worker beside the site."""
    return site.start("worker", *WORKER, is_ready=lambda worker: " ready." in worker.output)


WORKER = (
    sys.executable,
    "-m",
    "celery",
    "-A",
    "offer_site",
    "worker",
    "--concurrency",
    "1",
    "--loglevel",
    "INFO",
    "--without-gossip",
    "--without-mingle",
)


@pytest.fixture
def celery_worker(transactional_db: None, tmp_path: Path) -> Iterator[Process]:
    """Run a Celery worker on this test's own database and queue."""
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    worker = Process(*WORKER, log=tmp_path / "worker.log", env=env)
    worker.wait_until(lambda: " ready." in worker.output)
    yield worker
    worker.stop()
