"""A database for every test: a rolled back transaction, or a fresh copy of the migrated template.

Rows that nobody may change cannot be flushed away either, so a test that commits gets its database
back by copying: a database of our PostgreSQL server, or a file of SQLite where the run was asked
for that engine.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.test import TransactionTestCase

from tests.services import on_sqlite

TEMPLATE = "site_template"
BUILDING = 20260501  # the advisory lock under which one worker builds what the others wait for


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


def build_template() -> None:
    """Migrate the template database once a run."""
    with server() as session:
        session.execute("SELECT pg_advisory_lock(%s)", [BUILDING])
        if exists(session, TEMPLATE):
            return
        copy(session, source="template1", name="site_building")
        name = connection.settings_dict["NAME"]
        connection.settings_dict["NAME"] = "site_building"
        try:
            call_command("migrate", verbosity=0)
        finally:
            connection.close()
            connection.settings_dict["NAME"] = name
        session.execute(f'ALTER DATABASE site_building RENAME TO "{TEMPLATE}"')


def copy_file(database: Path) -> None:
    """Make a SQLite file a fresh copy of this process's template,
    which is migrated when it is needed first.
    """
    template = database.with_name(f"template_{database.name}")
    for leftover in database.parent.glob(f"{database.name}*"):  # the log of writes beside it, too
        leftover.unlink()
    if not template.exists():
        call_command("migrate", verbosity=0)
        connections.close_all()  # the last one to leave moves the log of writes into the file
        database.rename(template)
    shutil.copy(template, database)


def restore() -> None:
    """Give this process a fresh copy of the template."""
    connections.close_all()
    if on_sqlite():
        copy_file(Path(connection.settings_dict["NAME"]))
        return
    with server() as session:
        copy(session, source=TEMPLATE, name=connection.settings_dict["NAME"])


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker) -> Iterator[None]:
    """Make this process's database, and have committed changes taken back by copying,
    not by TRUNCATE.
    """
    with django_db_blocker.unblock():
        # A copy ends the sessions of the copied: no thread may keep one for its next request.
        connection.settings_dict["CONN_MAX_AGE"] = 0
        if not on_sqlite():
            build_template()
        restore()
        TransactionTestCase._fixture_teardown = lambda case: restore()
        yield
        connections.close_all()
