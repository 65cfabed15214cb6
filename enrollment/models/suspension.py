"""Shutting off access: a row stands until its ground is gone (4.3.1, 6.5)."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from enrollment.rules.access import ClosedBy
from offer_site.encryption import EncryptedTextField

from .breach import Breach
from .enrollment import Enrollment


class SuspensionGround(models.TextChoices):
    REST_UNPAID = ClosedBy.REST_UNPAID.value, ClosedBy.REST_UNPAID.label
    BREACH = ClosedBy.BREACH.value, ClosedBy.BREACH.label


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
    # Restoring access after a breach is a decision of a person (6.5).
    end_reason = EncryptedTextField(_("why it was ended"), blank=True)
    breach = models.ForeignKey(
        Breach,
        models.PROTECT,
        related_name="suspensions",
        null=True,
        blank=True,
        verbose_name=_("breach"),
    )

    objects = SuspensionQuerySet.as_manager()

    class Meta:
        verbose_name = _("suspension")
        verbose_name_plural = _("suspensions")
        ordering = ["-begun_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment", "ground"],
                condition=Q(ended_at=None, breach=None),
                name="an_enrollment_has_one_standing_suspension_a_ground",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by="")
                | Q(ended_at__isnull=False, ended_at__gte=F("begun_at")) & ~Q(ended_by=""),
                name="an_ended_suspension_says_when_and_by_whom",
            ),
            models.UniqueConstraint(
                fields=["breach"],
                condition=Q(ended_at=None),
                name="a_breach_shuts_off_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(ground=SuspensionGround.BREACH, breach__isnull=False)
                | ~Q(ground=SuspensionGround.BREACH) & Q(breach=None),
                name="a_suspension_for_a_breach_names_it",
            ),
            models.CheckConstraint(
                condition=~Q(ground=SuspensionGround.BREACH) | Q(ended_at=None) | ~Q(end_reason=""),
                name="access_is_restored_after_a_breach_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment}: {self.get_ground_display()}"
