"""The database without what keeps a payment from being applied twice:
for the controls of the races.
"""

import pytest
from django.db import connection
from django.db.models import QuerySet

TABLES = (
    "payments_providermessage",
    "payments_ledgerentry",
    "payments_allocation",
    "enrollment_acceptance",
    "enrollment_enrollment",
    "journal_entry",
    "notices_notice",
)


def take_the_protection_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drop the unique constraints and the locks of rows;
    the test's own copy of the database goes away with it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass, conname FROM pg_constraint"
            " WHERE contype = 'u' AND conrelid::regclass::text = ANY(%s)",
            [list(TABLES)],
        )
        for table, name in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        cursor.execute("DROP INDEX a_learner_has_one_live_enrollment_in_a_cohort")
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)
