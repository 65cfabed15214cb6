"""The daily seal over the journal: what is signed, and the ends of the chains under it (A5)."""

from datetime import UTC, date, datetime

from django.db import models
from django.db.models import Q, Subquery
from django.utils.translation import gettext_lazy as _

from offer_site.evidence import Evidence


class SealQuerySet(models.QuerySet["Seal"]):
    def of_day_or_last(self, day: date) -> "SealQuerySet":
        """The last seal, and that of a day, if there is one and it is another."""
        last = Seal.objects.order_by("-number").values("number")[:1]
        return self.filter(Q(day=day) | Q(number=Subquery(last))).order_by("-number")


class Seal(Evidence):
    """One day's seal: the ends of the chains changed since the last seal, under a signed root (A5).

    `text` is what is signed, byte for byte: lines of a name, a space and a value, each ended by a
    line feed, in the order `seal_text` writes them. `root` is the SHA-256 of this text, and the
    next seal's text names it as `previous`, so that the seals are a chain too. `tree` is the root
    of the tree over the heads, in the order of their `place` (see offer_site/journal/merkle.py).
    `signature` is the academy's, RSA PKCS #1 v1.5 with SHA-256 over the text, in Base64;
    `certificate` is the PEM to check it with.
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
        """The file name of its text; the signature's adds `.sig`."""
        return f"seal-{self.number:05}.txt"


class SealedHeadQuerySet(models.QuerySet["SealedHead"]):
    def of_chain(self, chain: str) -> "SealedHeadQuerySet":
        """The ends of a chain in each seal that changed them, the earliest first."""
        return self.filter(chain=chain).select_related("seal").order_by("seal__number")

    def in_their_places(self) -> "SealedHeadQuerySet":
        """In the order of the leaves of their seals' trees."""
        return self.order_by("seal", "place")


class SealedHead(Evidence):
    """The end of one chain at a seal; `place` is its index among the leaves, sorted by chain."""

    seal = models.ForeignKey(
        Seal, models.PROTECT, related_name="heads", verbose_name=_("seal of the journal")
    )
    place = models.PositiveIntegerField(_("place"))
    chain = models.CharField(_("chain"), max_length=32)
    number = models.PositiveIntegerField(_("number in its chain"))
    digest = models.CharField(_("digest"), max_length=64)

    objects = SealedHeadQuerySet.as_manager()

    class Meta:
        verbose_name = _("sealed end of a chain")
        verbose_name_plural = _("sealed ends of chains")
        ordering = ["seal", "place"]
        constraints = [
            models.UniqueConstraint(fields=["seal", "place"], name="a_seal_has_one_chain_a_place"),
            models.UniqueConstraint(
                fields=["chain", "number"], name="an_end_of_a_chain_is_sealed_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.chain} {self.number}"


FIRST = "0" * 64  # what the first seal names as `previous`


def seal_text(
    *, number: int, day: date, sealed_at: datetime, previous: str, chains: int, rows: int, tree: str
) -> str:
    """The text that is signed: eight lines, the first of them the version of the format.

    It must stay the same for the same seal for ever. The time is UTC, the day is Almaty's.
    """
    moment = sealed_at.astimezone(UTC).isoformat(timespec="microseconds")
    lines = {
        "journal-seal": 1,
        "number": number,
        "day": day.isoformat(),
        "sealed-at": moment,
        "previous": previous or FIRST,
        "chains": chains,
        "rows": rows,
        "tree": tree,
    }
    return "".join(f"{name} {value}\n" for name, value in lines.items())
