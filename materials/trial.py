"""Whether a PDF can carry the mark, tried once when staff upload it (11.5).

PDFium reads what strangers have drawn. A file that ends its process, takes too long or hides the
mark is found here, by a process of its own, and not by the student who opens it.
"""

import json
import logging
import subprocess
import sys

from django.conf import settings

from materials.alone import UNSEEN
from materials.errors import UnmarkablePdfError, UnseenMarkError

log = logging.getLogger(__name__)
LONGEST = 100  # seconds by the wall clock: staff wait for it


def try_marking(pdf: bytes) -> None:
    """Mark the PDF and look at each page; raises UnmarkablePdfError or UnseenMarkError."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "materials.alone"],
            input=pdf,
            capture_output=True,
            timeout=LONGEST,
            check=False,
            cwd=settings.BASE_DIR,
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        raise UnmarkablePdfError(type(error).__name__) from error
    if done.returncode == UNSEEN:
        raise UnseenMarkError(int(json.loads(done.stdout)["page"]))
    if done.returncode:
        log.warning("a PDF cannot be marked: exit code %d", done.returncode)
        raise UnmarkablePdfError(f"exit code {done.returncode}")
