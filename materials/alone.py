"""Tries the mark on one PDF in a process of its own, which may die without harm (11.5).

Started as `python -m materials.alone` by `materials/trial.py`: the PDF comes by a pipe, and a line
of JSON goes back. It opens no database.
"""

import json
import os
import resource
import sys
import time
from contextlib import suppress
from pathlib import Path

import django

from materials.errors import UnmarkablePdfError

MOST_MEMORY = 1536 * 1024 * 1024  # bytes of addresses
MOST_SECONDS = 40  # of computing: to start takes three
MOST_SECONDS_OF_MARKING = 10  # a student waits as long, and holds a renderer meanwhile
UNMARKABLE = 3
UNSEEN = 4
SEEN_AT = 200  # pixels of the longer side
SEEN_SHARE = 0.004  # of the page: the foot line alone changes more
SEEN_LEVELS = 8  # of 255
FACTS = {
    "name": "Мысалбекова Мысал",
    "code": "SM000000",
    "day": "01.01.2026",
    "words": "given to this student only (11.5)",
}


def main() -> int:
    """Mark the PDF that comes by the pipe and look at each page; the exit code tells the end."""
    _keep_small()
    django.setup()
    from materials.marking import changed_shares, marked

    pdf = sys.stdin.buffer.read()
    try:
        began = time.process_time()
        done = marked(pdf, **FACTS)
        if time.process_time() - began > MOST_SECONDS_OF_MARKING:
            return UNMARKABLE
        shares = changed_shares(pdf, done, longest=SEEN_AT, levels=SEEN_LEVELS)
        for number, share in enumerate(shares, 1):
            if share < SEEN_SHARE:
                sys.stdout.write(json.dumps({"page": number}))
                return UNSEEN
    except (UnmarkablePdfError, MemoryError):
        return UNMARKABLE
    return 0


def _keep_small() -> None:
    """Let this process die of a deadly file, before the machine or another process does."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):  # where memory is short all the same, this process goes first
        Path("/proc/self/oom_score_adj").write_text("1000")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "offer_site.settings")
    sys.exit(main())
