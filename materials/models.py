"""What students learn from: links, videos, files; and every opening of one (11.5, 11.6)."""

from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from enrollment.models import Cohort, Enrollment, ProgrammeItem
from offer_site.documents import STORED_ENDINGS, Documented, SeenAs
from offer_site.evidence import Evidence
from offer_site.languages import current_language

if TYPE_CHECKING:
    from offer_site.accounts.models import User


class MaterialKind(models.TextChoices):
    LINK = "link", _("link")
    VIDEO = "video", _("video by link")
    FILE = "file", _("file")


class MaterialQuerySet(models.QuerySet["Material"]):
    def seen_by(self, user: "User") -> "MaterialQuerySet":
        """The materials of the cohorts that a member of staff may see (3.5)."""
        return self.filter(cohort__in=Cohort.objects.seen_by(user).order_by().values("pk"))

    def shown(self, today: date) -> "MaterialQuerySet":
        """Materials that were not taken back, and whose day has come."""
        return self.filter(Q(opens_on=None) | Q(opens_on__lte=today), withdrawn_at=None)


class Material(Documented):
    """One material of a cohort, maybe of one lesson; of files only a PDF carries the mark."""

    cohort = models.ForeignKey(
        Cohort, models.PROTECT, related_name="materials", verbose_name=_("cohort")
    )
    item = models.ForeignKey(
        ProgrammeItem,
        models.PROTECT,
        related_name="materials",
        null=True,
        blank=True,
        verbose_name=_("lesson or work"),
    )
    kind = models.CharField(_("what it is"), max_length=8, choices=MaterialKind)
    title_kk = models.CharField(_("title in Kazakh"), max_length=120)
    title_ru = models.CharField(_("title in Russian"), max_length=120)
    text_kk = models.CharField(_("text in Kazakh"), max_length=600, blank=True)
    text_ru = models.CharField(_("text in Russian"), max_length=600, blank=True)
    address = models.URLField(_("address"), max_length=500, blank=True)
    opens_on = models.DateField(_("opens on"), null=True, blank=True)
    added_at = models.DateTimeField(_("added at"))
    added_by = models.CharField(_("added by"), max_length=80)
    withdrawn_at = models.DateTimeField(_("taken back at"), null=True, blank=True)
    withdrawn_by = models.CharField(_("taken back by"), max_length=80, blank=True)

    objects = MaterialQuerySet.as_manager()

    class Meta:
        verbose_name = _("material")
        verbose_name_plural = _("materials")
        ordering = ["cohort", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=MaterialKind.FILE, address="") & ~Q(document="")
                | Q(kind__in=[MaterialKind.LINK, MaterialKind.VIDEO], document="") & ~Q(address=""),
                name="a_material_is_a_file_or_an_address",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by="")
                | Q(withdrawn_at__isnull=False, withdrawn_at__gte=F("added_at"))
                & ~Q(withdrawn_by=""),
                name="a_material_taken_back_says_when_and_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def seen_as(self) -> SeenAs:
        return SeenAs(about=("material", str(self.pk)))

    @property
    def carries_mark(self) -> bool:
        return self.document_type == "application/pdf"

    @property
    def ending(self) -> str:
        """The ending of the file's name; empty for a link and a video."""
        return STORED_ENDINGS[self.document_type] if self.document else ""

    @property
    def title(self) -> str:
        return str(getattr(self, f"title_{current_language()}"))

    @property
    def text(self) -> str:
        return str(getattr(self, f"text_{current_language()}"))


class MaterialOpening(Evidence):
    """A student opened a material: who, what, when, and a digest of the address it was from."""

    material = models.ForeignKey(
        Material, models.PROTECT, related_name="openings", verbose_name=_("material")
    )
    enrollment = models.ForeignKey(
        Enrollment, models.PROTECT, related_name="openings", verbose_name=_("enrollment")
    )
    day = models.DateField(_("day"))
    number = models.PositiveSmallIntegerField(_("number of the day"))
    at = models.DateTimeField(_("at"))
    address_digest = models.CharField(_("digest of the address"), max_length=64)

    class Meta:
        verbose_name = _("opening of a material")
        verbose_name_plural = _("openings of materials")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment", "day", "number"],
                name="a_student_opens_materials_by_number_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment}: {self.material}"
