"""A database for every test: a rolled back transaction, or a fresh copy of a template.

Rows that nobody may change cannot be flushed away either, so a test that commits gets its database
back by copying: a database of our PostgreSQL server, or a file of SQLite where the run was asked
for that engine.

There are three templates, each made once a run. In `PUBLISHED` the offer is published, since hardly
a test can do without it. In `EMPTY` nothing was ever published; a module that wants this uses the
fixture `nothing_published`. In `SHORT` an edition of few clauses took the place of the real one; a
module that makes many contracts, and asks nothing about their text, uses `short_offer`.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connection, connections
from django.test import TransactionTestCase

from tests.kept import migrate
from tests.services import on_sqlite, one_at_a_time

EMPTY = "site_empty"
PUBLISHED = "site_published"
SHORT = "site_short"
_template = PUBLISHED  # of which this process's tests get copies


@contextmanager
def server() -> Iterator[psycopg.Connection]:
    """Connect to our server's maintenance database."""
    with psycopg.connect(os.environ["TESTS_POSTGRES"], autocommit=True) as session:
        yield session


def exists(session: psycopg.Connection, name: str) -> bool:
    """Say whether the server has the database."""
    return (
        session.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        is not None
    )


def copy(session: psycopg.Connection, *, source: str, name: str) -> None:
    """Make a database a fresh copy of another, whoever was using it."""
    session.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    session.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')


@contextmanager
def connected_to(name: str) -> Iterator[None]:
    """Let Django work on another database of the same engine for a while."""
    usual = connection.settings_dict["NAME"]
    connections.close_all()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connections.close_all()  # the last one to leave moves SQLite's log of writes into the file
        connection.settings_dict["NAME"] = usual


def build_templates() -> None:
    """Make what every test needs, once a run: the other processes wait for the first."""
    # Here and not above: benches import this module before there are settings.
    from tests.given import a_published_offer

    with one_at_a_time("templates") as built:
        if built.exists():
            return
        build(EMPTY, migrate)
        build(PUBLISHED, a_published_offer, source=EMPTY)
        built.touch()


def build(template: str, fill: Callable[[], object], *, source: str | None = None) -> None:
    """Make a template: an empty database, or a copy of another, and what `fill` does in it."""
    if on_sqlite():
        name = str(template_file(template))
        if source:
            shutil.copy(template_file(source), name)
    else:
        name = template
        with server() as session:
            copy(session, source=source or "template1", name=name)
    with connected_to(name):
        fill()


def template_file(template: str) -> Path:
    """Return where a template of SQLite lies, beside the databases that are its copies."""
    return Path(connection.settings_dict["NAME"]).with_name(f"{template}.sqlite3")


def copy_file(*, source: Path, database: Path) -> None:
    """Make a file of SQLite a fresh copy of another."""
    for leftover in database.parent.glob(f"{database.name}*"):  # the log of writes beside it, too
        leftover.unlink()
    shutil.copy(source, database)


def restore() -> None:
    """Give this process a fresh copy of its template."""
    connections.close_all()
    name = connection.settings_dict["NAME"]
    if on_sqlite():
        copy_file(source=template_file(_template), database=Path(name))
        return
    with server() as session:
        copy(session, source=_template, name=name)


def keep_as(template: str) -> None:
    """Keep this process's database, with what was committed, as a template of its own."""
    connections.close_all()
    name = connection.settings_dict["NAME"]
    if on_sqlite():
        copy_file(source=Path(name), database=template_file(template))
        return
    with server() as session:
        copy(session, source=name, name=template)


@contextmanager
def copies_of(template: str) -> Iterator[None]:
    """Give tests copies of another template for a while."""
    global _template
    usual, _template = _template, template
    restore()
    try:
        yield
    finally:
        _template = usual
        restore()


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker) -> Iterator[None]:
    """Make this process's database, and have committed changes taken back by copying,
    not by TRUNCATE.
    """
    with django_db_blocker.unblock():
        # A copy ends the sessions of the copied: no thread may keep one for its next request.
        connection.settings_dict["CONN_MAX_AGE"] = 0
        build_templates()
        restore()
        TransactionTestCase._fixture_teardown = lambda case: restore()
        yield
        connections.close_all()


@pytest.fixture(scope="module")
def nothing_published(django_db_setup, django_db_blocker) -> Iterator[None]:
    """Give a module's tests databases in which no offer was ever published."""
    with django_db_blocker.unblock(), copies_of(EMPTY):
        yield


@pytest.fixture(scope="module")
def short_offer(django_db_setup, django_db_blocker) -> Iterator[None]:
    """Give a module's tests databases in which the offer in force has few clauses:
    the first contract of a process takes half a second and not two.
    """
    from tests.enrollment.editions import a_short_edition

    with django_db_blocker.unblock():
        with one_at_a_time(SHORT) as built:
            if not built.exists():
                build(SHORT, a_short_edition, source=PUBLISHED)
                built.touch()
        with copies_of(SHORT):
            yield
