"""Reading what is stored, by SQL and from files, with code of its own:
nothing of what is checked is trusted here.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, transaction

ALMATY = ZoneInfo("Asia/Almaty")
CHUNK = 2000  # rows that are in memory at a time
TIYN = Decimal("0.01")
# How every token of Fernet begins: its version, and the first bytes of a time before the year 2106.
TOKEN = b"gAAAAA"

Row = tuple[Any, ...]


class Note(str):
    """Something worth saying that is not false, such as data that were erased."""


def on_postgresql() -> bool:
    return connection.vendor == "postgresql"


@contextmanager
def snapshot() -> Iterator[None]:
    """See one state of the database from the first question to the last, and be unable to change
    it.

    A caller who stands in a transaction already, as a test does, is asked within it.
    """
    if connection.in_atomic_block:
        yield
    elif on_postgresql():
        with transaction.atomic(durable=True):
            _execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        _execute("PRAGMA query_only = ON")
        _execute(
            "BEGIN DEFERRED"
        )  # Django's own would be IMMEDIATE, and no buyer could write meanwhile
        try:
            yield
        finally:
            _execute("ROLLBACK")
            _execute("PRAGMA query_only = OFF")


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def rows(sql: str, *params: Any) -> Iterator[Row]:
    """Stream the answer to a question: memory stays flat however many rows there are."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, params)
        while found := cursor.fetchmany(CHUNK):
            yield from found


def table_names() -> set[str]:
    with connection.cursor() as cursor:
        return set(connection.introspection.table_names(cursor))


def has_column(table: str, column: str) -> bool:
    """Tell whether a release has a column:
    the audit is asked of restored databases of other releases too.
    """
    if table not in table_names():
        return False
    with connection.cursor() as cursor:
        return column in {
            each.name for each in connection.introspection.get_table_description(cursor, table)
        }


def money(value: Any) -> Decimal:
    """Read an amount, which SQLite keeps as a number and no row leaves as nothing."""
    return Decimal(str(value or 0)).quantize(TIYN)


def moment(value: Any) -> datetime:
    """Read an instant, which SQLite keeps as text in UTC."""
    when = datetime.fromisoformat(value) if isinstance(value, str) else value
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)  # type: ignore[no-any-return]


def day(value: Any) -> date:
    return date.fromisoformat(value[:10]) if isinstance(value, str) else value


def in_almaty(value: Any) -> date:
    """Tell the day of an instant in Almaty."""
    return moment(value).astimezone(ALMATY).date()


def end_of(last: date) -> datetime:
    """Tell when a day is over in Almaty: its 24:00."""
    return datetime.combine(last + timedelta(days=1), time.min, ALMATY).astimezone(UTC)


def content(value: Any) -> Any:
    """Read JSON, which comes as text from a bare cursor."""
    return json.loads(value) if isinstance(value, str | bytes) else value


def canonical(value: Any) -> bytes:
    """Write JSON in the one way that digests are made of."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def opened(token: str | bytes) -> bytes | None:
    """Decrypt with whichever of FIELD_KEYS made it; None if none did."""
    raw = token.encode() if isinstance(token, str) else bytes(token)
    try:
        return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS]).decrypt(raw)
    except (InvalidToken, ValueError):
        return None


def plain(token: str | None) -> str | None:
    """Read an encrypted column: nothing is nothing, and what cannot be read is None."""
    read = opened(token) if token else b""
    return None if read is None else read.decode()


def stored(name: str) -> bytes | None:
    """Read the bytes of a stored file and decrypt them; None if there is no such file,
    or it cannot be read.
    """
    path = Path(default_storage.path(name)) if name else None
    return opened(path.read_bytes()) if path and path.is_file() else None


def fault_of_file(name: str, digest: str) -> str:
    """Say what is wrong with a stored file;
    nothing if its bytes are those that the digest tells of.
    """
    read = stored(name)
    if read is None:
        return "is not there, or cannot be decrypted"
    return "" if sha256(read) == digest else "is not what was stored: another SHA-256"
