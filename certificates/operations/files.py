"""The stored files of certificates, returned byte for byte as made, or not at all (C2)."""

from certificates.models import Certificate
from offer_site.documents import read_stored


def certificate_file(certificate: Certificate) -> bytes:
    """The stored PDF; StoredFileError unless it is byte for byte the issued one (C2)."""
    return read_stored(certificate.file, sha256=certificate.sha256)
