"""A draft of the offer: the four files of an edition that is being written (12.2)."""

import hashlib

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .offer import Edition

# The files of an edition, and the column of a draft that holds each.
COLUMNS = {
    "kk.md": "kk",
    "ru.md": "ru",
    "terms.toml": "terms",
    "differences.toml": "differences",
}


class OfferDraftQuerySet(models.QuerySet["OfferDraft"]):
    def open(self) -> "OfferDraftQuerySet":
        """Drafts neither published nor dropped."""
        return self.filter(published_as=None, dropped_at=None)


class OfferDraft(models.Model):
    """Texts, numbers and known differences as they are now; the journal keeps their digests.

    A signature under the known differences names a person and the digest of the whole draft: a
    later edit leaves it behind.
    """

    name = models.CharField(_("name of the edition"), max_length=40)
    kk = models.TextField(_("Kazakh text"))
    ru = models.TextField(_("Russian text"))
    terms = models.TextField(_("numbers and tariffs"))
    differences = models.TextField(_("known differences"), blank=True)
    begun_at = models.DateTimeField(_("begun at"))
    begun_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("begun by")
    )
    changed_at = models.DateTimeField(_("changed at"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("changed by")
    )
    signed_digest = models.CharField(max_length=64, blank=True, editable=False)
    signed_at = models.DateTimeField(_("differences signed off at"), null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("differences signed off by"),
    )
    published_as = models.OneToOneField(
        Edition,
        models.PROTECT,
        related_name="draft",
        null=True,
        blank=True,
        verbose_name=_("published as"),
    )
    dropped_at = models.DateTimeField(_("dropped at"), null=True, blank=True)

    objects = OfferDraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("draft of the offer")
        verbose_name_plural = _("drafts of the offer")
        ordering = ["-begun_at", "-pk"]
        permissions = [("publish_offerdraft", "Can publish a draft of the offer")]
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(published_as=None, dropped_at=None),
                name="an_edition_has_one_open_draft",
            ),
            models.CheckConstraint(
                condition=Q(published_as=None) | Q(dropped_at=None),
                name="a_draft_is_published_or_dropped",
            ),
            models.CheckConstraint(
                condition=Q(signed_digest="", signed_at=None, signed_by=None)
                | ~Q(signed_digest="") & Q(signed_at__isnull=False, signed_by__isnull=False),
                name="a_signature_under_differences_names_its_person",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.published_as_id is None and self.dropped_at is None

    @property
    def contents(self) -> dict[str, bytes]:
        """The files as they would be published."""
        return {file: getattr(self, column).encode() for file, column in COLUMNS.items()}

    @property
    def digest(self) -> str:
        """SHA-256 over the digests of the four files: what was seen, signed or published."""
        each = (hashlib.sha256(content).hexdigest() for content in self.contents.values())
        return hashlib.sha256(" ".join(each).encode()).hexdigest()

    @property
    def is_signed(self) -> bool:
        """True while the signature is under these very files."""
        return self.signed_digest == self.digest
