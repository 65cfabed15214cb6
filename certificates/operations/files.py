"""The stored files of certificates, handed out byte for byte as they were made,
or not at all (C2).
"""

import hashlib

from certificates.models import Certificate
from offer_site.documents import read_stored


class CertificateFileError(RuntimeError):
    """Say that a stored certificate is not what was issued:
    nothing is handed out in its stead (C2).
    """


def certificate_file(certificate: Certificate) -> bytes:
    """Read the stored paper and make sure that it is, byte for byte,
    the one that was issued (C2).
    """
    return read_as_made(certificate.file, sha256=certificate.sha256)


def read_as_made(file: str, *, sha256: str) -> bytes:
    """Read a stored file; raise CertificateFileError if its bytes are not those of its digest."""
    content = read_stored(file)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise CertificateFileError(f"the stored file {file} is not the one that was made")
    return content
