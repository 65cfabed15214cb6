"""The parts of a proof: facts for machines, chapters for people, files for the archive."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.utils.functional import Promise

from offer_site.admin.links import ROLES
from offer_site.days import ALMATY, short_day
from offer_site.documents import FileIsGoneError, read_anything
from offer_site.languages import speaking
from offer_site.money import tenge_text

Both = tuple[str, str]  # Kazakh, Russian
Words = str | Both

NOTHING: Both = ("Жоқ.", "Нет.")


@dataclass(frozen=True)
class File:
    """A file of the archive: its name, how to read it, and the recorded digest, if any."""

    name: str
    read: Callable[[], bytes | None]
    sha256: str = ""


@dataclass(frozen=True)
class Table:
    """Rows under headings; `shape` names the widths of its columns in proof.css."""

    shape: str
    headings: Sequence[Words]
    rows: Sequence[Sequence[Words]]


@dataclass(frozen=True)
class ProofChapter:
    """One chapter of the PDF: labelled lines, then tables; `nothing` stands in an empty one."""

    key: str
    title: Both
    lines: Sequence[tuple[Both, Words]] = ()
    tables: Sequence[Table] = ()
    nothing: Both = NOTHING
    notes: Sequence[Both] = ()

    @property
    def is_empty(self) -> bool:
        return not self.lines and not any(table.rows for table in self.tables)


@dataclass(frozen=True)
class Part:
    """One part of the proof; its `facts` are in proof.json under its name."""

    name: str
    facts: Any
    chapters: Sequence[ProofChapter] = ()
    files: Sequence[File] = field(default_factory=tuple)


def both(words: Promise | str) -> Both:
    """The text in both languages."""
    texts = []
    for language in ("kk", "ru"):
        with speaking(language):
            texts.append(str(words))
    return texts[0], texts[1]


def who(by: str) -> Both:
    """An actor of the journal by role and number: no name of a member of staff is given out."""
    role, _colon, key = by.partition(":")
    kk, ru = both(ROLES.get(role, role))
    return (f"{kk} {key}".strip(), f"{ru} {key}".strip())


def staff(key: int | None) -> str:
    """A member of staff as the journal names them."""
    return f"staff:{key}" if key else ""


def columns(row: Model, names: str) -> dict[str, Any]:
    """The named columns of a row."""
    return {name: getattr(row, name) for name in names.split()}


def moment(at: datetime | None) -> str:
    """A moment in Almaty, to the second."""
    return f"{at.astimezone(ALMATY):%d.%m.%Y %H:%M:%S}" if at else "–"


def day(on: date | None) -> str:
    return short_day(on) if on else "–"


def money(amount: Decimal | int) -> str:
    return tenge_text(amount)


def canonical(value: Any) -> str:
    """JSON as digests need it: on one line, keys sorted, no spaces."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def readable(value: Any) -> bytes:
    """JSON for machines and people; the same facts give the same bytes. Times are UTC."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1, default=_plain)
    return f"{text}\n".encode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | Promise):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a proof")


def stored(name: str) -> bytes | None:
    """A file of the storage, decrypted; None if it is gone. Raises FileIsUnreadableError.

    A file that was changed is shown as it is: the proof tells that it was.
    """
    try:
        return read_anything(name) if name else None
    except FileIsGoneError:
        return None
