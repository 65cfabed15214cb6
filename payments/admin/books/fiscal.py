"""Receipts of the cash register as staff keep them: entered on the page of their money,
or imported as a file.
"""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.entries import Entered, EntryPage, show_entry_page
from offer_site.admin.forms import ButtonForm, ImportedFileField, moment_field
from offer_site.admin.links import linked, moment, person
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.journal.operations import actor
from offer_site.money import tenge_text
from payments.models import EntryKind, FiscalOrigin, FiscalReceipt, LedgerEntry
from payments.models.fiscal import lacking_fiscal_receipt
from payments.operations.books.fiscal import ReceiptFacts, record_fiscal_receipt
from payments.operations.books.fiscal_import import import_fiscal_receipts
from payments.operations.ledger.bounds import is_owner

RIGHT = "payments.add_fiscalreceipt"
LACKING_RECEIPT = (_("the fiscal receipt is missing"), lacking_fiscal_receipt)


class FiscalReceiptForm(ButtonForm):
    number = forms.CharField(label=_("Receipt number"), max_length=40)
    sign = forms.CharField(label=_("Fiscal sign"), max_length=40)
    issued_at = moment_field(_("Issued at"))
    link = forms.URLField(
        label=_("Link to the receipt"), max_length=300, required=False, assume_scheme="https"
    )
    register = forms.CharField(label=_("Cash register"), max_length=40, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Begin with the receipt that is there: what is sent corrects it."""
        super().__init__(*args, **kwargs)
        known = standing_of(self.subject)
        if known:
            for name in self.fields:
                self.fields[name].initial = getattr(known, name)


class FiscalFileForm(ButtonForm):
    file = ImportedFileField(label=_("File of the cash register, CSV in UTF-8"))


def standing_of(entry: LedgerEntry | None) -> FiscalReceipt | None:
    return FiscalReceipt.objects.standing().filter(entry=entry).first() if entry else None


def enter_receipt(entry: LedgerEntry, values: dict[str, Any], *, by: User, at: datetime) -> str:
    _receipt, is_new = record_fiscal_receipt(
        entry=entry,
        facts=ReceiptFacts(**values),
        origin=FiscalOrigin.ENTERED,
        corrects=standing_of(entry),
        may_be_old=is_owner(by),
        by=actor(by),
        at=at,
    )
    return (
        gettext("The fiscal receipt is recorded.")
        if is_new
        else gettext("This receipt is known already.")
    )


ENTER_RECEIPT = Button(
    "fiscal-receipt",
    _("Enter the fiscal receipt"),
    permission=RIGHT,
    operate=enter_receipt,
    form=FiscalReceiptForm,
    note=_(
        "As the cash register printed it. If one is known already, this one corrects it; "
        "the old one stays on record."
    ),
    is_offered=lambda entry: entry.kind != EntryKind.CORRECTION,
)


def fiscal_receipts(entry: LedgerEntry) -> Chapter:
    rows = [
        (
            each.get_kind_display(),
            each.number,
            each.sign,
            moment(each.issued_at),
            receipt_link(each),
            each.register or "–",
            each.get_origin_display(),
            person(each.by),
            gettext("corrected") if hasattr(each, "correction") else gettext("in force"),
        )
        for each in entry.fiscal_receipts.select_related("correction").order_by("pk")
    ]
    headings = (
        _("kind"),
        _("receipt number"),
        _("fiscal sign"),
        _("issued at"),
        _("link to the receipt"),
        _("cash register"),
        _("how it came"),
        _("by"),
        _("state"),
    )
    return Chapter(_("fiscal receipts"), rows, headings)


def fees(entry: LedgerEntry) -> list[Chapter]:
    """What the provider kept; no chapter where it reported nothing."""
    rows = [
        (tenge_text(fee.amount), fee.get_source_display(), moment(fee.told_at))
        for fee in entry.fees.all()
    ]
    return (
        [Chapter(_("providers' fees"), rows, (_("fee"), _("source"), _("told at")))] if rows else []
    )


def receipt_link(receipt: FiscalReceipt) -> str:
    if not receipt.link:
        return "–"
    return format_html(
        '<a href="{}" rel="noopener noreferrer">{}</a>', receipt.link, gettext("open")
    )


def import_receipts(values: dict[str, Any], *, by: User, at: datetime) -> Entered:
    """Take a file of the cash register: the lines that were left stand below the form."""
    report = import_fiscal_receipts(content=values["file"].read(), by=actor(by), at=at)
    recorded = ngettext(
        "%(count)d receipt is recorded.", "%(count)d receipts are recorded.", report.recorded
    )
    left = Chapter(_("lines that were left"), report.left, (_("line"), _("why")))
    return Entered(recorded % {"count": report.recorded}, chapters=[left] if report.left else ())


IMPORT_RECEIPTS = EntryPage(
    _("Import fiscal receipts"),
    permission=RIGHT,
    form=FiscalFileForm,
    enter=import_receipts,
    note=_(
        "Columns: receipt number, fiscal sign, date and time, amount, and the bank's "
        "operation number or the order. The same file again adds nothing."
    ),
    blamed="file",
)


@admin.register(FiscalReceipt)
class FiscalReceiptAdmin(ReadOnlyAdmin):
    list_display = [
        "number",
        "sign",
        "kind",
        "amount",
        "entry_link",
        "issued_at",
        "register",
        "origin",
        "is_standing",
    ]
    list_filter = ["kind", "origin", "issued_at"]
    list_select_related = ["entry", "correction"]
    search_fields = ["number", "sign", "entry__reference", "entry__allocations__order__code"]
    fields = [
        "number",
        "sign",
        "kind",
        "amount",
        "entry_link",
        "issued_at",
        "open",
        "register",
        "origin",
        "corrects",
        "is_standing",
        "recorded_by",
        "recorded_at",
    ]

    change_list_template = "admin/fiscal_receipts.html"

    def get_urls(self) -> list[URLPattern]:
        take = self.admin_site.admin_view(self.take_file)
        return [path("import/", take, name="payments_fiscalreceipt_import"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        may_import = {"may_import": request.user.has_perm(RIGHT)}  # type: ignore[union-attr]
        return super().changelist_view(request, may_import | (extra_context or {}))

    @admin.display(description=_("amount"))
    def amount(self, receipt: FiscalReceipt) -> str:
        return tenge_text(receipt.entry.amount)

    @admin.display(description=_("ledger entry"))
    def entry_link(self, receipt: FiscalReceipt) -> str:
        return linked(receipt.entry)

    @admin.display(description=_("link to the receipt"))
    def open(self, receipt: FiscalReceipt) -> str:
        return receipt_link(receipt)

    @admin.display(description=_("in force"), boolean=True)
    def is_standing(self, receipt: FiscalReceipt) -> bool:
        return not hasattr(receipt, "correction")

    @admin.display(description=_("by"))
    def recorded_by(self, receipt: FiscalReceipt) -> str:
        return person(receipt.by)

    def take_file(self, request: HttpRequest) -> HttpResponse:
        return show_entry_page(self, request, IMPORT_RECEIPTS)
