"""Works on the site that staff announce: from when until when, in what words (2.5)."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class MaintenanceQuerySet(models.QuerySet["Maintenance"]):
    def not_over(self, at: datetime) -> "MaintenanceQuerySet":
        """Works that are announced or go on, the next ones first."""
        return self.filter(ended_at=None, ends_at__gt=at).order_by("starts_at")

    def overlapping(self, starts_at: datetime, ends_at: datetime) -> "MaintenanceQuerySet":
        return self.filter(ended_at=None, starts_at__lt=ends_at, ends_at__gt=starts_at)


class Maintenance(models.Model):
    """One time of works. It ends by itself at its end, or before it by a person."""

    starts_at = models.DateTimeField(_("works begin at"))
    ends_at = models.DateTimeField(_("works end at"), db_index=True)
    words_kk = models.CharField(_("words in Kazakh"), max_length=300)
    words_ru = models.CharField(_("words in Russian"), max_length=300)
    announced_at = models.DateTimeField(_("announced at"))
    announced_by = models.CharField(_("announced by"), max_length=80)
    ended_at = models.DateTimeField(_("ended early at"), null=True, blank=True)
    ended_by = models.CharField(_("ended by"), max_length=80, blank=True)

    objects = MaintenanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("maintenance of the site")
        verbose_name_plural = _("maintenance of the site")
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="maintenance_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=~Q(words_kk="") & ~Q(words_ru=""),
                name="maintenance_has_words_in_both_languages",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by="")
                | Q(ended_at__isnull=False, ended_at__gte=F("announced_at")) & ~Q(ended_by=""),
                name="an_ended_maintenance_says_when_and_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def is_going_on(self, at: datetime) -> bool:
        return self.ended_at is None and self.starts_at <= at < self.ends_at
