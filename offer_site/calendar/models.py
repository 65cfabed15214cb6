"""Days that staff recorded as working or off, against the `holidays` library."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from offer_site.days import short_day

from .rules import Calendar


class DayExceptionQuerySet(models.QuerySet["DayException"]):
    def standing(self) -> "DayExceptionQuerySet":
        """Exceptions in force: recorded and not removed."""
        return self.filter(removed_at__isnull=True)

    def on(self, day: date) -> "DayExceptionQuerySet":
        return self.filter(day=day)

    def as_calendar(self) -> Calendar:
        """The working days of the law with these exceptions; one query."""
        days: dict[bool, set[date]] = {True: set(), False: set()}
        for day, is_working in self.values_list("day", "is_working"):
            days[is_working].add(day)
        return Calendar(worked=frozenset(days[True]), off=frozenset(days[False]))


class DayException(models.Model):
    """One day of a government's transfer, with the document that orders it.

    A removed exception stays as a row, so that a deadline counted with it can be counted again
    (D1).
    """

    day = models.DateField(_("day"))
    is_working = models.BooleanField(_("is a working day"), default=False)
    name_kk = models.CharField(_("name in Kazakh"), max_length=120)
    name_ru = models.CharField(_("name in Russian"), max_length=120)
    source = models.CharField(_("document"), max_length=300)
    recorded_by = models.CharField(_("recorded by"), max_length=80)
    recorded_at = models.DateTimeField(_("recorded at"))
    removed_by = models.CharField(_("removed by"), max_length=80, blank=True)
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    objects = DayExceptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("exception to the calendar")
        verbose_name_plural = _("exceptions to the calendar")
        ordering = ["-day", "-recorded_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["day"],
                condition=Q(removed_at__isnull=True),
                name="a_day_has_one_standing_exception",
            ),
            models.CheckConstraint(
                condition=~Q(source="") & ~Q(name_kk="") & ~Q(name_ru=""),
                name="a_day_exception_has_its_names_and_document",
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, removed_by="")
                | (Q(removed_at__isnull=False) & ~Q(removed_by="")),
                name="a_removed_day_exception_says_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return short_day(self.day)

    @property
    def is_standing(self) -> bool:
        return self.removed_at is None

    def says_the_same_as(
        self, *, is_working: bool, name_kk: str, name_ru: str, source: str
    ) -> bool:
        """True if recording these facts again would change nothing."""
        mine = (self.is_working, self.name_kk, self.name_ru, self.source)
        return mine == (is_working, name_kk, name_ru, source)
