"""The journal: when, who, about what, verb, facts, clause; a hash chain for each order (A5).

Rows that belong to no order are in the chain HOUSE.
"""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from offer_site.evidence import Evidence
from offer_site.journal.verbs import chain_in_words, in_words

from .seal import Seal, SealedHead

HOUSE = "house"  # the chain of rows that belong to no order
SEALED_WITHIN = timedelta(hours=36)  # a day, and half a day for somebody to notice


class Chain(models.Model):
    """A row to lock: writers of the house chain, which has no order's lock, wait for it."""

    name = models.CharField(max_length=32, unique=True)

    def __str__(self) -> str:
        return self.name


class EntryQuerySet(models.QuerySet["Entry"]):
    def heads(self) -> "EntryQuerySet":
        """The last row of each chain."""
        later = Entry.objects.filter(chain=OuterRef("chain"), number__gt=OuterRef("number"))
        return self.filter(~Exists(later))

    def unsealed(self) -> "EntryQuerySet":
        """Rows that no seal covers yet."""
        covering = SealedHead.objects.filter(
            chain=OuterRef("chain"), number__gte=OuterRef("number")
        )
        return self.filter(~Exists(covering))

    def unsealed_for_long(self, at: datetime) -> "EntryQuerySet":
        """Rows without a seal for 36 hours: the clock job does not run, or there is no key."""
        long_ago = at - SEALED_WITHIN
        # A seal of a time to come was made under a wrong clock: it tells nothing of today's.
        of_late = Seal.objects.filter(sealed_at__gt=long_ago, sealed_at__lte=at)
        return self.filter(~Exists(of_late), at__lte=long_ago).unsealed()

    def of_order(self, code: str) -> "EntryQuerySet":
        return self.filter(chain=code).order_by("number")

    def about(self, kind: str, key: object) -> "EntryQuerySet":
        return self.filter(about_kind=kind, about_key=str(key))


class Entry(Evidence):
    """One row of the journal; `facts` hold digests, never a personal value (A2, S1)."""

    chain = models.CharField(_("chain"), max_length=32)
    number = models.PositiveIntegerField(_("number in its chain"))
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)
    about_kind = models.CharField(_("about"), max_length=40)
    about_key = models.CharField(_("key"), max_length=64)
    verb = models.CharField(_("verb"), max_length=60)
    facts = models.JSONField(_("facts"), default=dict)
    clause = models.CharField(_("clause"), max_length=40, blank=True)
    previous = models.CharField(_("digest of the row before"), max_length=64, blank=True)
    digest = models.CharField(_("digest"), max_length=64)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("journal row")
        verbose_name_plural = _("journal")
        constraints = [
            models.UniqueConstraint(
                fields=["chain", "number"], name="a_chain_has_one_row_a_number"
            ),
        ]
        indexes = [models.Index(fields=["about_kind", "about_key"], name="journal_about")]

    def __str__(self) -> str:
        return f"{chain_in_words(self.chain)}, {self.number}: {in_words(self.verb)}"

    @property
    def text(self) -> str:
        """What the digest is made of: the row and the digest of the row before, on one line."""
        return row_text(
            chain=self.chain,
            number=self.number,
            at=self.at,
            by=self.by,
            about=(self.about_kind, self.about_key),
            verb=self.verb,
            facts=self.facts,
            clause=self.clause,
            previous=self.previous,
        )

    def digest_now(self) -> str:
        """The digest computed again, to compare with the stored one."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def row_text(
    *,
    chain: str,
    number: int,
    at: datetime,
    by: str,
    about: tuple[str, str],
    verb: str,
    facts: dict[str, Any],
    clause: str,
    previous: str,
) -> str:
    """One row as canonical JSON: an array that ends with the previous digest, without a line feed.

    The time is UTC. A change of this form would break every stored digest.
    """
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    row = [chain, number, moment, by, about[0], about[1], verb, facts, clause, previous]
    return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def row_digest(**row: Any) -> str:
    """SHA-256 over `row_text`, the previous digest included."""
    return hashlib.sha256(row_text(**row).encode()).hexdigest()
