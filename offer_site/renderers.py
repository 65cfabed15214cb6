"""Few renderings at once on one machine, however many processes and threads serve it.

A paper takes half a second of a processor. Whoever asks for one may not take every thread that
others' pages need. A renderer is a locked file: the machine frees it when its process dies.
"""

import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zlib import crc32

from django.conf import settings

LONGEST_WAIT = 2.0  # seconds
LOOKS_EACH = 0.02
TRY_AGAIN_AFTER = 3  # seconds, for whoever was turned away


class AllBusyError(Exception):
    """The renderer of this paper is taken, and somebody waits for it already."""


@contextmanager
def a_renderer(paper: str) -> Iterator[None]:
    """Hold a renderer while a paper is made; AllBusyError if it does not become free soon.

    One paper has always the same renderer, so it is never made twice at once. One more may wait for
    a renderer: with PAPERS_AT_ONCE renderers, papers take twice as many threads of the machine.
    """
    number = crc32(paper.encode()) % settings.PAPERS_AT_ONCE
    renderer = _taken(f"renderer-{number}")
    if renderer is None:
        renderer = _waited_for(number)
    try:
        yield
    finally:
        os.close(renderer)


def _waited_for(number: int) -> int:
    place = _taken(f"queue-{number}")
    if place is None:
        raise AllBusyError
    try:
        for _look in range(round(LONGEST_WAIT / LOOKS_EACH)):
            time.sleep(LOOKS_EACH)
            renderer = _taken(f"renderer-{number}")
            if renderer is not None:
                return renderer
    finally:
        os.close(place)
    raise AllBusyError


def _taken(name: str) -> int | None:
    """Lock a file of this machine and return its handle; None while another holds it."""
    handle = os.open(_folder() / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def _folder() -> Path:
    """The folder of the locks, for one site and one user; it is no part of the stored files."""
    site = hashlib.sha256(os.fsencode(settings.MEDIA_ROOT)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"offer-site-renderers-{os.getuid()}-{site}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
