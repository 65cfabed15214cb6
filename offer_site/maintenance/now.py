"""What every page asks: are there works now, or ahead? Known in the process for some seconds."""

import logging
import time
from collections.abc import Sequence
from datetime import datetime

from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from .models import Maintenance

logger = logging.getLogger(__name__)
# Seconds: so late another process learns what was announced or ended. The beginning and the end
# themselves are never late, since the rows say when.
STALE_AFTER = 10.0
_known: tuple[float, Sequence[Maintenance]] | None = None


def maintenance_at(at: datetime) -> Maintenance | None:
    """The works that go on, else those that come next; at most one query in STALE_AFTER."""
    return next((each for each in _announced() if each.ends_at > at), None)


def remember(works: Sequence[Maintenance]) -> None:
    """Take these for what is announced, for the next STALE_AFTER seconds."""
    global _known
    _known = (time.monotonic(), works)


def forget() -> None:
    """Ask the database at the next page."""
    global _known
    _known = None


def _announced() -> Sequence[Maintenance]:
    """The works that are not over; while the database is away, those that were known last."""
    if _known is not None and time.monotonic() - _known[0] < STALE_AFTER:
        return _known[1]
    before = _known[1] if _known else ()
    try:
        found: Sequence[Maintenance] = list(Maintenance.objects.not_over(timezone.now()))
    except (DatabaseError, InterfaceError) as error:
        logger.warning("whether maintenance is announced is unknown: %s", type(error).__name__)
        found = before
    remember(found)
    return found
