"""The columns of what one person entered and another decided (M12)."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from offer_site.admin.links import moment_by
from payments.models.two_persons import DecidedByTwo, EnteredByOne


class EnteredByOneColumns:
    @admin.display(description=_("entered"), ordering="entered_at")
    def entered(self, row: EnteredByOne) -> str:
        return moment_by(row.entered_at, row.entered_by)

    @admin.display(description=_("approved"), ordering="approved_at")
    def approved(self, row: EnteredByOne) -> str:
        return moment_by(row.approved_at, row.approved_by)


class DecidedByTwoColumns(EnteredByOneColumns):
    @admin.display(description=_("rejected"), ordering="rejected_at")
    def rejected(self, row: DecidedByTwo) -> str:
        return moment_by(row.rejected_at, row.rejected_by)
