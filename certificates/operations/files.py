"""The stored files of certificates, returned byte for byte as made, or not at all (C2)."""

import hashlib

from certificates.models import Certificate
from offer_site.documents import read_stored


class CertificateFileError(RuntimeError):
    """A stored file is not what was issued; nothing is returned in its place (C2)."""


def certificate_file(certificate: Certificate) -> bytes:
    """The stored PDF; CertificateFileError unless it is byte for byte the issued one (C2)."""
    return read_as_made(certificate.file, sha256=certificate.sha256)


def read_as_made(file: str, *, sha256: str) -> bytes:
    """A stored file; CertificateFileError if its bytes do not have this digest."""
    content = read_stored(file)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise CertificateFileError(f"the stored file {file} is not the one that was made")
    return content
