"""Each order's rows are one chain, the house's another;
the database guards every table of evidence.
"""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from enrollment.models import Acceptance, Consent, Edition
from offer_site.evidence import evidence_models
from offer_site.journal.models import HOUSE, Entry
from offer_site.journal.operations import Line, record_lines
from tests.at_once import at_once
from tests.given import NOON, a_paid_order, a_placed_order
from tests.sites import stocked_sqlite

LINE = Line("cohort.seats_set", ("cohort", "1"), {"from": 0, "to": 10}, "4.6")
WRITERS = 8


def is_whole(chain: str) -> bool:
    """Walk a chain from its first row: numbers without a gap, each row on the one before,
    digests that recompute.
    """
    previous = ""
    for number, row in enumerate(Entry.objects.filter(chain=chain).order_by("number"), 1):
        if (row.number, row.previous, row.digest) != (number, previous, row.digest_now()):
            return False
        previous = row.digest
    return bool(previous)


def write_to_the_house() -> None:
    record_lines([LINE, replace(LINE, facts={"to": 20})], by="system", at=NOON)


def test_the_rows_of_an_order_are_a_chain_of_their_own(db):
    first = a_paid_order()
    second = a_placed_order()
    assert is_whole(first.code)
    assert is_whole(second.code)
    assert is_whole(HOUSE)
    assert not Entry.objects.filter(chain=HOUSE, about_kind="order").exists()


@pytest.mark.parametrize(
    "change", ["at = at + interval '1 second'", "facts = '{}'", "by = 'staff:1'", "verb = 'x'"]
)
def test_a_changed_row_no_longer_gives_its_digest(transactional_db, change):
    order = a_placed_order()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE journal_entry DISABLE TRIGGER USER")
        cursor.execute(
            f"UPDATE journal_entry SET {change} WHERE chain = %s AND number = 1", [order.code]
        )
        cursor.execute("ALTER TABLE journal_entry ENABLE TRIGGER USER")
    assert not is_whole(order.code)


def test_writers_to_the_house_at_once_wait_for_each_other(transactional_db):
    at_once([write_to_the_house] * WRITERS)
    assert Entry.objects.filter(chain=HOUSE, verb=LINE.verb).count() == 2 * WRITERS
    assert is_whole(HOUSE)


def test_a_fork_is_refused_by_the_database(db):
    """Who wrote to an order's chain without its lock could take a number that is taken."""
    order = a_placed_order()
    with pytest.raises(IntegrityError, match="a_chain_has_one_row_a_number"), transaction.atomic():
        record_lines([LINE], order=order.code, by="system", at=NOON, begins=True)


def test_postgresql_guards_every_table_of_evidence(transactional_db):
    a_paid_order()
    for model in evidence_models():
        table = model._meta.db_table
        for change in (
            f"UPDATE {table} SET id = id",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
        ):
            if model.objects.exists() or change.startswith("TRUNCATE"):
                with (
                    pytest.raises(DatabaseError, match="is evidence"),
                    connection.cursor() as cursor,
                ):
                    cursor.execute(change)
    assert all(model.objects.exists() for model in (Acceptance, Consent, Edition, Entry))


@pytest.fixture
def stocked(tmp_path):
    """A plain session of a database of SQLite with rows: nothing of Django is in its way."""
    file = tmp_path / "site.sqlite3"
    shutil.copy(stocked_sqlite() / "site.sqlite3", file)
    with closing(sqlite3.connect(file, isolation_level=None)) as session:
        yield session


def keys_of(session, table):
    """The columns of each unique key of a table, and whether it has a condition."""
    found = session.execute(f"PRAGMA index_list({table})").fetchall()
    return [(["id"], False)] + [
        ([part[2] for part in session.execute(f"PRAGMA index_info({index})")], bool(is_partial))
        for _place, index, is_unique, _origin, is_partial in found
        if is_unique
    ]


def add_any_row(session, table, described):
    """A row of whatever values; what may be empty is."""
    values = ", ".join(
        "1" if must_be or is_key else "NULL"
        for _place, _name, _type, must_be, _default, is_key in described
    )
    session.execute(f"INSERT INTO {table} VALUES ({values})")


def ways_to_replace(table, names, key, has_condition):
    """Statements that put a copy of each row in its place, by one of its keys."""
    listed = ", ".join(f'"{name}"' for name in names)
    # By a key other than its number the row comes under a new number.
    values = listed if key == ["id"] else listed.replace('"id"', "1000000", 1)
    row = f"({listed}) SELECT {values} FROM {table} WHERE true"
    target = ", ".join(f'"{name}"' for name in key)
    yield f"INSERT OR REPLACE INTO {table} {row}"
    yield f"REPLACE INTO {table} {row}"
    yield f"UPDATE OR REPLACE {table} SET id = id + 1"
    if not has_condition:
        yield f"INSERT INTO {table} {row} ON CONFLICT ({target}) DO UPDATE SET id = id"


def test_sqlite_guards_every_table_of_evidence(stocked):
    tables = [model._meta.db_table for model in evidence_models()]
    found = {
        name for (name,) in stocked.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    }
    assert found == {
        f"{table}_is_{guard}"
        for table in tables
        for guard in ("append_only", "never_emptied", "never_replaced")
    }


def test_sqlite_takes_no_row_in_the_place_of_another(stocked):
    """REPLACE deletes without asking a trigger of DELETE: by each key of each table it is
    refused.
    """
    stocked.execute("PRAGMA foreign_keys = OFF")
    stocked.execute("PRAGMA ignore_check_constraints = ON")
    for model in evidence_models():
        table = model._meta.db_table
        described = stocked.execute(f"PRAGMA table_info({table})").fetchall()
        names = [column[1] for column in described]
        if not stocked.execute(f"SELECT 1 FROM {table}").fetchone():
            add_any_row(stocked, table, described)
        whole = stocked.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()
        assert whole
        for key, has_condition in keys_of(stocked, table):
            for change in ways_to_replace(table, names, key, has_condition):
                with pytest.raises(sqlite3.IntegrityError, match="is evidence"):
                    stocked.execute(change)
                now = stocked.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()
                assert now == whole, change


def test_sqlite_still_takes_rows_whose_key_is_free(stocked):
    """A key with a condition holds only the rows that fulfil it: a correction has the number of
    the receipt that it corrects.
    """
    stocked.execute("PRAGMA foreign_keys = OFF")
    into = (
        "payments_fiscalreceipt (id, entry_id, kind, number, sign, link, register, issued_at, "
        'origin, "by", recorded_at, corrects_id)'
    )
    told = "'sale', '7', '9', '', '', '2026-11-23', 'file', 'system', '2026-11-23'"
    stocked.execute(f"INSERT INTO {into} VALUES (1, 5, {told}, NULL)")
    stocked.execute(f"INSERT INTO {into} VALUES (2, 5, {told}, 1)")
    stocked.execute(f"INSERT INTO {into} VALUES (3, 5, {told}, 2)")
    with pytest.raises(sqlite3.IntegrityError, match="is evidence"):
        stocked.execute(f"REPLACE INTO {into} VALUES (4, 5, {told}, NULL)")
    with pytest.raises(sqlite3.IntegrityError, match="is evidence"):
        stocked.execute(f"REPLACE INTO {into} VALUES (4, 6, {told}, 2)")
    kept = stocked.execute("SELECT id, corrects_id FROM payments_fiscalreceipt ORDER BY id")
    assert kept.fetchall() == [(1, None), (2, 1), (3, 2)]
