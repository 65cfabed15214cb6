"""Protected values: encrypted columns and files, and nowhere in plain text (S2)."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from django.apps import apps
from django.core.files.storage import default_storage
from django.db import connection

from .reading import TOKEN, opened, plain, rows, table_names

ENCRYPTED = {
    "enrollment_party": {"address", "postal_address", "iin"},
    "enrollment_learner": {"iin"},
    "certificates_certificate": {"record"},
    "payments_statementline": {"told"},
    "payments_installmentapplication": {"income"},
    "payments_refundcase": {"demand"},
    "retention_leak": {"happened", "data", "measures"},
    "enrollment_claim": {
        "demand",
        "calculation",
        "circumstances",
        "evidence",
        "other",
    },
    "enrollment_claimanswer": {"reasons_kk", "reasons_ru", "proposal_kk", "proposal_ru", "reply"},
    "enrollment_forcemajeure": {"words_kk", "words_ru"},
}
PROTECTED = {
    "enrollment_party": ("address", "postal_address", "iin"),
    "enrollment_learner": ("iin",),
}
# The offer and the academy's own address are public; sessions are signed and packed.
PUBLIC = {
    "enrollment_academy",
    "enrollment_edition",
    "enrollment_editionfile",
    "enrollment_offerdraft",
    "django_session",
    "django_migrations",
    "django_content_type",
    "auth_permission",
}
UNFINISHED = ".unfinished"
SHORTEST = 12  # characters: a shorter value may appear by chance; an IIN has 12
TEXTS = {"CharField", "TextField", "JSONField", "SlugField", "EmailField", "URLField"}


def protected_columns_are_encrypted(at: datetime) -> Iterator[str]:
    """S2: every value of an encrypted column is a token that one of our keys opens."""
    for table, columns in sorted(_encrypted_columns().items()):
        names = sorted(columns)
        for number, *values in rows(f"SELECT id, {', '.join(names)} FROM {table}"):  # noqa: S608 - names of ours
            for name, value in zip(names, values, strict=True):
                if value and not value.startswith(TOKEN.decode()):
                    yield f"{table} {number}: {name} stands in plain text"
                elif value and opened(value) is None:
                    yield f"{table} {number}: no key opens {name}"


def _encrypted_columns() -> dict[str, set[str]]:
    """The columns that must be encrypted: those above, and every EncryptedTextField."""
    found = {table: set(columns) for table, columns in ENCRYPTED.items()}
    for model in apps.get_models():
        if not model._meta.proxy:
            names = {
                str(each.column)
                for each in model._meta.local_fields
                if type(each).__name__ == "EncryptedTextField"
            }
            if names:
                found.setdefault(model._meta.db_table, set()).update(names)
    return found


def stored_files_are_encrypted(at: datetime) -> Iterator[str]:
    """S2: every stored file is a token; other lines check its contents.

    One that is being written, or was left so by a killed process, is the beginning of a token.
    """
    root = Path(default_storage.path(""))
    for path in sorted(root.rglob("*")) if root.is_dir() else ():
        if not path.is_file():
            continue
        try:
            with path.open("rb") as file:
                head = file.read(len(TOKEN))
        except OSError:  # deleted meanwhile, or unreadable: what names it is asked by other lines
            continue
        is_begun = path.suffix == UNFINISHED and TOKEN.startswith(head)
        if head != TOKEN and not is_begun:
            yield f"the file {path.relative_to(root)} is {'not encrypted' if head else 'empty'}"


class Protected:
    """Every known address and IIN, to be found at the beginnings of words.

    The values are indexed by their first characters, so that a text costs one look-up a word,
    however many values there are.
    """

    def __init__(self) -> None:
        self.by_beginning: dict[str, set[str]] = {}
        for table, columns in PROTECTED.items():
            for values in rows(f"SELECT {', '.join(columns)} FROM {table}"):  # noqa: S608 - names of ours
                for value in values:
                    words = " ".join((plain(value) or "").casefold().split())
                    if len(words) >= SHORTEST:
                        self.by_beginning.setdefault(words[:SHORTEST], set()).add(words)

    def stands_in(self, text: str) -> bool:
        r"""True if a text holds one of the values; SQLite's JSON has letters as \u escapes."""
        if "\\u0" in text:
            with suppress(ValueError):
                text = json.dumps(json.loads(text), ensure_ascii=False)
        words = " ".join(text.casefold().split())
        begins = 0
        while 0 <= begins <= len(words) - SHORTEST:
            if not words[begins].isalnum():
                begins += 1
                continue
            values = self.by_beginning.get(words[begins : begins + SHORTEST])
            if values and any(words.startswith(value, begins) for value in values):
                return True
            begins = next((at for at in range(begins, len(words)) if not words[at].isalnum()), -1)
        return False


def no_protected_value_stands_in_plain(at: datetime) -> Iterator[str]:
    """S2: no text of any table holds a known address or IIN; a finding never names the value."""
    protected = Protected()
    encrypted = _encrypted_columns()
    if not protected.by_beginning:
        return
    for table in sorted(table_names() - PUBLIC):
        names, key = _texts_of(table)
        names = [name for name in names if name not in encrypted.get(table, ())]
        if not names:
            continue
        columns = ", ".join(f'CAST("{name}" AS TEXT)' for name in names)
        for number, *values in rows(f'SELECT "{key}", {columns} FROM {table}'):  # noqa: S608 - names of ours
            for name, value in zip(names, values, strict=True):
                if value and len(value) >= SHORTEST and protected.stands_in(value):
                    yield f"{table} {number}: {name} holds a protected value in plain text"


def _texts_of(table: str) -> tuple[list[str], str]:
    """The text columns of a table, and the column that identifies its rows."""
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
        key = connection.introspection.get_primary_key_column(cursor, table)
    kinds = {c.name: connection.introspection.get_field_type(c.type_code, c) for c in described}
    names = [
        name
        for name, kind in kinds.items()
        if (kind if isinstance(kind, str) else kind[0]) in TEXTS
    ]
    return names, key or described[0].name
