"""Shutting off access: a row stands until its ground is gone (4.3.1, 6.5)."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .enrollment import Enrollment


class SuspensionGround(models.TextChoices):
    REST_UNPAID = "rest_unpaid", _("the rest is not paid")


class SuspensionQuerySet(models.QuerySet["Suspension"]):
    def standing(self) -> "SuspensionQuerySet":
        return self.filter(ended_at=None)


class Suspension(models.Model):
    """One shut-off of one enrollment: its ground and clause, its beginning and its end."""

    enrollment = models.ForeignKey(
        Enrollment, models.PROTECT, related_name="suspensions", verbose_name=_("enrollment")
    )
    ground = models.CharField(_("ground"), max_length=20, choices=SuspensionGround)
    clause = models.CharField(_("clause"), max_length=20)
    begun_at = models.DateTimeField(_("begun at"))
    begun_by = models.CharField(_("begun by"), max_length=80)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended_by = models.CharField(_("ended by"), max_length=80, blank=True)

    objects = SuspensionQuerySet.as_manager()

    class Meta:
        verbose_name = _("suspension")
        verbose_name_plural = _("suspensions")
        ordering = ["-begun_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment", "ground"],
                condition=Q(ended_at=None),
                name="an_enrollment_has_one_standing_suspension_a_ground",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by="")
                | Q(ended_at__gte=F("begun_at")) & ~Q(ended_by=""),
                name="an_ended_suspension_says_when_and_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment}: {self.get_ground_display()}"
