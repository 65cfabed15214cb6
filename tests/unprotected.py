"""The database without what keeps rows unique, and without locks: for the controls of the races."""

import pytest
from django.db import connection
from django.db.models import QuerySet

UNIQUE = """
    SELECT indrelid::regclass, indexrelid::regclass, conname
    FROM pg_index
    LEFT JOIN pg_constraint ON conindid = indexrelid AND contype = 'u'
    WHERE indisunique
        AND NOT indisprimary
        AND indrelid::regclass::text = ANY(%s)
"""


def take_protection_away(monkeypatch: pytest.MonkeyPatch, *tables: str) -> None:
    """Lock no row, and drop what is unique in these tables but their keys.

    The test's own copy of the database goes away with it.
    """
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)
    with connection.cursor() as cursor:
        cursor.execute(UNIQUE, [list(tables)])
        for table, index, constraint in cursor.fetchall():
            cursor.execute(
                f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}"'
                if constraint
                else f"DROP INDEX {index}"
            )
