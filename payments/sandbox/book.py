"""The sandbox bank's own book of links, operations and answers, since a bank is another company.

It is no Django model, so the site's database has no trace of it; it is a SQLite file, so that
simultaneous requests do no harm.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from time import sleep
from typing import Any

from django.conf import settings

PAGE = 100  # operations on a page of the list
TABLES = """
CREATE TABLE IF NOT EXISTS links (number TEXT PRIMARY KEY, status TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS operations (
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, told TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS answers (request_id TEXT PRIMARY KEY, answer TEXT NOT NULL);
"""
OPEN = "Created"
PAID = "Paid"
CANCELLED = "Cancelled"
HELD = "Authorized"
TAKEN = "Completed"
RELEASED = "Cancelled"
DECLINED = "Declined"


@dataclass(frozen=True)
class Entry:
    """One operation: a payment, or a refund `of` one; `at` is UTC, as the protocol writes it."""

    number: int
    at: str
    status: str
    amount: str
    currency: str
    invoice_id: str
    account_id: str
    email: str = ""
    description: str = ""
    card_type: str = ""
    first_six: str = ""
    last_four: str = ""
    expires: str = ""
    data: str = ""
    link: str = ""
    of: int = 0

    @property
    def is_refund(self) -> bool:
        return self.of != 0


class Refused(Exception):
    """The bank does not do it, for this reason."""


@contextmanager
def _open() -> Iterator[sqlite3.Connection]:
    path = Path(settings.SANDBOX_BANK_BOOK)
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, timeout=20, isolation_level=None)) as book:
        book.executescript(TABLES)
        book.execute("BEGIN IMMEDIATE")
        try:
            yield book
        except BaseException:
            book.execute("ROLLBACK")
            raise
        book.execute("COMMIT")


def answer_of(request_id: str) -> dict[str, Any] | None:
    """The earlier answer to a request; None for the first, which must keep or forget its answer.

    A repeated request that comes while the first is being answered waits for that answer.
    """
    for _moment in range(600):
        with _open() as book:
            row = book.execute(
                "SELECT answer FROM answers WHERE request_id = ?", [request_id]
            ).fetchone()
            if row is None:
                book.execute("INSERT INTO answers VALUES (?, '')", [request_id])
                return None
        if row[0]:
            return dict(json.loads(row[0]))
        sleep(0.05)
    raise Refused("The same request is being answered")


def keep_answer(request_id: str, answer: dict[str, Any]) -> None:
    with _open() as book:
        book.execute(
            "UPDATE answers SET answer = ? WHERE request_id = ?", [json.dumps(answer), request_id]
        )


def forget(request_id: str) -> None:
    """Forget a request that failed, so that it can be asked again."""
    with _open() as book:
        book.execute("DELETE FROM answers WHERE request_id = ?", [request_id])


def open_link(number: str) -> None:
    """Record a new link; a known one stays as it is."""
    with _open() as book:
        book.execute("INSERT OR IGNORE INTO links VALUES (?, ?)", [number, OPEN])


def status_of_link(number: str) -> str:
    """Open, paid or cancelled; a link made before this book is open."""
    with _open() as book:
        row = book.execute("SELECT status FROM links WHERE number = ?", [number]).fetchone()
    return row[0] if row else OPEN


def cancel_link(number: str) -> None:
    """Cancel an open link; raise Refused for one that is paid or not known."""
    with _open() as book:
        row = book.execute("SELECT status FROM links WHERE number = ?", [number]).fetchone()
        if row is None:
            raise Refused("Order is not found")
        if row[0] == PAID:
            raise Refused("Order is paid")
        book.execute("UPDATE links SET status = ? WHERE number = ?", [CANCELLED, number])


def add(entry: Entry) -> bool:
    """Enter a payment of a link; False when the link is not open any more or the number is used."""
    with _open() as book:
        row = book.execute("SELECT status FROM links WHERE number = ?", [entry.link]).fetchone()
        known = book.execute("SELECT 1 FROM operations WHERE number = ?", [entry.number]).fetchone()
        if known or (row and row[0] != OPEN):
            return False
        if entry.status in (HELD, TAKEN):
            book.execute("INSERT OR REPLACE INTO links VALUES (?, ?)", [entry.link, PAID])
        _write(book, entry)
    return True


def confirm(number: int, amount: Decimal) -> Entry:
    """Take held money, all of it or less; raise Refused."""
    with _open() as book:
        entry = _found(book, number)
        if entry.status != HELD:
            raise Refused(f"Transaction is {entry.status}")
        if not 0 < amount <= Decimal(entry.amount):
            raise Refused("Amount is not right")
        return _write(book, replace(entry, status=TAKEN, amount=f"{amount:.2f}"))


def void(number: int) -> Entry:
    """Release held money; raise Refused."""
    with _open() as book:
        entry = _found(book, number)
        if entry.status != HELD:
            raise Refused(f"Transaction is {entry.status}")
        return _write(book, replace(entry, status=RELEASED))


def refund(number: int, amount: Decimal, *, refund_number: int, at: datetime) -> Entry:
    """Give back at most what is left of a payment; raise Refused."""
    with _open() as book:
        entry = _found(book, number)
        if entry.is_refund or entry.status != TAKEN:
            raise Refused(f"Transaction is {entry.status}")
        returned = sum(
            (Decimal(each.amount) for each in _all(book) if each.of == number), Decimal(0)
        )
        if not 0 < amount <= Decimal(entry.amount) - returned:
            raise Refused("Amount is more than is left")
        back = replace(
            entry, number=refund_number, of=number, amount=f"{amount:.2f}", at=written(at)
        )
        return _write(book, back)


def find(number: int) -> Entry:
    """The operation with this number; raises Refused."""
    with _open() as book:
        return _found(book, number)


def find_last(invoice_id: str) -> Entry:
    """The latest operation of an invoice number; raises Refused."""
    with _open() as book:
        entries = [entry for entry in _all(book) if entry.invoice_id == invoice_id]
    if not entries:
        raise Refused("Not found")
    return entries[-1]


def entries(*, since: str = "", until: str = "9") -> list[Entry]:
    """The operations between two times, both included, oldest first."""
    with _open() as book:
        return [entry for entry in _all(book) if since <= entry.at <= until]


def written(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _all(book: sqlite3.Connection) -> list[Entry]:
    rows = book.execute("SELECT told FROM operations ORDER BY at, rowid")
    return [Entry(**json.loads(content)) for (content,) in rows]


def _found(book: sqlite3.Connection, number: int) -> Entry:
    row = book.execute("SELECT told FROM operations WHERE number = ?", [number]).fetchone()
    if row is None:
        raise Refused("Not found")
    return Entry(**json.loads(row[0]))


def _write(book: sqlite3.Connection, entry: Entry) -> Entry:
    content = json.dumps(asdict(entry), ensure_ascii=False)
    book.execute(
        "INSERT OR REPLACE INTO operations VALUES (?, ?, ?)", [entry.number, entry.at, content]
    )
    return entry
