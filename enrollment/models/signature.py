"""The image of the signatory's signature; what was once printed is kept for ever (C2)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from offer_site.evidence import Evidence

from .offer import Academy


class SignatureImageQuerySet(models.QuerySet["SignatureImage"]):
    def signing_for(self, academy: Academy) -> "SignatureImageQuerySet":
        """The signatures of an academy's signatory; the first is the one in use.

        They are found by the signatory's name, so a new edition keeps them.
        """
        return self.filter(signatory=academy.signatory).order_by("-uploaded_at", "-pk")


class SignatureImage(Evidence):
    """One upload; the last one is in use.

    The pixels are encrypted in the storage, under their SHA-256.
    """

    academy = models.ForeignKey(
        Academy, models.PROTECT, related_name="signatures", verbose_name=_("academy")
    )
    signatory = models.CharField(_("signatory: surname and initials"), max_length=120)
    sha256 = models.CharField("SHA-256", max_length=64)
    width = models.PositiveSmallIntegerField(_("width, pixels"))
    height = models.PositiveSmallIntegerField(_("height, pixels"))
    uploaded_at = models.DateTimeField(_("uploaded at"))
    uploaded_by = models.CharField(_("uploaded by"), max_length=80)

    objects = SignatureImageQuerySet.as_manager()

    class Meta:
        verbose_name = _("signature of the signatory")
        verbose_name_plural = _("signatures of the signatory")
        ordering = ["-uploaded_at", "-pk"]

    def __str__(self) -> str:
        return self.signatory
