"""Prints one certificate in a process of its own, which may die without harm (9.1).

Started as `python -m certificates.alone` by `certificates/operations/second_look.py`: the facts
come by a pipe and the PDF goes back by one, so that nothing is written to a disk in plain text. It
opens no database.
"""

import os
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import django
from django.core import serializers

MOST_MEMORY = 1536 * 1024 * 1024  # bytes of addresses: five times what a paper needs
MOST_SECONDS = 20  # of computing: to start takes three, a paper one
OUT_OF_MEMORY = 3
NOT_PRINTED = 4


def main() -> int:
    """Print the certificate that comes by the pipe; the exit code tells how it ended."""
    _keep_small()
    django.setup()
    from certificates.rendering import certificate_pdf

    try:
        facts = sys.stdin.buffer.read().decode()
        given: Any = next(iter(serializers.deserialize("json", facts)))
        pdf = certificate_pdf(given.object)
    except MemoryError:
        return OUT_OF_MEMORY
    except Exception as error:
        # Its name and nothing else: the text of an error may hold an address.
        sys.stderr.write(type(error).__name__)
        return NOT_PRINTED
    sys.stdout.buffer.write(pdf)
    return 0


def _keep_small() -> None:
    """Let this process die of a deadly paper, before the machine or another process does."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):  # where memory is short all the same, this process goes first
        Path("/proc/self/oom_score_adj").write_text("1000")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "offer_site.settings")
    sys.exit(main())
