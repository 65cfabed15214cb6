"""Whoever watches is watched: when each clock job last ran to its end, and what failed (0041)."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from .names import JOB_NAMES


class WatchedJobQuerySet(models.QuerySet["WatchedJob"]):
    def silent(self, at: datetime) -> "WatchedJobQuerySet":
        """Jobs that should have run by now: cron does not start them, or they never end."""
        return self.filter(expected_before__lte=at)

    def failed(self) -> "WatchedJobQuerySet":
        """Jobs whose last run could not do its work, or a part of it."""
        return self.exclude(failure="")


class WatchedJob(models.Model):
    """One job of the clock's table; it decides nothing, and the jobs do not read it (0014)."""

    name = models.CharField(_("job"), max_length=40, unique=True)
    ended_at = models.DateTimeField(_("last run"), null=True, blank=True)
    expected_before = models.DateTimeField(_("expected before"))
    failure = models.TextField(_("what failed"), blank=True)

    objects = WatchedJobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job of the clock")
        verbose_name_plural = _("jobs of the clock")
        ordering = ["name"]

    def __str__(self) -> str:
        return str(JOB_NAMES.get(self.name, self.name))
