"""A bank's file that one person brought: another compares it with the bank afterwards (M13)."""

from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

A_PERSON = "staff:"  # how the journal names one of the staff


class BroughtQuerySet(models.QuerySet[Any]):
    def unseen(self) -> Self:
        """Files that a person brought, and that no other person has compared with the bank."""
        return self.filter(asks_for_look=True, seen_at=None)


class BroughtByOne(models.Model):
    """Who brought a file, and who looked at it; that the two differ is a constraint of each table.

    What a command of the server imports asks for no look: nobody brings it at a desk.
    """

    imported_at = models.DateTimeField(_("imported at"))
    by = models.CharField(_("by"), max_length=80)
    asks_for_look = models.BooleanField(
        _("a second person compares it with the bank"), default=False
    )
    seen_at = models.DateTimeField(_("compared with the bank at"), null=True, blank=True)
    seen_by = models.CharField(_("compared by"), max_length=80, blank=True)

    class Meta:
        abstract = True

    @property
    def is_unseen(self) -> bool:
        return self.asks_for_look and self.seen_at is None


def seen_by_another() -> Q:
    """The condition of each table: seen by somebody else, with the moment, or not at all."""
    return Q(seen_at__isnull=True, seen_by="") | (
        Q(seen_at__isnull=False) & ~Q(seen_by="") & ~Q(seen_by=F("by"))
    )
