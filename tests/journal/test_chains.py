"""Each order's rows are one chain, the house's another;
the database guards every table of evidence.
"""

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


def test_sqlite_guards_every_table_of_evidence():
    tables = [model._meta.db_table for model in evidence_models()]
    with closing(sqlite3.connect(stocked_sqlite() / "site.sqlite3")) as session:
        found = {
            name
            for (name,) in session.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        }
    assert found == {
        f"{table}_is_{guard}" for table in tables for guard in ("append_only", "never_emptied")
    }
