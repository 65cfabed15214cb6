"""Each test has a database of its own, whatever the one before it committed."""

import re
import sqlite3
import subprocess
from contextlib import closing

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection

from offer_site.accounts.models import User
from offer_site.watch.models import WatchedJob
from tests import kept
from tests.databases import EMPTY, copies_of, copy, server
from tests.engines import postgres_program


@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_test_commits_is_gone_in_the_next(transactional_db, turn):
    assert not connection.in_atomic_block
    assert User.objects.count() == 0
    User.objects.create_user(email="somebody@example.kz")


@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_test_rolls_back_is_gone_in_the_next(db, turn):
    assert connection.in_atomic_block
    assert User.objects.count() == 0
    User.objects.create_user(email="somebody@example.kz")


@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_test_leaves_in_the_cache_is_gone_in_the_next(turn):
    assert cache.add("left", turn)


A_PROJECT = (
    "requirements/run.txt",
    "tests/kept.py",
    "offer_site/evidence.py",
    "offer_site/watch/apps.py",
    "offer_site/watch/migrations/0001_initial.py",
    "enrollment/models/orders.py",
    "payments/models.py",
    "payments/views.py",
)


@pytest.mark.parametrize("changed", A_PROJECT[:-1])
def test_a_migrated_database_is_kept_as_long_as_its_sources_are_the_same(tmp_path, changed):
    for name in A_PROJECT:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    before = kept.digest_of(tmp_path)
    (tmp_path / "payments" / "views.py").write_text("2")
    assert kept.digest_of(tmp_path) == before
    (tmp_path / changed).write_text("2")
    assert kept.digest_of(tmp_path) != before
    (tmp_path / changed).write_text("1")
    (tmp_path / "enrollment" / "models" / "added.py").write_text("")
    assert kept.digest_of(tmp_path) != before


def test_what_is_kept_is_the_database_that_was_migrated(transactional_db, tmp_path):
    with copies_of(EMPTY):
        migrated = said_of_it()
        file = tmp_path / kept.kept_file(connection.vendor).name
        database = str(connection.settings_dict["NAME"])
        kept.keep(file, database)
        emptied()
        kept.load(file, database)
        assert said_of_it() == migrated
        assert not WatchedJob.objects.exists()
        call_command("migrate", verbosity=0)
        assert WatchedJob.objects.exists()


def test_what_another_run_writes_stays_and_what_it_took_away_is_not_kept(
    transactional_db, tmp_path
):
    kind = kept.kept_file(connection.vendor).suffix
    file, older = (tmp_path / f"migrated-{digest}{kind}" for digest in ("new", "old"))
    draft = tmp_path / f"{file.name}.1"
    for each in (older, draft):
        each.write_text("")
    database = str(connection.settings_dict["NAME"])
    kept.keep(file, database)
    assert sorted(tmp_path.iterdir()) == [file, draft]
    before = said_of_it()
    kept.load(older, database)
    assert said_of_it() == before


def said_of_it() -> str:
    """The whole schema and all rows that a migration leaves, as the engine writes them."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(connection.settings_dict["NAME"])) as session:
            lines = list(session.iterdump())
    else:
        words = [postgres_program("pg_dump"), f"--exclude-table-data={kept.OF_THE_DAY}"]
        said = subprocess.run(
            [*words, kept.address_of(str(connection.settings_dict["NAME"]))],
            check=True,
            stdout=subprocess.PIPE,
        )
        lines = said.stdout.decode().splitlines()
    return "\n".join(
        # PostgreSQL writes a list of words otherwise when it reads its own dump.
        re.sub(r"::text|::character varying|[()\[\]]", "", line)
        for line in lines
        # A new word in each dump; rows of the run's own time; what SQLite counted.
        if not line.startswith(("\\restrict", "\\unrestrict", f'INSERT INTO "{kept.OF_THE_DAY}"'))
    )


def emptied() -> None:
    connection.close()
    if connection.vendor != "sqlite":
        with server() as session:
            copy(session, source="template1", name=connection.settings_dict["NAME"])
