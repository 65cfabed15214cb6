"""The archive: files in one folder, a manifest of digests, the academy's signature over it."""

import hashlib
import io
from datetime import datetime
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.utils.translation import gettext as _

from offer_site.days import ALMATY
from offer_site.errors import RuleViolation
from offer_site.signing import certificate_pem, sign

MANIFEST = "MANIFEST.sha256"
CERTIFICATE = "academy.pem"
# Bytes of all files together: more than any order has, less than a worker can hold.
LARGEST = 150 * 1024 * 1024


class Archive:
    """A ZIP made in memory: private papers must never be in a temporary file, unencrypted."""

    def __init__(self, folder: str, *, at: datetime) -> None:
        self.folder = folder
        self.moment = at.astimezone(ALMATY).timetuple()[:6]
        self.digests: dict[str, str] = {}
        self.size = 0
        self._bytes = io.BytesIO()
        self._zip = ZipFile(self._bytes, "w", ZIP_DEFLATED)

    def add(self, name: str, content: bytes) -> str:
        """Add a file and return its SHA-256; RuleViolation when all files exceed LARGEST."""
        if name in self.digests:
            raise ValueError(f"{name} is in the archive already")
        self.digests[name] = hashlib.sha256(content).hexdigest()
        self._write(name, content)
        return self.digests[name]

    def finish(self) -> bytes:
        """Add the certificate, the manifest and its signature; raises SigningKeyError."""
        self.add(CERTIFICATE, certificate_pem())
        manifest = "".join(
            f"{digest}  {name}\n" for name, digest in sorted(self.digests.items())
        ).encode()
        self._write(MANIFEST, manifest)
        self._write(f"{MANIFEST}.sig", sign(manifest))
        self._zip.close()
        return self._bytes.getvalue()

    def _write(self, name: str, content: bytes) -> None:
        self.size += len(content)
        if self.size > LARGEST:
            raise RuleViolation(
                _(
                    "The papers of this order are too large for one file. "
                    "Write to us, and we will hand them over."
                )
            )
        entry = ZipInfo(f"{self.folder}/{name}", self.moment)
        entry.compress_type = ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        self._zip.writestr(entry, content)
