"""A term of the offer: its clause, when it is due and who owes it (D1)."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from .order import Order


class Debtor(models.TextChoices):
    ACADEMY = "academy", _("the academy")
    USER = "user", _("the user")


class DeadlineQuerySet(models.QuerySet["Deadline"]):
    def running(self) -> "DeadlineQuerySet":
        return self.filter(met_at=None)

    def overdue(self, at: datetime) -> "DeadlineQuerySet":
        return self.running().filter(due_before__lte=at)

    def due_within(self, at: datetime, until: datetime) -> "DeadlineQuerySet":
        return self.running().filter(due_before__gt=at, due_before__lte=until)


class Deadline(models.Model):
    """One term; `due_on` can be recomputed from the event, the days and the calendar's version."""

    order = models.ForeignKey(
        Order, models.PROTECT, related_name="deadlines", verbose_name=_("order")
    )
    clause = models.CharField(_("clause"), max_length=20)
    occasion = models.CharField(_("occasion"), max_length=40, default="first")
    owed_by = models.CharField(_("owed by"), max_length=8, choices=Debtor)
    event_on = models.DateField(_("counted from"))
    days = models.PositiveSmallIntegerField(_("days"))
    in_working_days = models.BooleanField(_("in working days"))
    due_on = models.DateField(_("last day"))
    due_before = models.DateTimeField(_("in time before"))
    calendar_version = models.CharField(_("calendar"), max_length=60)
    opened_at = models.DateTimeField(_("opened at"))
    met_at = models.DateTimeField(_("met at"), null=True, blank=True)
    # What closed the term without meeting it: a question of 9.5. Then `met_at` is the moment when
    # it stopped.
    stopped_for = models.CharField(_("stopped for"), max_length=40, blank=True)

    objects = DeadlineQuerySet.as_manager()

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        ordering = ["due_before"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "clause", "occasion"], name="a_term_runs_once_an_occasion"
            ),
            models.CheckConstraint(
                condition=models.Q(stopped_for="") | models.Q(met_at__isnull=False),
                name="a_stopped_term_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order}: {self.clause}, {self.due_on:%d.%m.%Y}"
