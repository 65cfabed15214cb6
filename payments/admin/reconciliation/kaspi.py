"""Kaspi's registries as staff work with them: a file goes in,
each of its days is shown three ways (M1, 4.4).
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.entries import Entered, EnteredAdmin, EntryPage
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.forms import ButtonForm, ImportedFileField
from offer_site.admin.links import linked, person
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.days import short_day
from offer_site.journal.operations import actor
from offer_site.money import tenge_text
from payments.admin.looks import seen_text
from payments.models import KaspiRegistry, KaspiRow, ReconciliationDifference
from payments.operations.reconciliation.kaspi_registry import (
    PROVIDER,
    days_of,
    import_kaspi_registry,
    kaspi_day,
    see_registry,
)


class KaspiRegistryForm(ButtonForm):
    file = ImportedFileField(label=_("Registry of Kaspi: a table as CSV"))


def import_registry(values: dict[str, Any], *, by: User, at: datetime) -> Entered:
    file = values["file"]
    report = import_kaspi_registry(content=file.read(), name=file.name, by=actor(by), at=at)
    standing = sum(len(kept.standing) for kept in report.days)
    imported = gettext("Imported.") if report.is_new else gettext("This file was imported before.")
    differs = ngettext("%(count)d difference stands.", "%(count)d differences stand.", standing)
    message = f"{imported} {differs % {'count': standing}}"
    if standing:
        return Entered(warning=message, page=report.registry)
    return Entered(message, page=report.registry)


def see(registry: KaspiRegistry, values: dict[str, Any], *, by: User, at: datetime) -> str:
    report = see_registry(registry=registry, by=by, at=at)
    standing = sum(len(kept.standing) for kept in report.days)
    differs = ngettext("%(count)d difference stands.", "%(count)d differences stand.", standing)
    return f"{gettext('Compared.')} {differs % {'count': standing}}"


@admin.register(KaspiRegistry)
class KaspiRegistryAdmin(EnteredAdmin):
    list_display = ["name", "since", "until", "payments", "imported_at", "imported_by", "seen"]
    list_filter = [QuestionFilter]
    search_fields = ["name"]
    fields = ["name", "since", "until", "payments", "imported_at", "imported_by", "seen", "sha256"]
    questions = {
        "to-see": (_("to be compared with the bank"), lambda files, at: files.unseen()),
    }
    buttons = [
        Button(
            "seen",
            _("I have compared it with the bank"),
            permission="payments.change_kaspiregistry",
            operate=see,
            is_offered=lambda registry: registry.is_unseen,
            note=_(
                "Open Kaspi's own application and compare the sums of each day. What is not there "
                "and paid an order, two persons correct in the ledger. Who imported the registry "
                "does not compare it."
            ),
            chapters=lambda registry: [three_ways(days_of(registry))],
        ),
    ]
    entry_page = EntryPage(
        _("Import a registry of Kaspi"),
        permission="payments.add_kaspiregistry",
        form=KaspiRegistryForm,
        enter=import_registry,
        note=_(
            "The file is imported whole or refused whole. Money that the ledger does not know "
            "is recorded."
        ),
        blamed="file",
    )

    @admin.display(description=_("by"))
    def imported_by(self, registry: KaspiRegistry) -> str:
        return person(registry.by)

    @admin.display(description=_("compared with the bank"))
    def seen(self, registry: KaspiRegistry) -> str:
        return seen_text(registry)

    def chapters(self, request: HttpRequest, subject: KaspiRegistry) -> Sequence[Chapter]:
        days = days_of(subject)
        return [three_ways(days), differences(days)]


@admin.register(KaspiRow)
class KaspiRowAdmin(ReadOnlyAdmin):
    list_display = ["txn_id", "paid_at", "account", "sum", "commission_text", "registry"]
    list_filter = ["paid_at"]
    list_select_related = ["registry"]
    search_fields = ["txn_id", "account"]
    fields = ["txn_id", "paid_at", "account", "sum", "commission_text", "registry", "line"]

    @admin.display(description=_("amount"), ordering="amount")
    def sum(self, row: KaspiRow) -> str:
        return tenge_text(row.amount)

    @admin.display(description=_("bank's commission"), ordering="commission")
    def commission_text(self, row: KaspiRow) -> str:
        return "–" if row.commission is None else tenge_text(row.commission)


def three_ways(days: Sequence[date]) -> Chapter:
    """Day by day: what the bank took, what it keeps, what it should transfer, and what came."""
    rows = []
    for day in days:
        totals = kaspi_day(day)
        lines = format_html_join(
            ", ", "{}", ((linked(line, short_day(line.documented_on)),) for line in totals.lines)
        )
        came = (
            _("has not come yet")
            if totals.came is None
            else format_html("{} ({})", tenge_text(totals.came), lines)
        )
        rows.append(
            (
                short_day(day),
                tenge_text(totals.gross),
                tenge_text(totals.commission),
                tenge_text(totals.net),
                came,
                "–" if totals.difference is None else tenge_text(totals.difference),
            )
        )
    headings = (
        _("day"),
        _("taken from payers"),
        _("bank's commission"),
        _("expected on the account"),
        _("came to the account"),
        _("difference"),
    )
    return Chapter(_("day by day"), rows, headings)


def differences(days: Sequence[date]) -> Chapter:
    """What the registry and the ledger say differently of these days, and what was mended."""
    of_days: QuerySet[ReconciliationDifference] = ReconciliationDifference.objects.filter(
        provider=PROVIDER, reconciliation__day__in=days
    )
    rows = [
        (
            each.get_kind_display(),
            each.reference,
            each.invoice_id or "–",
            _amount(each.amount_there),
            _amount(each.amount_here),
            standing(each),
        )
        for each in of_days.order_by("-pk")[:200]
    ]
    headings = (
        _("what differs"),
        _("provider's reference"),
        _("order"),
        _("there"),
        _("in the ledger"),
        _("now"),
    )
    return Chapter(
        _("differences"), rows, headings, empty=_("The registry and the ledger say the same.")
    )


def standing(difference: ReconciliationDifference) -> Any:
    if difference.vanished_at:
        return _("mended")
    return _("explained") if difference.settled_at else _("stands")


def _amount(amount: Any) -> str:
    return "–" if amount is None else tenge_text(amount)
