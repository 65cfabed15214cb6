"""Encryption with FIELD_KEYS of address, income, IIN and their documents (5.4, 11.4, S2)."""

import os
from functools import lru_cache
from typing import Any
from uuid import uuid4

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage
from django.db import models


@lru_cache
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(plain: bytes) -> bytes:
    """Encrypt with the newest key."""
    return _cipher(tuple(settings.FIELD_KEYS)).encrypt(plain)


def decrypt(token: bytes) -> bytes:
    """Decrypt with whichever key made it; raises InvalidToken if none did."""
    return _cipher(tuple(settings.FIELD_KEYS)).decrypt(token)


class EncryptedTextField(models.TextField):
    """Text encrypted in the database and plain in memory; it cannot be searched."""

    description = "Encrypted text"

    def get_prep_value(self, value: Any) -> Any:
        return encrypt(str(value).encode()).decode() if value else ""

    def from_db_value(self, value: Any, expression: object, connection: object) -> Any:
        return decrypt(value.encode()).decode() if value else value


class EncryptedFileStorage(FileSystemStorage):
    """Private files, encrypted on disk, without a URL: pages hand them out."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"base_url": None, **options})

    def _save(self, name: str, content: Any) -> str:
        """The file is written beside its place, then linked: a crash leaves no half certificate."""
        content.seek(0)
        sealed = ContentFile(encrypt(content.read()))
        unfinished = super()._save(f"{name}.{uuid4().hex}.unfinished", sealed)  # type: ignore[misc]
        try:
            # Unlike a rename, a link fails if the name is taken.
            os.link(self.path(unfinished), self.path(name))
        except FileExistsError:
            name = self.get_alternative_name(*os.path.splitext(name))
            os.link(self.path(unfinished), self.path(name))
        finally:
            self.delete(unfinished)
        return name

    def _open(self, name: str, mode: str = "rb") -> File:
        with open(self.path(name), "rb") as sealed:
            return ContentFile(decrypt(sealed.read()), name=name)
