"""What a file is that somebody dropped on the page; nothing of it is kept (9.1, C2)."""

import hashlib
import logging
from dataclasses import dataclass
from enum import StrEnum

from certificates.models import Certificate
from certificates.signatures import SignatureVerdict, read_signatures
from offer_site.signing import SigningKeyError, known_certificates

log = logging.getLogger(__name__)


class FileVerdict(StrEnum):
    ISSUED = "issued"  # byte for byte what was issued
    SIGNED = "signed"  # signed by the academy, but not the file that was issued
    CHANGED = "changed"  # changed after the academy signed it
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class DroppedFile:
    """What a file is; the certificate is the issued one, or the one its signed number names."""

    verdict: FileVerdict
    certificate: Certificate | None = None


def check_file(content: bytes) -> DroppedFile:
    """Compare a file with the issued ones: by its digest, then by its signature."""
    issued = Certificate.objects.rendered().defer("record")
    certificate = issued.filter(sha256=hashlib.sha256(content).hexdigest()).first()
    if certificate:
        return DroppedFile(FileVerdict.ISSUED, certificate)
    try:
        reading = read_signatures(content, known_certificates())
    except SigningKeyError:
        log.exception("a file could be compared by its digest only")
        return DroppedFile(FileVerdict.UNKNOWN)
    if reading.verdict is SignatureVerdict.WHOLE:
        return DroppedFile(FileVerdict.SIGNED, issued.filter(number=reading.number).first())
    return DroppedFile(
        FileVerdict.CHANGED if reading.verdict is SignatureVerdict.CHANGED else FileVerdict.UNKNOWN
    )
