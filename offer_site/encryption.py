"""Encryption with FIELD_KEYS of address, income, IIN and their documents (5.4, 11.4, S2)."""

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import models

UNFINISHED = ".unfinished"
# A file takes seconds to write: one that is older was left by a process that died.
WRITTEN_WITHIN = timedelta(hours=1)


@lru_cache
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(plain: bytes) -> bytes:
    """Encrypt with the newest key."""
    return _cipher(tuple(settings.FIELD_KEYS)).encrypt(plain)


def decrypt(token: bytes) -> bytes:
    """Decrypt with whichever key made it; raises InvalidToken if none did."""
    return _cipher(tuple(settings.FIELD_KEYS)).decrypt(token)


def is_under_newest_key(token: bytes) -> bool:
    """True if the newest of FIELD_KEYS made the token; False for any other, and for no token."""
    try:
        Fernet(settings.FIELD_KEYS[0]).decrypt(token)
    except InvalidToken:
        return False
    return True


def under_newest_key(token: bytes) -> bytes:
    """The token made anew with the newest key; raises InvalidToken if no key opens it."""
    return _cipher(tuple(settings.FIELD_KEYS)).rotate(token)


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
        """Write the file beside its place, encrypted from the first byte, then link it.

        A crash or a full disk leaves no half certificate: what was begun is deleted, and what a
        killed process left is found by `left_unfinished`.
        """
        content.seek(0)
        sealed = encrypt(content.read())
        folder = os.path.dirname(self.path(name))
        os.makedirs(folder, exist_ok=True)
        unfinished = f"{self.path(name)}.{uuid4().hex}{UNFINISHED}"
        try:
            _write(unfinished, sealed, mode=self.file_permissions_mode)
            try:
                # Unlike a rename, a link fails if the name is taken.
                os.link(unfinished, self.path(name))
            except FileExistsError:
                name = self.get_alternative_name(*os.path.splitext(name))
                os.link(unfinished, self.path(name))
        finally:
            Path(unfinished).unlink(missing_ok=True)
        _sync(folder)
        return name

    def encrypt_anew(self, name: str) -> bool:
        """Encrypt a stored file with the newest key, in its place; False if it is so already.

        A reader sees the old bytes or the new ones, and no half of either. Raises FileNotFoundError
        for a file that was deleted, and InvalidToken for one that no key opens.
        """
        path = Path(self.path(name))
        sealed = path.read_bytes()
        if is_under_newest_key(sealed):
            return False
        anew = under_newest_key(sealed)
        written = path.stat()
        unfinished = f"{path}.{uuid4().hex}{UNFINISHED}"
        try:
            _write(unfinished, anew, mode=written.st_mode & 0o777)
            os.utime(unfinished, ns=(written.st_atime_ns, written.st_mtime_ns))
            os.replace(unfinished, path)
        finally:
            Path(unfinished).unlink(missing_ok=True)
        _sync(str(path.parent))
        return True

    def _open(self, name: str, mode: str = "rb") -> File:
        with open(self.path(name), "rb") as sealed:
            return ContentFile(decrypt(sealed.read()), name=name)


def left_unfinished() -> Iterator[Path]:
    """The stored files that a process began and died before it could finish or delete them."""
    yield from older_than(WRITTEN_WITHIN, f"**/*{UNFINISHED}")


def older_than(age: timedelta, pattern: str) -> Iterator[Path]:
    """Stored files by their last write, which the machine's own clock dates."""
    before = time.time() - age.total_seconds()
    for path in sorted(Path(default_storage.path("")).glob(pattern)):
        if path.is_file() and path.stat().st_mtime < before:
            yield path


def _write(path: str, content: bytes, *, mode: int | None) -> None:
    """Write a new file and have the disk keep it."""
    with open(path, "xb") as file:
        if mode is not None:
            os.chmod(path, mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: str) -> None:
    """Have the disk keep a folder's names."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
