"""The work of a cohort: lessons, assignments and reports, who leads a student, what was done."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from enrollment.rules.programme import MOST_POINTS, ItemKind, Mark, Result, item_code
from offer_site.languages import current_language

from .catalogue import Cohort
from .enrollment import Enrollment

if TYPE_CHECKING:
    from offer_site.accounts.models import User


class ProgrammeItemQuerySet(models.QuerySet["ProgrammeItem"]):
    def seen_by(self, user: "User") -> "ProgrammeItemQuerySet":
        """The lessons and works of the cohorts that a member of staff may see (3.5)."""
        return self.filter(cohort__in=Cohort.objects.seen_by(user).order_by().values("pk"))


class ProgrammeItem(models.Model):
    """One lesson with its day, or an assignment or report with the day until which it is due."""

    cohort = models.ForeignKey(
        Cohort, models.PROTECT, related_name="items", verbose_name=_("cohort")
    )
    kind = models.CharField(_("what it is"), max_length=12, choices=ItemKind)
    number = models.PositiveSmallIntegerField(_("number"))
    title_kk = models.CharField(_("title in Kazakh"), max_length=120)
    title_ru = models.CharField(_("title in Russian"), max_length=120)
    text_kk = models.CharField(_("text in Kazakh"), max_length=600, blank=True)
    text_ru = models.CharField(_("text in Russian"), max_length=600, blank=True)
    day = models.DateField(
        _("day"), help_text=_("Of a lesson: when it is held. Of a work: until 24:00 of that day.")
    )
    begins_at = models.TimeField(
        _("begins at"), null=True, blank=True, help_text=_("The hour of a lesson, in Almaty.")
    )

    minutes = models.PositiveSmallIntegerField(
        _("minutes"),
        null=True,
        blank=True,
        help_text=_("How long it takes a student; the home page says it. Empty: it says nothing."),
    )
    is_recorded = models.BooleanField(
        _("recorded lesson"), default=False, help_text=_("It is watched, and meets nobody live.")
    )

    objects = ProgrammeItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("lesson or work")
        verbose_name_plural = _("lessons and works")
        ordering = ["cohort", "day", "kind", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["cohort", "kind", "number"], name="a_programme_has_one_item_a_number"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ItemKind.values), name="an_item_is_a_lesson_or_a_work"
            ),
            models.CheckConstraint(
                condition=Q(begins_at=None) | Q(kind=ItemKind.LESSON),
                name="only_a_lesson_has_an_hour",
            ),
            models.CheckConstraint(
                condition=Q(minutes=None) | Q(minutes__gte=1, minutes__lte=6000),
                name="an_item_takes_some_minutes",
            ),
            models.CheckConstraint(
                condition=Q(is_recorded=False) | Q(kind=ItemKind.LESSON),
                name="only_a_lesson_is_recorded",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def code(self) -> str:
        return item_code(self.kind, self.number)

    @property
    def title(self) -> str:
        return str(getattr(self, f"title_{current_language()}"))

    @property
    def text(self) -> str:
        return str(getattr(self, f"text_{current_language()}"))


class CuratorAssignmentQuerySet(models.QuerySet["CuratorAssignment"]):
    def standing(self) -> "CuratorAssignmentQuerySet":
        return self.filter(ended_at=None)


class CuratorAssignment(models.Model):
    """Who leads a student, from when to when (3.5); a student has one curator at a time."""

    enrollment = models.ForeignKey(
        Enrollment,
        models.PROTECT,
        related_name="curator_assignments",
        verbose_name=_("enrollment"),
    )
    curator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("curator")
    )
    begun_at = models.DateTimeField(_("begun at"))
    begun_by = models.CharField(_("begun by"), max_length=80)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended_by = models.CharField(_("ended by"), max_length=80, blank=True)

    objects = CuratorAssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("curator of a student")
        verbose_name_plural = _("curators of students")
        ordering = ["-begun_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment"],
                condition=Q(ended_at=None),
                name="a_student_has_one_curator_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by="")
                | Q(ended_at__isnull=False, ended_at__gte=F("begun_at")) & ~Q(ended_by=""),
                name="an_ended_assignment_says_when_and_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment}: {self.curator}"


class StudyResult(models.Model):
    """What a student has for one item now; every change is a row of the order's journal.

    `version` counts how often it was recorded: whoever records it again has read the last one.
    `work_version` is the version of the work that it answers, 0 where none was handed in.
    """

    enrollment = models.ForeignKey(
        Enrollment, models.PROTECT, related_name="results", verbose_name=_("enrollment")
    )
    item = models.ForeignKey(
        ProgrammeItem, models.PROTECT, related_name="results", verbose_name=_("lesson or work")
    )
    mark = models.CharField(_("mark"), max_length=12, choices=Mark, blank=True)
    points = models.PositiveSmallIntegerField(_("points"), null=True, blank=True)
    comment = models.CharField(_("comment"), max_length=600, blank=True)
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)
    version = models.PositiveIntegerField(_("how often it was recorded"))
    work_version = models.PositiveSmallIntegerField(_("answers version"))

    class Meta:
        verbose_name = _("attendance or result")
        verbose_name_plural = _("attendance and results")
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment", "item"], name="a_student_has_one_result_an_item"
            ),
            models.CheckConstraint(
                condition=Q(mark="") | Q(mark__in=Mark.values), name="a_result_is_a_known_mark"
            ),
            models.CheckConstraint(
                condition=Q(points=None) | Q(points__lte=MOST_POINTS, mark=Mark.ACCEPTED),
                name="only_an_accepted_work_has_points",
            ),
            models.CheckConstraint(
                condition=Q(version__gte=1), name="versions_of_a_result_begin_with_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment}: {self.item}"

    @property
    def result(self) -> Result:
        return Result(self.mark, self.points)
