"""The academy's key: what it prints and seals is signed, so that anyone can notice a change.

SIGNING_KEY names a PEM file: a private RSA key, its certificate, and the certificates above it if
an authority issued it. SIGNING_FORMER names a file with the certificates of keys used before: their
signatures stay valid.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from django.conf import settings

BITS = 3072
YEARS = 5
ENDS_SOON = timedelta(days=30)


class SigningKeyError(RuntimeError):
    """Nothing can be signed; the message is one sentence that says why."""


@dataclass(frozen=True)
class Identity:
    """A private key with its certificate, and those above it."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, by which people compare it."""
        return fingerprint(self.certificate)


def identity() -> Identity:
    """The academy's key, read once a process; raises SigningKeyError without one that can sign."""
    if not settings.SIGNING_KEY:
        raise SigningKeyError(
            "SIGNING_KEY names no file. Make one: manage.py make_signing_key PATH"
        )
    return _identity(settings.SIGNING_KEY, settings.SIGNING_KEY_PASSWORD)


def known_certificates() -> list[x509.Certificate]:
    """The certificates of the academy's signatures: the current one first, then former ones."""
    return [
        identity().certificate,
        *(_certificates(settings.SIGNING_FORMER) if settings.SIGNING_FORMER else ()),
    ]


def certificate_pem() -> bytes:
    """The current certificate and those above it, as PEM, for others to check a signature."""
    own = identity()
    return b"".join(
        each.public_bytes(serialization.Encoding.PEM) for each in (own.certificate, *own.chain)
    )


def sign(content: bytes) -> bytes:
    """A detached signature, RSA with SHA-256 (PKCS #1 v1.5); raises SigningKeyError without a key.

    Checked by `openssl dgst -sha256 -verify KEY -signature SIGNATURE CONTENT`.
    """
    return identity().key.sign(content, padding.PKCS1v15(), hashes.SHA256())


def signed_by(
    content: bytes, signature: bytes, among: Iterable[x509.Certificate]
) -> x509.Certificate | None:
    """The certificate whose key made this signature over this content; None if none of them did."""
    for certificate in among:
        key = certificate.public_key()
        if isinstance(key, rsa.RSAPublicKey):
            try:
                key.verify(signature, content, padding.PKCS1v15(), hashes.SHA256())
            except InvalidSignature:
                continue
            return certificate
    return None


def ends_soon(certificate: x509.Certificate, *, at: datetime) -> bool:
    """True in a certificate's last days, when another key must be made, and after them."""
    return certificate.not_valid_after_utc <= at + ENDS_SOON


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of a certificate, in hexadecimal."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def new_key_file(*, name: str, password: str = "", at: datetime) -> bytes:
    """A new key and its self-signed certificate in the academy's name, as PEM, for five years."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, name),
            x509.NameAttribute(NameOID.COUNTRY_NAME, "KZ"),
        ]
    )
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))  # other clocks may be behind
        .not_valid_after(at + timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    how = (
        serialization.BestAvailableEncryption(password.encode())
        if password
        else serialization.NoEncryption()
    )
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how)
    return private + certificate.public_bytes(serialization.Encoding.PEM)


@lru_cache
def _identity(path: str, password: str) -> Identity:
    try:
        content = Path(path).read_bytes()
        key = serialization.load_pem_private_key(content, password.encode() or None)
        certificate, *chain = x509.load_pem_x509_certificates(content)
    except (OSError, ValueError, TypeError) as error:
        raise SigningKeyError(f"SIGNING_KEY cannot be read: {error}") from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise SigningKeyError("SIGNING_KEY is not an RSA key.")
    if key.public_key() != certificate.public_key():
        raise SigningKeyError("SIGNING_KEY begins with a certificate of another key.")
    return Identity(key, certificate, tuple(chain))


@lru_cache
def _certificates(path: str) -> tuple[x509.Certificate, ...]:
    try:
        return tuple(x509.load_pem_x509_certificates(Path(path).read_bytes()))
    except (OSError, ValueError) as error:
        raise SigningKeyError(f"SIGNING_FORMER cannot be read: {error}") from error
