"""Private files lie encrypted, are written whole or not at all, and are never written over (S2,
C2).
"""

from pathlib import Path

import pytest
from cryptography.fernet import InvalidToken
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from offer_site.encryption import EncryptedFileStorage


@pytest.fixture
def storage(tmp_path):
    return EncryptedFileStorage(location=tmp_path)


def test_the_default_storage_is_the_encrypted_one():
    assert isinstance(default_storage._wrapped, EncryptedFileStorage)


def test_what_is_stored_comes_back_and_is_not_plain_on_disk(storage, tmp_path):
    name = storage.save("certificates/a.pdf", ContentFile("Алматы".encode()))
    assert storage.open(name).read() == "Алматы".encode()
    assert "Алматы".encode() not in (tmp_path / name).read_bytes()


def test_a_name_that_is_taken_is_not_written_over(storage):
    first = storage.save("a.pdf", ContentFile(b"1"))
    second = storage._save("a.pdf", ContentFile(b"2"))
    assert first != second
    assert (storage.open(first).read(), storage.open(second).read()) == (b"1", b"2")


def test_nothing_half_written_is_left(storage, tmp_path):
    storage.save("a.pdf", ContentFile(b"1"))
    assert [path.name for path in Path(tmp_path).rglob("*") if path.is_file()] == ["a.pdf"]


def test_a_changed_byte_is_noticed(storage, tmp_path):
    name = storage.save("a.pdf", ContentFile(b"1" * 100))
    sealed = bytearray((tmp_path / name).read_bytes())
    sealed[50] ^= 1
    (tmp_path / name).write_bytes(sealed)
    with pytest.raises(InvalidToken):
        storage.open(name).read()
