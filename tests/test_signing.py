"""The academy's key: what it signs is checked without this software,
and nothing is signed without it.
"""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import call_command

from offer_site.signing import (
    SigningKeyError,
    certificate_pem,
    identity,
    known_certificates,
    new_key_file,
    sign,
    signed_by,
)

NOON = datetime(2026, 11, 25, 7, tzinfo=UTC)
CONTENT = "Сертификат".encode()


@pytest.fixture
def other_key(tmp_path):
    path = tmp_path / "other.pem"
    path.write_bytes(new_key_file(name="Another academy", at=NOON))
    return str(path)


def openssl_says(folder: Path, *, content: bytes, signature: bytes) -> bool:
    (folder / "content").write_bytes(content)
    (folder / "signature").write_bytes(signature)
    (folder / "academy.pem").write_bytes(certificate_pem())
    key = subprocess.run(
        ["openssl", "x509", "-in", "academy.pem", "-pubkey", "-noout"],
        cwd=folder,
        capture_output=True,
    )
    (folder / "key.pem").write_bytes(key.stdout)
    verify = [
        "openssl",
        "dgst",
        "-sha256",
        "-verify",
        "key.pem",
        "-signature",
        "signature",
        "content",
    ]
    return subprocess.run(verify, cwd=folder, capture_output=True).returncode == 0


def test_openssl_alone_checks_what_was_signed(tmp_path):
    signature = sign(CONTENT)
    assert openssl_says(tmp_path, content=CONTENT, signature=signature)
    assert not openssl_says(tmp_path, content=CONTENT + b" ", signature=signature)


def test_a_signature_is_known_by_the_certificate_of_its_key(settings, other_key):
    signature = sign(CONTENT)
    own = identity().certificate
    assert signed_by(CONTENT, signature, known_certificates()) == own
    assert signed_by(CONTENT + b" ", signature, known_certificates()) is None
    settings.SIGNING_KEY = other_key
    assert signed_by(CONTENT, signature, known_certificates()) is None


def test_what_a_former_key_signed_stays_signed(settings, other_key, tmp_path):
    signature = sign(CONTENT)
    own = identity().certificate
    former = tmp_path / "former.pem"
    former.write_bytes(certificate_pem())
    settings.SIGNING_KEY = other_key
    settings.SIGNING_FORMER = str(former)
    assert signed_by(CONTENT, signature, known_certificates()) == own


def test_without_a_key_nothing_is_signed(settings):
    settings.SIGNING_KEY = ""
    with pytest.raises(SigningKeyError, match="make_signing_key"):
        sign(CONTENT)


def test_a_key_that_does_not_fit_its_certificate_is_refused(settings, other_key, tmp_path):
    mixed = tmp_path / "mixed.pem"
    private, begin, _certificate = (
        Path(other_key).read_bytes().partition(b"-----BEGIN CERTIFICATE-----")
    )
    assert begin
    mixed.write_bytes(private + certificate_pem())
    settings.SIGNING_KEY = str(mixed)
    with pytest.raises(SigningKeyError, match="another key"):
        identity()


def test_a_key_with_a_password_needs_it(settings, tmp_path):
    path = tmp_path / "locked.pem"
    path.write_bytes(new_key_file(name="Academy", password="тайна", at=NOON))
    settings.SIGNING_KEY = str(path)
    with pytest.raises(SigningKeyError, match="cannot be read"):
        identity()
    settings.SIGNING_KEY_PASSWORD = "тайна"
    assert identity().certificate


def test_a_key_is_made_once_and_for_its_owner_only(tmp_path):
    path = tmp_path / "made.pem"
    call_command("make_signing_key", str(path))
    first = path.read_bytes()
    call_command("make_signing_key", str(path))
    assert path.read_bytes() == first
    assert path.stat().st_mode & 0o777 == 0o600
