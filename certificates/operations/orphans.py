"""Files that a killed printer left: stored, and named by no certificate (C2)."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.core.files.storage import default_storage

from certificates.models import Certificate, CertificatePicture
from offer_site.encryption import older_than

FOLDER = "certificates"
# A printer stores a file and names it within its lease, which is minutes.
NAMED_WITHIN = timedelta(days=1)
NUMBER = re.compile(r"[A-Z]+-\d{4}-\d{6}")


def sweep_orphans(*, dry_run: bool = False) -> list[str]:
    """Delete the files of issued certificates that none of them names; return their names.

    A file whose certificate is not known here, or not issued, stays: after a restore of an older
    database it may be the one that was sent.
    """
    swept = []
    for name, path in _unnamed():
        number = NUMBER.match(path.name)
        if number and Certificate.objects.rendered().filter(number=number[0]).exists():
            if not dry_run:
                path.unlink(missing_ok=True)
            swept.append(name)
    return swept


def _unnamed() -> Iterator[tuple[str, Path]]:
    root = Path(default_storage.path(""))
    old = {str(path.relative_to(root)): path for path in older_than(NAMED_WITHIN, f"{FOLDER}/*/*")}
    named: set[str] = set()
    for model in (Certificate, CertificatePicture):
        named.update(model.objects.exclude(file="").values_list("file", flat=True).iterator())
    yield from ((name, path) for name, path in old.items() if name not in named)
