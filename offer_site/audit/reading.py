"""Reads the database by SQL and the stored files, without the code that the audit checks."""

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
# Every Fernet token begins so: its version, and the first bytes of a time before the year 2106.
TOKEN = b"gAAAAA"

Row = tuple[Any, ...]


class Note(str):
    """A finding that is not a violation, such as erased data."""


def on_postgresql() -> bool:
    return connection.vendor == "postgresql"


@contextmanager
def snapshot() -> Iterator[None]:
    """One read-only state of the database for all questions.

    Inside a caller's transaction, as in a test, that transaction is used.
    """
    if connection.in_atomic_block:
        yield
    elif on_postgresql():
        with transaction.atomic(durable=True):
            _execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        _execute("PRAGMA query_only = ON")
        # Django's own would be IMMEDIATE, and no buyer could write meanwhile.
        _execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            _execute("ROLLBACK")
            _execute("PRAGMA query_only = OFF")


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def rows(sql: str, *params: Any) -> Iterator[Row]:
    """The rows of a query, streamed in chunks: memory does not grow with their number."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, params)
        while found := cursor.fetchmany(CHUNK):
            yield from found


def table_names() -> set[str]:
    with connection.cursor() as cursor:
        return set(connection.introspection.table_names(cursor))


def has_column(table: str, column: str) -> bool:
    """True if this database has the column; the audit also runs on dumps of other releases."""
    if table not in table_names():
        return False
    with connection.cursor() as cursor:
        return column in {
            each.name for each in connection.introspection.get_table_description(cursor, table)
        }


def money(value: Any) -> Decimal:
    """An amount; SQLite keeps it as a number, and NULL is zero."""
    return Decimal(str(value or 0)).quantize(TIYN)


def moment(value: Any) -> datetime:
    """An instant in UTC; SQLite keeps it as text in UTC."""
    when = datetime.fromisoformat(value) if isinstance(value, str) else value
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)  # type: ignore[no-any-return]


def day(value: Any) -> date:
    return date.fromisoformat(value[:10]) if isinstance(value, str) else value


def in_almaty(value: Any) -> date:
    """The Almaty day of an instant."""
    return moment(value).astimezone(ALMATY).date()


def end_of(last: date) -> datetime:
    """24:00 of a day in Almaty, in UTC."""
    return datetime.combine(last + timedelta(days=1), time.min, ALMATY).astimezone(UTC)


def content(value: Any) -> Any:
    """A JSON value, which comes as text from a raw cursor."""
    return json.loads(value) if isinstance(value, str | bytes) else value


def canonical(value: Any) -> bytes:
    """JSON in the one form that digests are made of."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def opened(token: str | bytes) -> bytes | None:
    """The decrypted bytes; None if none of FIELD_KEYS made the token."""
    raw = token.encode() if isinstance(token, str) else bytes(token)
    try:
        return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS]).decrypt(raw)
    except (InvalidToken, ValueError):
        return None


def plain(token: str | None) -> str | None:
    """The text of an encrypted column: "" for an empty one, None if it cannot be decrypted."""
    read = opened(token) if token else b""
    return None if read is None else read.decode()


MISSING = "is missing"
UNREADABLE = "cannot be read from the disk"
SCRATCHED = "is altered: no key opens it"
ANOTHER = "is altered: another SHA-256 than was recorded"


def stored(name: str) -> tuple[bytes, str]:
    """The decrypted bytes of a stored file, or what is wrong with it."""
    if not name:
        return b"", MISSING
    try:
        raw = Path(default_storage.path(name)).read_bytes()
    except FileNotFoundError:
        return b"", MISSING
    except OSError:
        return b"", UNREADABLE
    read = opened(raw)
    return (b"", SCRATCHED) if read is None else (read, "")


def fault_of_file(name: str, digest: str) -> str:
    """What is wrong with a stored file; empty if its bytes have this digest."""
    read, fault = stored(name)
    return fault or ("" if sha256(read) == digest else ANOTHER)


def was_erased(name: str) -> bool:
    """True for a file that was erased by its term, as a journal row of its order tells (A2).

    Of letters about no order the row stands in the house's chain.
    """
    if not has_column("retention_erasedfile", "name"):
        return False
    sql = """
        SELECT 1
        FROM retention_erasedfile f
        JOIN journal_entry j ON j.verb = 'personal_data.erased'
            AND j.chain = CASE WHEN f.order_code = '' THEN 'house' ELSE f.order_code END
        WHERE f.name = %s
    """
    return any(True for _row in rows(sql, name))


def finding(what: str, name: str, fault: str) -> str:
    """A violation; only a note for a file whose time was over, and that was erased."""
    if fault == MISSING and was_erased(name):
        return Note(f"{what} is erased")
    return f"{what} {fault}"


def chains_erased(*classes: str) -> set[str]:
    """The chains whose journal tells that one of these classes of personal data was erased."""
    found = set()
    sql = "SELECT chain, facts FROM journal_entry WHERE verb = 'personal_data.erased'"
    for chain, facts in rows(sql):
        if set(classes) & set(content(facts).get("classes", "").split()):
            found.add(chain)
    return found
