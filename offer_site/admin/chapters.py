"""Tables of facts on a staff page, and the page that an operation may answer with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise
NOTHING_YET = _("Nothing yet.")


@dataclass(frozen=True)
class Chapter:
    """One table of facts on a page; without headings each row is a label and a value."""

    title: Words
    rows: Sequence[Sequence[Any]]
    headings: Sequence[Words] = ()
    empty: Words = NOTHING_YET


@dataclass(frozen=True)
class Shown:
    """The result of an operation that is a page of tables instead of one sentence."""

    title: Words
    chapters: Sequence[Chapter]
