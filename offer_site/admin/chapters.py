"""What stands below the fields of a staff page: tables of facts,
and what an operation answers with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise
NOTHING_YET = _("Nothing yet.")


@dataclass(frozen=True)
class Chapter:
    """One table of facts on a page; without headings each row is a name and what it says."""

    title: Words
    rows: Sequence[Sequence[Any]]
    headings: Sequence[Words] = ()
    empty: Words = NOTHING_YET


@dataclass(frozen=True)
class Shown:
    """What an operation answers with when a sentence is not enough."""

    title: Words
    chapters: Sequence[Chapter]
