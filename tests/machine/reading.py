"""Reading both engines by SQL of its own, and what those outside know by themselves."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

ALMATY = timedelta(hours=5)  # since 1 March 2024
TABLES = {
    "order": "enrollment_order",
    "cohort": "enrollment_cohort",
    "entry": "payments_ledgerentry",
    "row": "journal_entry",
    "notice": "notices_notice",
    "message": "payments_providermessage",
    "line": "payments_statementline",
}


@dataclass
class Mark:
    """The last row of each table at a moment;
    what comes after it belongs to whoever set the mark.
    """

    last: dict[str, int] = field(default_factory=dict)

    @classmethod
    def now(cls) -> "Mark":
        return cls(
            {
                name: one(f"SELECT COALESCE(MAX(id), 0) FROM {table}")
                for name, table in TABLES.items()
            }
        )

    def __getitem__(self, name: str) -> int:
        return self.last.get(name, 0)


@dataclass
class Told:
    """What the outside world knows by itself: the money it was told is accepted,
    and the seats that there are.
    """

    receipts: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    refunds: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    seats: dict[int, int] = field(default_factory=dict)
    prices: dict[str, int] = field(default_factory=dict)  # by the code of the order
    transfers: Counter[str] = field(
        default_factory=Counter
    )  # by the number of the payment order, in any one file


def rows(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def one(sql: str, *params: Any) -> Any:
    return rows(sql, *params)[0][0]


def money(value: Any) -> Decimal:
    """Read an amount, which SQLite keeps as a number."""
    return Decimal(str(value or 0)).quantize(Decimal("0.01"))


def moment(value: Any) -> datetime:
    """Read an instant, which SQLite keeps as text in UTC."""
    when = datetime.fromisoformat(value) if isinstance(value, str) else value
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def day(value: Any) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def in_almaty(value: Any) -> date:
    """Tell the day of an instant by adding the hours of the zone."""
    return (moment(value) + ALMATY).date()


def content(value: Any) -> Any:
    """Read JSON, which comes as text from a bare cursor."""
    return json.loads(value) if isinstance(value, str) else value


def canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def twice(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    """List what stands more than once among the answers."""
    return [row for row, count in Counter(rows(sql, *params)).items() if count > 1]
