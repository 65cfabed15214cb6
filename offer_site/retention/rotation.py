"""Encrypting stored values anew with the newest of FIELD_KEYS, while the site runs (11.4, S2).

Every token says by itself whether the newest key made it, so a run that was stopped is simply run
again. A value is replaced only where it still is the one that was read: whoever wrote meanwhile
wins. Rows of evidence cannot be changed; they are counted, and need their key.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.apps import apps
from django.core.files.storage import default_storage
from django.db import connection, models, transaction

from offer_site.encryption import (
    UNFINISHED,
    EncryptedTextField,
    is_under_newest_key,
    under_newest_key,
)
from offer_site.evidence import Evidence

from .models import ErasedFile

log = logging.getLogger(__name__)

PORTION = 500  # rows read at a time
TOKEN = "gAAAAA"  # noqa: S105 - how every token begins


@dataclass
class Rotation:
    """What a run did, and what is left under another key than the newest."""

    rows: int = 0
    files: int = 0
    unreadable: list[str] = field(default_factory=list)
    left: int = 0
    left_in_evidence: int = 0


def rotate_keys(*, portion: int = PORTION) -> Rotation:
    """Encrypt all rows, files and second factors anew, then count what is left."""
    done = Rotation()
    for model, columns in encrypted_columns():
        if not issubclass(model, Evidence):
            for number, column, token in tokens_of(model, columns, portion):
                _rotate_value(model, number, column, token, done)
    for authenticator in Authenticator.objects.values_list("pk", flat=True):
        _rotate_second_factor(authenticator, done)
    for name in stored_names():
        _rotate_file(name, done)
    done.left, done.left_in_evidence = count_left(portion=portion)
    return done


def count_left(*, portion: int = PORTION) -> tuple[int, int]:
    """How many values and files another key than the newest made; and how many of evidence."""
    left = 0
    in_evidence = 0
    for model, columns in encrypted_columns():
        old = sum(
            not is_under_newest_key(token.encode())
            for _number, _column, token in tokens_of(model, columns, portion)
        )
        if issubclass(model, Evidence):
            in_evidence += old
        else:
            left += old
    for data in Authenticator.objects.values_list("data", flat=True):
        left += sum(not is_under_newest_key(token.encode()) for token in _tokens_in(data))
    root = Path(default_storage.path(""))
    left += sum(not is_under_newest_key(_read(root / name)) for name in stored_names())
    return left, in_evidence


def encrypted_columns() -> list[tuple[type[models.Model], list[str]]]:
    """Every model with encrypted columns, and their names."""
    found = []
    for model in apps.get_models():
        columns = [
            str(each.column)
            for each in model._meta.local_fields
            if isinstance(each, EncryptedTextField)
        ]
        if columns and not model._meta.proxy:
            found.append((model, columns))
    return found


def tokens_of(
    model: type[models.Model], columns: list[str], portion: int
) -> Iterator[tuple[int, str, str]]:
    """The stored tokens of a table, as they stand in the database, a portion at a time."""
    last = 0
    names = ", ".join(columns)
    sql = f"SELECT id, {names} FROM {model._meta.db_table} WHERE id > %s ORDER BY id LIMIT %s"  # noqa: S608 - names of ours
    while True:
        with connection.cursor() as cursor:
            cursor.execute(sql, [last, portion])
            rows = cursor.fetchall()
        if not rows:
            return
        for number, *values in rows:
            for column, value in zip(columns, values, strict=True):
                if value:
                    yield number, column, value
        last = rows[-1][0]


def stored_names() -> Iterator[str]:
    """The names of all stored files; half-written ones belong to whoever writes them."""
    root = Path(default_storage.path(""))
    for path in sorted(root.rglob("*")) if root.is_dir() else ():
        if path.is_file() and path.suffix != UNFINISHED:
            yield str(path.relative_to(root))


def _rotate_value(
    model: type[models.Model], number: int, column: str, token: str, done: Rotation
) -> None:
    if is_under_newest_key(token.encode()):
        return
    table = model._meta.db_table
    try:
        anew = under_newest_key(token.encode()).decode()
    except InvalidToken:
        done.unreadable.append(f"{table} {number}: {column}")
        return
    # Only the value that was read is replaced: one that was written meanwhile stays.
    sql = f"UPDATE {table} SET {column} = %s WHERE id = %s AND {column} = %s"  # noqa: S608 - names of ours
    with connection.cursor() as cursor:
        cursor.execute(sql, [anew, number, token])
        done.rows += cursor.rowcount


@transaction.atomic
def _rotate_second_factor(number: int, done: Rotation) -> None:
    authenticator = Authenticator.objects.select_for_update().filter(pk=number).first()
    if authenticator is None:
        return
    old = [
        each for each in _tokens_in(authenticator.data) if not is_under_newest_key(each.encode())
    ]
    if old:
        anew = {token: under_newest_key(token.encode()).decode() for token in old}
        authenticator.data = _replaced(authenticator.data, anew)
        authenticator.save(update_fields=["data"])
        done.rows += 1


def _tokens_in(value: Any) -> Iterator[str]:
    """The tokens in the JSON of a second factor: a seed, or a list of codes."""
    if isinstance(value, str) and value.startswith(TOKEN):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _tokens_in(each)


def _replaced(value: Any, anew: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(each, anew) for key, each in value.items()}
    if isinstance(value, list):
        return [_replaced(each, anew) for each in value]
    return anew.get(value, value) if isinstance(value, str) else value


def _rotate_file(name: str, done: Rotation) -> None:
    try:
        done.files += default_storage.encrypt_anew(name)  # type: ignore[attr-defined]
    except FileNotFoundError:
        return  # deleted meanwhile
    except InvalidToken:
        done.unreadable.append(name)
        return
    # One that was erased while it was written anew must not come back. The decision is committed
    # before the bytes go, and says so only later that they went: whoever finds it, deletes.
    if ErasedFile.objects.filter(name=name).exists():
        default_storage.delete(name)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
