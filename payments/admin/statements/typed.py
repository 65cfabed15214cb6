"""Transfers typed in from the bank's own application: one person enters, another approves (4.4,
M12).
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.forms.fields import PlainField, TwelveDigitsField
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.forms import ButtonForm
from offer_site.admin.links import moment, person
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.days import almaty_day, short_day
from offer_site.documents import DocumentField, hand_out
from offer_site.errors import RuleViolation
from offer_site.money import TIYN, tenge_text
from payments.models import TypedTransfer
from payments.operations.statements.typed_transfers import (
    TransferSeen,
    approve_transfer,
    enter_transfer,
    show_transfer_document,
)

from .files import possible_orders

ENTER = "payments.add_typedtransfer"
DECIDE = "payments.change_typedtransfer"


class TypedAmountField(forms.DecimalField):
    """An amount in tenge as people type it: «149 990», «149990,00»."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(max_digits=14, decimal_places=2, min_value=TIYN, widget=widget, **kwargs)

    def to_python(self, value: Any) -> Any:
        return super().to_python(
            "".join(str(value or "").split()).replace(",", ".").removesuffix("₸")
        )

    def clean(self, value: Any) -> Any:
        amount = super().clean(value)
        return amount if amount is None else amount.quantize(TIYN)


class TransferForm(ButtonForm):
    documented_on = forms.DateField(
        label=_("Day of the payment order"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
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
        widget=forms.Textarea(attrs={"rows": 3}),
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

    def clean_documented_on(self) -> date:
        day: date = self.cleaned_data["documented_on"]
        if not 0 <= (almaty_day(timezone.now()) - day).days < 366:
            raise forms.ValidationError(gettext("The day lies ahead, or more than a year back."))
        return day


class WhatForForm(ButtonForm):
    reason = forms.CharField(label=_("What do you need it for?"), max_length=200)


def approve(typed: TypedTransfer, values: dict[str, Any], *, by: User, at: datetime) -> str:
    code = approve_transfer(line=typed.line, by=by, at=at)
    if code:
        return gettext("The transfer is given to the order %(code)s.") % {"code": code}
    return gettext("Approved. No order took it by itself: it waits among the incoming transfers.")


def save_document(
    typed: TypedTransfer, values: dict[str, Any], *, by: User, at: datetime
) -> HttpResponse:
    return hand_out(
        show_transfer_document(line=typed.line, reason=values["reason"], by=by, at=at),
        name=f"transfer-{typed.pk}",
    )


def is_undecided(typed: TypedTransfer) -> bool:
    return TypedTransfer.objects.undecided().filter(pk=typed.pk).exists()


def as_typed(typed: TypedTransfer) -> Chapter:
    """Show what a second person compares with the document; of the payer's number,
    what is enough (5.4).
    """
    line = typed.line
    number = line.facts["payer_id"]
    rows = [
        (_("day of the payment order"), short_day(line.documented_on)),
        (_("amount"), tenge_text(line.amount)),
        (_("payer"), line.facts["payer"]),
        (_("payer's IIN or BIN"), f"{'•' * (len(number) - 4)}{number[-4:]}" if number else "–"),
        (_("purpose of the payment"), line.facts["purpose"]),
        (_("number of the payment order"), line.number or "–"),
        (
            _("entered"),
            format_html(
                "{}, {}: {}", moment(typed.entered_at), person(typed.entered_by), typed.reason
            ),
        ),
    ]
    return Chapter(_("as it was typed in"), rows)


@admin.register(TypedTransfer)
class TypedTransferAdmin(ReadOnlyAdmin):
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
            DECIDE,
            approve,
            is_offered=is_undecided,
            note=_(
                "Compare it with the document and the bank. Who entered it does not approve it; "
                "what is wrong is "
                "set aside on the transfer's own page."
            ),
            chapters=lambda typed: [as_typed(typed), possible_orders(typed.line)],
        ),
        Button(
            "document",
            _("Save the document"),
            "payments.view_typedtransfer",
            save_document,
            WhatForForm,
            _(
                "It may state an IIN, an address or an account. The journal keeps who saw it and "
                "what for (5.4)."
            ),
        ),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(ENTER)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Enter a transfer that the bank gives no file of;
        a known one is refused beside the box that says so.
        """
        if not self.has_add_permission(request):
            raise PermissionDenied
        typed = (request.POST, request.FILES) if request.method == "POST" else ()
        form = TransferForm(*typed, subject=None)
        if form.is_valid():
            said = dict(form.cleaned_data)
            document, reason, is_another = (
                said.pop(name) for name in ("document", "reason", "is_another")
            )
            try:
                line = enter_transfer(
                    seen=TransferSeen(**said),
                    reason=reason,
                    document=document,
                    is_another=is_another,
                    by=request.user,
                    at=timezone.now(),
                )
            except RuleViolation as refused:
                form.add_error(
                    refused.field if refused.field in form.fields else None, str(refused.message)
                )
            else:
                messages.success(request, gettext("Entered. Another person approves it."))
                return redirect(self.page_url(line.typed))
        return self.answer(
            request,
            None,
            _("Enter an incoming transfer"),
            form=form,
            note=_(
                "For a bank that gives no file. It counts when another person approves it, or when "
                "a file of "
                "the bank tells of it word for word."
            ),
        )

    def chapters(self, request: HttpRequest, subject: TypedTransfer) -> Sequence[Chapter]:
        return [possible_orders(subject.line)] if is_undecided(subject) else []

    @admin.display(description=_("incoming transfer"))
    def line_link(self, typed: TypedTransfer) -> str:
        url = reverse("admin:payments_statementline_change", args=[typed.line_id])
        return format_html('<a href="{}">{}</a>', url, typed.line)

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
        return typed.line.facts["payer"]

    @admin.display(description=_("purpose of the payment"))
    def purpose(self, typed: TypedTransfer) -> str:
        return typed.line.facts["purpose"]

    @admin.display(description=_("state"))
    def state(self, typed: TypedTransfer) -> str:
        return typed.line.get_state_display()

    @admin.display(description=_("entered"))
    def entered(self, typed: TypedTransfer) -> str:
        return format_html("{}, {}", moment(typed.entered_at), person(typed.entered_by))

    @admin.display(description=_("approved"))
    def approved(self, typed: TypedTransfer) -> str:
        if typed.approved_at is None:
            return "–"
        return format_html("{}, {}", moment(typed.approved_at), person(typed.approved_by))
