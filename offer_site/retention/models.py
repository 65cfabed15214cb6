"""Wishes to erase, and leaks of personal data (5, 11.4)."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from offer_site.encryption import EncryptedTextField
from offer_site.journal.models import Entry


class ErasureRequestQuerySet(models.QuerySet["ErasureRequest"]):
    def open(self) -> "ErasureRequestQuerySet":
        """Wishes that are neither done nor taken back."""
        return self.filter(done_at=None, withdrawn_at=None)

    def overdue(self, at: datetime) -> "ErasureRequestQuerySet":
        return self.open().filter(due_before__lte=at)


class ErasureRequest(models.Model):
    """A person's wish that their data be erased; what must stay is told with its reason.

    `kept` lists the classes that stayed, with the last day of each, as the person was told.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="erasure_requests",
        verbose_name=_("user"),
    )
    asked_at = models.DateTimeField(_("asked at"))
    due_on = models.DateField(_("answer until"))
    due_before = models.DateTimeField(_("in time before"))
    withdrawn_at = models.DateTimeField(_("taken back at"), null=True, blank=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    kept = models.JSONField(_("what stays, and until when"), default=list)

    objects = ErasureRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("wish to erase")
        verbose_name_plural = _("wishes to erase")
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(done_at=None, withdrawn_at=None),
                name="a_user_has_one_open_wish_to_erase",
            ),
            models.CheckConstraint(
                condition=Q(done_at=None) | Q(withdrawn_at=None),
                name="a_wish_to_erase_is_done_or_taken_back",
            ),
        ]

    def __str__(self) -> str:
        return f"{_('wish to erase')} {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.done_at is None and self.withdrawn_at is None


class ErasedFile(models.Model):
    """A stored file whose time is over: its bytes are deleted after the commit of this row.

    Rows keep its name and digest, which say nothing of a person; the audit finds it here.
    """

    name = models.CharField(_("name"), max_length=200, unique=True)
    order_code = models.CharField(_("order"), max_length=16, db_index=True)
    decided_at = models.DateTimeField(_("decided at"))
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)

    class Meta:
        verbose_name = _("erased file")
        verbose_name_plural = _("erased files")
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["decided_at"], condition=Q(deleted_at=None), name="files_still_to_delete"
            )
        ]

    def __str__(self) -> str:
        return self.name


class LeakQuerySet(models.QuerySet["Leak"]):
    def unreported(self) -> "LeakQuerySet":
        """Leaks of which the authority was not told yet."""
        return self.filter(reported_at=None)

    def overdue(self, at: datetime) -> "LeakQuerySet":
        return self.unreported().filter(due_before__lte=at)


class Leak(models.Model):
    """Personal data that came into others' hands, and who was told of it in time.

    The authority is told within one working day of the discovery, and then the persons concerned.
    The words are encrypted: they may name people.
    """

    happened = EncryptedTextField(_("what happened"))
    data = EncryptedTextField(_("which data, and of whom"))
    measures = EncryptedTextField(_("what was done"))
    contact = models.CharField(_("responsible person, and how to reach them"), max_length=200)
    persons = models.PositiveIntegerField(_("how many persons"))
    orders = models.JSONField(_("orders concerned"), default=list)
    found_at = models.DateTimeField(_("found at"))
    due_on = models.DateField(_("tell the authority until"))
    due_before = models.DateTimeField(_("in time before"))
    calendar_version = models.CharField(_("calendar"), max_length=60)
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    reported_at = models.DateTimeField(_("authority told at"), null=True, blank=True)
    report_number = models.CharField(_("number of the report"), max_length=80, blank=True)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("told by"),
    )
    persons_told_at = models.DateTimeField(_("persons told at"), null=True, blank=True)

    objects = LeakQuerySet.as_manager()

    class Meta:
        verbose_name = _("leak of personal data")
        verbose_name_plural = _("leaks of personal data")
        ordering = ["-found_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reported_at=None, report_number="")
                | Q(reported_at__isnull=False) & ~Q(report_number=""),
                name="a_leak_that_was_reported_names_the_report",
            ),
            models.CheckConstraint(
                condition=Q(recorded_at__gte=models.F("found_at")),
                name="a_leak_is_recorded_after_it_was_found",
            ),
        ]

    def __str__(self) -> str:
        return f"{_('leak of personal data')} {self.pk}"


class Sight(Entry):
    """A row of the journal that says who saw a person's protected data, and what for (5.4)."""

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = _("look at personal data")
        verbose_name_plural = _("who saw personal data")
