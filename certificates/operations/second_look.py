"""A second look at certificates on which workers died: printed alone, before a person is asked.

A worker dies of its paper, or of its machine: power, memory that another process took, a restart.
In a process of its own, whose end another process sees, the paper shows which it was.
"""

import logging
import signal
import subprocess
import sys
from dataclasses import dataclass

from django.conf import settings
from django.core import serializers

from certificates.alone import NOT_PRINTED, OUT_OF_MEMORY
from certificates.models import Certificate

log = logging.getLogger(__name__)

# Seconds by the wall clock. Longer than the computing may take, and shorter than the lease.
LONGEST = 5 * 60
# Ends that come from outside: the machine goes down, or somebody ends the process.
FROM_OUTSIDE = {-signal.SIGKILL, -signal.SIGTERM, -signal.SIGHUP, -signal.SIGINT}


class DeadlyPaperError(Exception):
    """The paper ended the process that printed it alone."""


class NotPrintedError(Exception):
    """It cannot be printed, and ends no process; the message is the name of the error."""


class NoVerdictError(Exception):
    """The process was ended from outside, or the machine was too slow: it says nothing."""


@dataclass(frozen=True)
class _Ended:
    code: int
    pdf: bytes
    said: str


def print_alone(certificate: Certificate) -> bytes:
    """The PDF, made by a process of its own.

    Raises DeadlyPaperError, NotPrintedError or NoVerdictError.
    """
    ended = _in_a_process(serializers.serialize("json", [certificate]).encode())
    if ended.code == 0 and ended.pdf.startswith(b"%PDF-"):
        return ended.pdf
    if ended.code in FROM_OUTSIDE:
        raise NoVerdictError(f"signal {-ended.code}")
    if ended.code == OUT_OF_MEMORY:
        raise DeadlyPaperError("it takes more memory than a paper may")
    if ended.code == NOT_PRINTED:
        raise NotPrintedError(ended.said)
    if ended.code < 0:
        raise DeadlyPaperError(f"signal {-ended.code}")
    raise NoVerdictError(f"exit code {ended.code}")


def _in_a_process(facts: bytes) -> _Ended:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "certificates.alone"],
            input=facts,
            capture_output=True,
            timeout=LONGEST,
            check=False,
            cwd=settings.BASE_DIR,
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        raise NoVerdictError(type(error).__name__) from error
    return _Ended(done.returncode, done.stdout, done.stderr.decode(errors="replace")[-200:])
