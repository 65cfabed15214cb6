"""The results of the nightly audit, kept for staff and never changed."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Subquery
from django.utils.translation import gettext_lazy as _

from offer_site.days import almaty_day, start_of_day
from offer_site.evidence import Evidence


class AuditRunQuerySet(models.QuerySet["AuditRun"]):
    def of_today(self, at: datetime) -> "AuditRunQuerySet":
        return self.filter(at__gte=start_of_day(almaty_day(at)))

    def alarming(self) -> "AuditRunQuerySet":
        """The last run, if it found something; what it no longer finds is settled."""
        last = self.model._default_manager.order_by("-pk").values("pk")[:1]
        return self.filter(pk=Subquery(last), found__gt=0)


class AuditRun(Evidence):
    """One audit: its time and what it found false, line by line, without personal values."""

    at = models.DateTimeField(_("at"))
    found = models.PositiveIntegerField(_("found false"))
    answers = models.JSONField(_("what it found"))

    objects = AuditRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit")
        verbose_name_plural = _("audits")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.at:%d.%m.%Y}: {self.found}"

    @property
    def violations(self) -> list[tuple[str, str]]:
        """Everything it found false, each with the id of its line."""
        answers: list[dict[str, Any]] = self.answers
        return [(answer["id"], text) for answer in answers for text in answer["violations"]]
