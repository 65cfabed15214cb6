"""How often something was tried, for as long as it matters."""

from datetime import datetime

from django.db import models


class AttemptCountQuerySet(models.QuerySet["AttemptCount"]):
    def running(self, at: datetime) -> "AttemptCountQuerySet":
        return self.filter(ends_at__gt=at)

    def ended(self, at: datetime) -> "AttemptCountQuerySet":
        return self.filter(ends_at__lte=at)


class AttemptCount(models.Model):
    """One count. The key names nobody: an address stands in it as a digest."""

    key = models.CharField(max_length=80, primary_key=True)
    made = models.PositiveIntegerField()
    ends_at = models.DateTimeField()

    objects = AttemptCountQuerySet.as_manager()

    class Meta:
        default_permissions = ()  # nobody edits counts, so no role may be given the right to
        indexes = [models.Index(fields=["ends_at"], name="attempt_counts_by_end")]

    def __str__(self) -> str:
        return f"{self.key}: {self.made}"
