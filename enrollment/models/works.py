"""What a student hands in for an assignment or a report: every version stays (7.2.4)."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from offer_site.documents import Documented, SeenAs
from offer_site.encryption import EncryptedTextField

from .enrollment import Enrollment, EnrollmentState
from .programme import ProgrammeItem, StudyResult

if TYPE_CHECKING:
    from offer_site.accounts.models import User


class StudentWorkQuerySet(models.QuerySet["StudentWork"]):
    def seen_by(self, user: "User") -> "StudentWorkQuerySet":
        """The works of the students whom a member of staff may see (3.5)."""
        own = Enrollment.objects.seen_by(user).order_by().values("pk")
        return self.filter(enrollment__in=own)

    def unanswered(self) -> "StudentWorkQuerySet":
        """The last versions that no result answers, while the course is taught.

        Who has moved to another cohort awaits no answer from the former one (4.6).
        """
        answered = StudyResult.objects.filter(
            enrollment=OuterRef("enrollment"),
            item=OuterRef("item"),
            work_version__gte=OuterRef("version"),
        ).exclude(mark="")
        return self.last_ones().filter(
            ~Exists(answered),
            enrollment__state=EnrollmentState.ACTIVE,
            item__cohort=F("enrollment__cohort"),
        )

    def last_ones(self) -> "StudentWorkQuerySet":
        """The last version of each work."""
        versions = StudentWork.objects.filter(
            enrollment=OuterRef("enrollment"), item=OuterRef("item")
        )
        last = versions.order_by("-version").values("version")[:1]
        return self.filter(version=Subquery(last))


class StudentWork(models.Model):
    """One version of a work: words, a link, files; at least one of them."""

    enrollment = models.ForeignKey(
        Enrollment, models.PROTECT, related_name="works", verbose_name=_("enrollment")
    )
    item = models.ForeignKey(
        ProgrammeItem, models.PROTECT, related_name="works", verbose_name=_("lesson or work")
    )
    version = models.PositiveSmallIntegerField(_("version"))
    words = EncryptedTextField(_("text"), blank=True)
    link = EncryptedTextField(_("link"), blank=True)
    number_of_files = models.PositiveSmallIntegerField(_("files"))
    handed_in_at = models.DateTimeField(_("handed in at"))
    handed_in_by = models.CharField(_("by"), max_length=80)
    due_on = models.DateField(_("to be handed in until"))
    is_late = models.BooleanField(_("handed in late"))

    objects = StudentWorkQuerySet.as_manager()

    class Meta:
        verbose_name = _("work of a student")
        verbose_name_plural = _("works of students")
        ordering = ["-handed_in_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment", "item", "version"],
                name="a_work_has_one_version_a_number",
            ),
            models.CheckConstraint(
                condition=Q(version__gte=1), name="versions_of_a_work_begin_with_one"
            ),
            models.CheckConstraint(
                condition=Q(number_of_files__gt=0) | ~Q(words="") | ~Q(link=""),
                name="a_work_holds_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment}: {self.item.code}, {self.version}"

    @property
    def is_last(self) -> bool:
        """True unless a later version was handed in."""
        versions = StudentWork.objects.filter(enrollment=self.enrollment_id, item=self.item_id)
        return not versions.filter(version__gt=self.version).exists()

    @property
    def takes_an_answer(self) -> bool:
        """True for the last version, in the student's present cohort (4.6)."""
        return self.is_last and self.item.cohort_id == self.enrollment.cohort_id

    @property
    def has_address(self) -> bool:
        """True while `link` is one: once the work is erased a dash may stand there."""
        return self.link.startswith(("https://", "http://"))


class WorkFile(Documented):
    """A file of one version of a work, with the name its student gave it."""

    work = models.ForeignKey(
        StudentWork, models.PROTECT, related_name="files", verbose_name=_("work of a student")
    )
    title = EncryptedTextField(_("name"))
    size = models.PositiveIntegerField(_("bytes"))

    class Meta:
        verbose_name = _("file of a work")
        verbose_name_plural = _("files of works")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(document=""), name="a_file_of_a_work_is_there"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def seen_as(self) -> SeenAs:
        return SeenAs(
            about=("studentwork", str(self.work_id)),
            order=self.work.enrollment.order.code,
            facts={"file": self.pk},
        )
