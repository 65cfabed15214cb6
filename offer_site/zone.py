"""Whether this machine and its database know Kazakhstan's time: +05 since 1 March 2024.

With an older zone file a day ends an hour early, and orders lapse that could still be paid (4.3).
"""

from datetime import datetime, timedelta

from django.db import connection

from .days import ALMATY

AFTER_THE_CHANGE = datetime(2026, 1, 1)  # noqa: DTZ001 - a local time, to be asked of each zone
OFFSET = timedelta(hours=5)


def knows_the_time() -> bool:
    """True if the zone file that Python reads is of today."""
    return ALMATY.utcoffset(AFTER_THE_CHANGE) == OFFSET


def database_knows_the_time(zone: str = ALMATY.key) -> bool:
    """The same of PostgreSQL, which has zone files of its own; SQLite asks Python."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT TIMESTAMPTZ '2026-01-01 00:00:00+00' AT TIME ZONE %s"
            " = TIMESTAMP '2026-01-01 05:00:00'",
            [zone],
        )
        return bool(cursor.fetchone()[0])
