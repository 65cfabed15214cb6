"""Stored files that killed processes left: whole, and named by no row (5.4, C2).

A file is stored before the row that names it, so each kind of file can be left behind. Folders and
names of all kinds stand in KINDS; a test asks that no kind is missing.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from django.core.files.storage import default_storage
from django.db import models
from django.db.models.functions import Cast

from enrollment.models import (
    BreachStatement,
    ClaimFile,
    Clarification,
    CohortMove,
    ForceMajeureFile,
    HalvesAnswer,
    HomePage,
    PaymentReport,
    RestMove,
    SignatureImage,
    WorkFile,
)
from enrollment.operations.paper.signatures import stored_as
from materials.models import Material
from offer_site.correspondence.models import Letter, PostalReceipt
from offer_site.documents import StoredFileError, read_anything
from offer_site.encryption import older_than
from offer_site.journal.models import Entry
from offer_site.notices.models import Bounce, Notice
from payments.models import (
    InstallmentApplication,
    LedgerCorrection,
    ManualReceipt,
    TypedTransfer,
)

# Longer than any process, and long enough to notice that an old copy of the database was restored.
NAMED_WITHIN = timedelta(days=30)
# More than so many, and more than a tenth of a folder, are no leftovers: rows are missing.
FEW = 20
# A width of a picture of the home page, and the card of a link.
PICTURE = re.compile(r"(?P<digest>[0-9a-f]{64})-\d{3}\.(?:webp|jpg)")
CARD = re.compile(r"(?:kk|ru)-[0-9a-f]+\.png")
# What a storage calls a second file of one name: `SM4K7Q2X_a1B2c3D.pdf`.
SECOND = re.compile(r"_[0-9A-Za-z]{7}(?=\.\w+$)")


class RowsAreMissingError(RuntimeError):
    """So many files of a folder are named by no row that the database must be the wrong one."""


@dataclass(frozen=True)
class Kind:
    """Files of one folder; `is_left` says which of these names nothing names."""

    folder: str
    is_left: Callable[[list[str]], list[str]]

    def left(self) -> list[str]:
        """The names of the files that were left; raises RowsAreMissingError."""
        root = Path(default_storage.path(""))
        paths = older_than(NAMED_WITHIN, f"{self.folder}/**/*")
        # Those that are unfinished are swept by their own rule.
        old = [str(path.relative_to(root)) for path in paths if path.suffix != ".unfinished"]
        found = self.is_left(old) if old else []
        if len(found) > FEW and len(found) * 10 > len(old):
            raise RowsAreMissingError(f"no row names {len(found)} of {len(old)} in {self.folder}")
        return [name for name in found if not _stands_in_the_journal(name)]


def _by_columns(*columns: tuple[type[models.Model], str], names: list[str]) -> list[str]:
    """Those that no row names in these columns."""
    named: set[str] = set()
    for model, column in columns:
        rows = model._default_manager.exclude(**{column: ""})
        named.update(rows.values_list(column, flat=True).iterator())
    return [name for name in names if name not in named]


def _signatures(names: list[str]) -> list[str]:
    digests = SignatureImage.objects.values_list("sha256", flat=True)
    named = {stored_as(digest) for digest in digests}
    return [name for name in names if name not in named]


def _second_ones(names: list[str]) -> list[str]:
    """Papers that two processes made at once: the one with the paper's own name is the paper.

    One without a row of the journal is not left: it is found and recorded when it is asked for.
    """
    there = set(names)
    return [name for name in names if SECOND.search(name) and SECOND.sub("", name) in there]


def _home_pictures(names: list[str]) -> list[str]:
    """Those that no home page shows or drafts."""
    told = "".join(f"{page.draft}{page.content}" for page in HomePage.objects.iterator())
    found = [(name, PICTURE.fullmatch(Path(name).name)) for name in names]
    return [name for name, named in found if named is None or named["digest"] not in told]


def _no_cards(names: list[str]) -> list[str]:
    """What is no card of a link: a card stays, for a page that was shared shows it for years."""
    return [name for name in names if not CARD.fullmatch(Path(name).name)]


def _kind(folder: str, *columns: tuple[type[models.Model], str]) -> Kind:
    return Kind(folder, lambda names: _by_columns(*columns, names=names))


KINDS = (
    _kind("reports", (PaymentReport, "document")),
    _kind("clarifications", (Clarification, "document")),
    _kind("halves", (HalvesAnswer, "picture"), (RestMove, "picture")),
    _kind("installments", (InstallmentApplication, "document")),
    _kind("corrections", (LedgerCorrection, "document")),
    _kind("manual", (ManualReceipt, "document")),
    _kind("transfers", (TypedTransfer, "document")),
    _kind("notices", (Notice, "raw")),
    _kind("bounces", (Bounce, "raw")),
    _kind("letters", (Letter, "raw")),
    _kind("post", (Letter, "document"), (PostalReceipt, "document")),
    _kind("breaches", (BreachStatement, "document")),
    _kind("claims", (ClaimFile, "document")),
    _kind("works", (WorkFile, "document")),
    _kind("force-majeure", (ForceMajeureFile, "document")),
    _kind("moves", (CohortMove, "document")),
    _kind("materials", (Material, "document")),
    Kind("pictures", _home_pictures),
    Kind("share", _no_cards),
    Kind("signatures", _signatures),
    Kind("contracts", _second_ones),
    Kind("acts", _second_ones),
    Kind("refunds", _second_ones),
)


def leftovers(kind: Kind) -> Iterator[tuple[str, Callable[[], None]]]:
    """Each file that was left, and what deletes it."""
    for name in kind.left():
        yield name, partial(Path(default_storage.path(name)).unlink, missing_ok=True)


def _stands_in_the_journal(name: str) -> bool:
    """True if the journal holds the file's digest: a document that was replaced is evidence."""
    try:
        digest = hashlib.sha256(read_anything(name)).hexdigest()
    except StoredFileError:
        return True  # nobody knows what it is: the audit tells of it
    told = Entry.objects.annotate(facts_as_text=Cast("facts", models.TextField()))
    return told.filter(facts_as_text__contains=digest).exists()
