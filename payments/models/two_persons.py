"""What one person enters with its document, and another approves or rejects (M12)."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from offer_site.documents import Documented


class EnteredByOne(Documented):
    """A row that counts once a second person approves it.

    That the two differ, and that an approval says by whom, is a constraint of each table.
    """

    reason = models.CharField(_("reason"), max_length=300)
    entered_by = models.CharField(_("entered by"), max_length=80)
    entered_at = models.DateTimeField(_("entered at"))
    approved_by = models.CharField(_("approved by"), max_length=80, blank=True)
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)

    class Meta:
        abstract = True

    def approve(self, *, by: str, at: datetime) -> None:
        """Save who approved it; the caller holds its lock and has asked that it may be."""
        self.approved_by = by
        self.approved_at = at
        self.save(update_fields=["approved_by", "approved_at"])


class DecidedByTwoQuerySet(models.QuerySet[Any]):
    def undecided(self) -> Self:
        """Rows that one person entered and that wait for another."""
        return self.filter(approved_at=None, rejected_at=None)


class DecidedByTwo(EnteredByOne):
    """A row that the second person may also reject, with a reason; it stays as it was."""

    rejected_by = models.CharField(_("rejected by"), max_length=80, blank=True)
    rejected_at = models.DateTimeField(_("rejected at"), null=True, blank=True)
    rejection = models.CharField(_("why it was rejected"), max_length=300, blank=True)

    class Meta:
        abstract = True

    @property
    def is_undecided(self) -> bool:
        return self.approved_at is None and self.rejected_at is None

    def reject(self, *, by: str, at: datetime, reason: str) -> None:
        """Save who rejected it and why; the caller holds its lock, as for `approve`."""
        self.rejected_by = by
        self.rejected_at = at
        self.rejection = reason
        self.save(update_fields=["rejected_by", "rejected_at", "rejection"])
