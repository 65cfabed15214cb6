"""Private files lie encrypted, are written whole or not at all, and are never written over (S2,
C2).
"""

import errno
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cryptography.fernet import InvalidToken
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from offer_site.clock.schedule import job
from offer_site.encryption import WRITTEN_WITHIN, EncryptedFileStorage
from tests.given import NOON
from tests.processes import PROJECT


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


@pytest.fixture
def full_disk():
    """No file may grow beyond 10 kB, as on a disk with no more room."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_leaves_no_half_file(storage, tmp_path, full_disk):
    with pytest.raises(OSError, match="large") as full:
        storage.save("certificates/a.pdf", ContentFile(b"1" * 20_000))
    assert full.value.errno == errno.EFBIG
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


KILLED = """
import os, signal, sys, threading
from cryptography.fernet import Fernet
from django.conf import settings
settings.configure(FIELD_KEYS=[Fernet.generate_key().decode()])
from django.core.files.base import ContentFile
from offer_site.encryption import EncryptedFileStorage

def die_when_something_is_there():
    while not any(files for _folder, _folders, files in os.walk(sys.argv[1])):
        pass
    os.kill(os.getpid(), signal.SIGKILL)

threading.Thread(target=die_when_something_is_there).start()
EncryptedFileStorage(location=sys.argv[1]).save("reports/a.pdf", ContentFile(b"7" * 40_000_000))
"""


def test_what_a_killed_process_leaves_is_encrypted_and_the_sweep_removes_it(db, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=PROJECT, check=False)
    assert killed.returncode == -signal.SIGKILL
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.suffix for path in left} <= {".unfinished", ".pdf"}
    for path in left:
        assert b"777777" not in path.read_bytes()

    empty = tmp_path / "reports" / "b.pdf.1.unfinished"
    empty.write_bytes(b"")
    young = tmp_path / "reports" / "c.pdf.1.unfinished"
    young.write_bytes(b"")
    whole = tmp_path / "reports" / "d.pdf"
    whole.write_bytes(b"gAAAAA")
    hours_ago = time.time() - 2 * WRITTEN_WITHIN.total_seconds()
    for path in (*left, empty, whole):
        os.utime(path, (hours_ago, hours_ago))
    said = [result.line for result in job("sweep_files").run(NOON)]
    unfinished = [path for path in (*left, empty) if path.suffix == ".unfinished"]
    assert sorted(said) == sorted(f"unfinished file deleted: {path.name}" for path in unfinished)
    assert not empty.exists()
    assert young.exists()
    assert whole.exists()
