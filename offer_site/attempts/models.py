"""How often something was tried, for as long as it matters."""

from datetime import date, datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

# Tries of one address in one day that are more than mistakes of a class behind it.
LIKE_A_SEARCH = 100


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


class OrderTriesQuerySet(models.QuerySet["OrderTries"]):
    def like_a_search(self) -> "OrderTriesQuerySet":
        """More than mistakes: so many tries of a day that nobody has looked at yet."""
        return self.filter(made__gte=F("seen_made") + LIKE_A_SEARCH)

    def before(self, day: date) -> "OrderTriesQuerySet":
        return self.filter(day__lt=day)


class OrderTries(models.Model):
    """Tries of one network, in one day, at orders, invoices and requests that are not its own.

    Which codes were tried is not kept: whether there are such orders is nobody's to read here.
    """

    home = models.CharField(
        _("address"), max_length=45, help_text=_("An address, or a subscriber's network of IPv6.")
    )
    day = models.DateField(_("day"))
    made = models.PositiveIntegerField(_("tries"))
    first_at = models.DateTimeField(_("first at"))
    last_at = models.DateTimeField(_("last at"))
    page = models.CharField(_("last page"), max_length=40)
    agent = models.CharField(_("last browser"), max_length=200, blank=True)
    seen_made = models.PositiveIntegerField(_("of them looked at"), default=0)
    seen_at = models.DateTimeField(_("looked at"), null=True, blank=True)
    seen_by = models.CharField(_("looked at by"), max_length=80, blank=True)

    objects = OrderTriesQuerySet.as_manager()

    class Meta:
        verbose_name = _("tries at orders of others")
        verbose_name_plural = _("tries at orders of others")
        ordering = ["-day", "-made"]
        constraints = [
            models.UniqueConstraint(
                fields=["home", "day"], name="an_address_has_one_row_of_tries_a_day"
            ),
            models.CheckConstraint(
                condition=Q(seen_at__isnull=True, seen_by="", seen_made=0)
                | Q(seen_at__isnull=False, seen_made__gt=0) & ~Q(seen_by=""),
                name="tries_that_were_looked_at_say_when_and_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.home or '–'}, {self.day:%d.%m.%Y}: {self.made}"
