"""The journal: when, who, about what, verb, facts, clause; one hash chain an order, one for the house (A5)."""

import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from offer_site.evidence import Evidence

HOUSE = "house"  # the chain of rows that belong to no order
SEALED_WITHIN = timedelta(hours=36)  # a day, and half a day for somebody to look


class Chain(models.Model):
    """The lock of a chain that no order's lock guards: whoever writes to the house chain waits for this row."""

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
        covering = SealedHead.objects.filter(chain=OuterRef("chain"), number__gte=OuterRef("number"))
        return self.filter(~Exists(covering))

    def unsealed_for_long(self, at: datetime) -> "EntryQuerySet":
        """Rows that should long have been sealed: the clock does not run, or there is no key."""
        long_ago = at - SEALED_WITHIN
        return self.filter(~Exists(Seal.objects.filter(sealed_at__gt=long_ago)), at__lte=long_ago).unsealed()

    def of_order(self, code: str) -> "EntryQuerySet":
        return self.filter(chain=code).order_by("number")

    def about(self, kind: str, key: object) -> "EntryQuerySet":
        return self.filter(about_kind=kind, about_key=str(key))


class Entry(Evidence):
    """One row of the journal. `facts` never hold a personal value: digests stand for them (A2, S1)."""

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
            models.UniqueConstraint(fields=["chain", "number"], name="a_chain_has_one_row_a_number"),
        ]
        indexes = [models.Index(fields=["about_kind", "about_key"], name="journal_about")]

    def __str__(self) -> str:
        return f"{self.chain} {self.number}: {self.verb}"

    @property
    def text(self) -> str:
        """What the row's digest is made of: its content and the digest of the row before, on one line."""
        return row_text(
            chain=self.chain, number=self.number, at=self.at, by=self.by, about=(self.about_kind, self.about_key),
            verb=self.verb, facts=self.facts, clause=self.clause, previous=self.previous,
        )  # fmt: skip

    def digest_now(self) -> str:
        """Compute the row's digest from its content and the row before."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def row_text(
    *, chain: str, number: int, at: datetime, by: str, about: tuple[str, str], verb: str, facts: dict[str, Any],
    clause: str, previous: str,
) -> str:  # fmt: skip
    """Write one row as canonical JSON: an array, the digest of the row before at its end, no line feed in it."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    row = [chain, number, moment, by, about[0], about[1], verb, facts, clause, previous]
    return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def row_digest(**row: Any) -> str:
    """SHA-256 over the canonical JSON of one row, the row before included."""
    return hashlib.sha256(row_text(**row).encode()).hexdigest()


class SealQuerySet(models.QuerySet["Seal"]):
    def last_one(self) -> "Seal | None":
        return self.order_by("-number").first()


class Seal(Evidence):
    """One day's seal: the ends of all chains that moved since the seal before, under one root that is signed (A5).

    `text` is what is signed, byte for byte: lines of a name, a space and a value, each ended by a line feed, in the
    order `seal_text` writes them. `root` is the SHA-256 of this text, and the next seal's text names it as `previous`,
    so that the seals are a chain too. `tree` is the top of the tree over the heads, in the order of their `place`
    (offer_site/journal/merkle.py says how it is made). `signature` is the academy's, RSA PKCS #1 v1.5 with SHA-256 over
    the text, in Base64; `certificate` is the PEM it is checked with.
    """

    number = models.PositiveIntegerField(_("number"), unique=True)
    day = models.DateField(_("day"), unique=True)
    sealed_at = models.DateTimeField(_("sealed at"))
    previous = models.CharField(_("root of the seal before"), max_length=64, blank=True)
    chains = models.PositiveIntegerField(_("chains that moved"))
    rows = models.PositiveIntegerField(_("rows under it for the first time"))
    tree = models.CharField(_("top of the tree"), max_length=64)
    text = models.TextField(_("what is signed"))
    root = models.CharField(_("root"), max_length=64, unique=True)
    signature = models.TextField(_("signature, Base64"))
    certificate = models.TextField(_("certificate, PEM"))
    fingerprint = models.CharField(_("SHA-256 of the certificate"), max_length=64)

    objects = SealQuerySet.as_manager()

    class Meta:
        verbose_name = _("seal of the journal")
        verbose_name_plural = _("seals of the journal")
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.number}, {self.day:%d.%m.%Y}"

    @property
    def file_name(self) -> str:
        """The name of its text as a file; the signature's adds `.sig`."""
        return f"seal-{self.number:05}.txt"


class SealedHead(Evidence):
    """The end of one chain as a seal found it; `place` is its place among the leaves, which stand by chain."""

    seal = models.ForeignKey(Seal, models.PROTECT, related_name="heads", verbose_name=_("seal of the journal"))
    place = models.PositiveIntegerField(_("place"))
    chain = models.CharField(_("chain"), max_length=32)
    number = models.PositiveIntegerField(_("number in its chain"))
    digest = models.CharField(_("digest"), max_length=64)

    class Meta:
        verbose_name = _("sealed end of a chain")
        verbose_name_plural = _("sealed ends of chains")
        ordering = ["seal", "place"]
        constraints = [
            models.UniqueConstraint(fields=["seal", "place"], name="a_seal_has_one_chain_a_place"),
            models.UniqueConstraint(fields=["chain", "number"], name="an_end_of_a_chain_is_sealed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.chain} {self.number}"


FIRST = "0" * 64  # what the first seal names in the stead of a seal before it


def seal_text(
    *, number: int, day: date, sealed_at: datetime, previous: str, chains: int, rows: int, tree: str
) -> str:  # fmt: skip
    """Write what is signed, the same for the same seal for ever: eight lines, the first of them the form's name."""
    moment = sealed_at.astimezone(UTC).isoformat(timespec="microseconds")
    lines = {
        "journal-seal": 1, "number": number, "day": day.isoformat(), "sealed-at": moment,
        "previous": previous or FIRST, "chains": chains, "rows": rows, "tree": tree,
    }  # fmt: skip
    return "".join(f"{name} {value}\n" for name, value in lines.items())
