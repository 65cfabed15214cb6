"""Transfers typed in from the bank's own application: one person enters, another approves (4.4,
M12).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.admin.documents import document_button
from enrollment.forms.fields import PlainField, SumField, TwelveDigitsField
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.entries import Entered, EnteredAdmin, EntryPage
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.forms import ButtonForm, day_field, text_input
from offer_site.admin.links import linked, moment_by
from offer_site.days import short_day
from offer_site.documents import DocumentField
from offer_site.money import TIYN, tenge_text
from payments.admin.masking import without_iins
from payments.admin.two_persons import EnteredByOneColumns
from payments.models import TypedTransfer
from payments.operations.statements.typed_transfers import (
    TransferSeen,
    approve_transfer,
    enter_transfer,
)

from .files import payer_number, possible_orders

ENTER = "payments.add_typedtransfer"
DECIDE = "payments.change_typedtransfer"


class TypedAmountField(SumField):
    """An amount to the tiyn, so that a file of the bank tells the same one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=TIYN, **kwargs)

    def clean(self, value: Any) -> Any:
        amount = super().clean(value)
        return amount if amount is None else amount.quantize(TIYN)


class TypedTransferForm(ButtonForm):
    documented_on = day_field(
        _("Day of the payment order"),
        help_text=_(
            "As the bank shows it, in Almaty: this day decides whether the money counts (4.3)."
        ),
    )
    amount = TypedAmountField(label=_("Amount, tenge"))
    payer = PlainField(label=_("Payer"), max_length=200)
    payer_id = TwelveDigitsField(
        label=_("Payer's IIN or BIN"),
        required=False,
        help_text=_("Twelve digits, if they are shown."),
    )
    purpose = PlainField(
        label=_("Purpose of the payment"),
        max_length=500,
        widget=text_input(),
        help_text=_("Word for word: the order's code stands in it."),
    )
    number = PlainField(label=_("Number of the payment order"), max_length=40, required=False)
    document = DocumentField(
        label=_("Document"),
        help_text=_("What shows the transfer: PDF, JPEG or PNG, at most 10 MB."),
    )
    reason = PlainField(
        label=_("Reason"), max_length=300, help_text=_("Where it was seen, and why it is by hand.")
    )
    is_another = forms.BooleanField(
        label=_("It is another transfer, even if it looks like one that is known"), required=False
    )


def enter(values: dict[str, Any], *, by: User, at: datetime) -> Entered:
    """A transfer that the bank gives no file of. A known one is refused beside the box that says
    so.
    """
    transfer = dict(values)
    document = transfer.pop("document")
    reason = transfer.pop("reason")
    is_another = transfer.pop("is_another")
    line = enter_transfer(
        transfer=TransferSeen(**transfer),
        reason=reason,
        document=document,
        is_another=is_another,
        by=by,
        at=at,
    )
    return Entered(gettext("Entered. Another person approves it."), page=line.typed)


def approve(typed: TypedTransfer, values: dict[str, Any], *, by: User, at: datetime) -> str:
    code = approve_transfer(line=typed.line, by=by, at=at)
    if code:
        return gettext("The transfer is given to the order %(code)s.") % {"code": code}
    return gettext("Approved. No order took it by itself: it waits among the incoming transfers.")


def is_undecided(typed: TypedTransfer) -> bool:
    return TypedTransfer.objects.undecided().filter(pk=typed.pk).exists()


def as_typed(typed: TypedTransfer) -> Chapter:
    """What a second person compares with the document; the payer's number in part (5.4)."""
    line = typed.line
    rows = [
        (_("day of the payment order"), short_day(line.documented_on)),
        (_("amount"), tenge_text(line.amount)),
        (_("payer"), without_iins(line.facts["payer"])),
        (_("payer's IIN or BIN"), payer_number(line)),
        (_("purpose of the payment"), without_iins(line.facts["purpose"])),
        (_("number of the payment order"), line.number or "–"),
        (
            _("entered"),
            format_html("{}: {}", moment_by(typed.entered_at, typed.entered_by), typed.reason),
        ),
    ]
    return Chapter(_("as it was typed in"), rows)


@admin.register(TypedTransfer)
class TypedTransferAdmin(EnteredByOneColumns, EnteredAdmin):
    list_display = ["day", "sum", "codes", "state", "entered", "approved"]
    list_filter = [QuestionFilter, "entered_at"]
    list_select_related = ["line__order"]
    search_fields = ["line__number", "line__codes"]
    fields = [
        "line_link",
        "day",
        "sum",
        "payer",
        "purpose",
        "state",
        "reason",
        "entered",
        "approved",
        "told_in",
        "document_sha256",
    ]
    questions = {"undecided": (_("waits for a second person"), lambda typed, at: typed.undecided())}
    buttons = [
        Button(
            "approval",
            _("Approve"),
            permission=DECIDE,
            operate=approve,
            is_offered=is_undecided,
            note=_(
                "Compare it with the document and the bank. Who entered it does not approve it; "
                "what is wrong is "
                "set aside on the transfer's own page."
            ),
            chapters=lambda typed: [as_typed(typed), possible_orders(typed.line)],
        ),
        document_button(
            "payments.view_typedtransfer", file_name=lambda typed: f"transfer-{typed.pk}"
        ),
    ]
    entry_page = EntryPage(
        _("Enter an incoming transfer"),
        permission=ENTER,
        form=TypedTransferForm,
        enter=enter,
        note=_(
            "For a bank that gives no file. It counts when another person approves it, or when "
            "a file of the bank tells of it word for word."
        ),
    )

    def chapters(self, request: HttpRequest, subject: TypedTransfer) -> Sequence[Chapter]:
        return [possible_orders(subject.line)] if is_undecided(subject) else []

    @admin.display(description=_("incoming transfer"))
    def line_link(self, typed: TypedTransfer) -> str:
        return linked(typed.line)

    @admin.display(description=_("day of the payment order"), ordering="line__documented_on")
    def day(self, typed: TypedTransfer) -> str:
        return short_day(typed.line.documented_on)

    @admin.display(description=_("amount"), ordering="line__amount")
    def sum(self, typed: TypedTransfer) -> str:
        return tenge_text(typed.line.amount)

    @admin.display(description=_("order codes in the purpose"))
    def codes(self, typed: TypedTransfer) -> str:
        return typed.line.codes

    @admin.display(description=_("payer"))
    def payer(self, typed: TypedTransfer) -> str:
        return without_iins(typed.line.facts["payer"])

    @admin.display(description=_("purpose of the payment"))
    def purpose(self, typed: TypedTransfer) -> str:
        return without_iins(typed.line.facts["purpose"])

    @admin.display(description=_("state"))
    def state(self, typed: TypedTransfer) -> str:
        return typed.line.get_state_display()
