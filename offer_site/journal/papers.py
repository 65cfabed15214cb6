"""Papers of ours that are made once: the journal keeps the digest of each (2.3, 12.2.2, A3)."""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from offer_site.documents import FileIsGoneError, read_anything, read_stored

from .models import Entry
from .operations import SYSTEM, record

# What is held while a paper is made, and not while a kept one is read.
Within = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True)
class Paper:
    """A paper by its name in the storage, and the journal row that tells of its making.

    `order` is the code of the chain. `lock` locks what guards that chain. `went_out` tells whether
    the paper was sent before the journal kept digests.
    """

    name: str
    verb: str
    about: tuple[str, str]
    lock: Callable[[], object]
    order: str = ""
    clause: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    went_out: Callable[[], bool] = lambda: False

    @property
    def sha256(self) -> str:
        """The recorded digest; empty before the paper is made."""
        made = Entry.objects.about(*self.about).filter(verb=self.verb).order_by("pk").first()
        return str(made.facts["sha256"]) if made else ""


def made_once(
    paper: Paper,
    make: Callable[[], bytes],
    *,
    by: str = SYSTEM,
    at: datetime,
    within: Within = nullcontext,
) -> bytes:
    """The stored paper; only the first call makes it, and records its digest in the journal.

    A paper that is lost, damaged or altered is never made anew: raises StoredFileError.
    """
    digest = paper.sha256
    if not digest:
        with within():
            digest = _made(paper, make, by=by, at=at)
    return read_stored(paper.name, sha256=digest)


def _made(paper: Paper, make: Callable[[], bytes], *, by: str, at: datetime) -> str:
    """Make and store the paper; returns the digest that stands, which may be another process's.

    A file that lies there without a journal row was left by a crash, or made before digests were
    kept; nobody else has our key. The journal says that it was found.
    """
    was_there = default_storage.exists(paper.name)
    if not was_there:
        if paper.went_out():
            raise FileIsGoneError(paper.name)
        stored = default_storage.save(paper.name, ContentFile(make()))
        if stored != paper.name:  # another process was faster: the storage never overwrites a file
            default_storage.delete(stored)
    digest = hashlib.sha256(read_anything(paper.name)).hexdigest()
    with transaction.atomic():
        paper.lock()
        known = paper.sha256
        if known:
            return known
        record(
            paper.verb,
            about=paper.about,
            order=paper.order,
            facts={**paper.facts, "sha256": digest, **({"found": True} if was_there else {})},
            by=by,
            at=at,
            clause=paper.clause,
        )
    return digest
