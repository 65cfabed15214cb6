"""Money by hand as staff work with it: one enters what was seen,
another approves or rejects it (2.6, M12).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import Order
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.forms import ButtonForm
from offer_site.admin.links import moment, person
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.codes import normalize_order_code
from offer_site.documents import DocumentField, hand_out
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor
from offer_site.money import tenge_text
from payments.models import ManualMethod, ManualReceipt, Outcome
from payments.operations.ledger.manual import (
    MoneySeen,
    approve_manual_receipt,
    enter_manual_receipt,
    reject_manual_receipt,
    same_number_elsewhere,
    show_manual_document,
)
from payments.providers.bank_installment.forms import SumField

ENTER = "payments.add_manualreceipt"
DECIDE = "payments.change_manualreceipt"
# Instalments are confirmed from their application, which names the bank and the day that counts.
WAYS = [
    (value, label) for value, label in ManualMethod.choices if value != ManualMethod.INSTALLMENT
]


def order_named(typed: str) -> Order:
    """Find the order whose code was typed or dictated; an error of the form when there is none."""
    code = normalize_order_code(typed)
    order = Order.objects.filter(code=code).first() if code else None
    if order is None:
        raise forms.ValidationError(gettext("There is no order with this code."))
    return order


class MoneyForm(ButtonForm):
    code = forms.CharField(label=_("Code of the order"), max_length=40)
    way = forms.ChoiceField(label=capfirst(_("way of paying")), choices=WAYS)
    reference = forms.CharField(
        label=capfirst(_("number of the operation or document")), max_length=60
    )
    amount = SumField(label=_("Amount, tenge"))
    paid_at = forms.DateTimeField(
        label=capfirst(_("paid at")),
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        help_text=_(
            "As the document states it, Almaty time: this time decides whether the money counts "
            "(4.3)."
        ),
    )
    third_party = forms.CharField(
        label=capfirst(_("third party that took the money")),
        max_length=200,
        required=False,
        help_text=_("Where a third party took it for the academy (2.6), a cash desk above all."),
    )
    third_party_ground = forms.CharField(
        label=capfirst(_("ground on which it takes money for us")),
        max_length=300,
        required=False,
        help_text=_("The contract or the power of attorney, with its number and date."),
    )
    document = DocumentField(label=_("Document"))
    reason = forms.CharField(
        label=_("Reason"), max_length=300, help_text=_("Where it was seen, and why it is by hand.")
    )

    def clean_code(self) -> Order:
        return order_named(self.cleaned_data["code"])


class WhatForForm(ButtonForm):
    reason = forms.CharField(label=_("What do you need it for?"), max_length=200)


class RejectionForm(ButtonForm):
    reason = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )


def approve(receipt: ManualReceipt, values: dict[str, Any], *, by: User, at: datetime) -> str:
    _receipt, outcome = approve_manual_receipt(receipt=receipt, by=by, at=at)
    if outcome == Outcome.UNMATCHED:
        return gettext(
            "The money is in the ledger, but its order did not take it: "
            "it waits for a decision (4.3)."
        )
    return gettext("The money is in the ledger, and its order took it.")


def reject(receipt: ManualReceipt, values: dict[str, Any], *, by: User, at: datetime) -> str:
    reject_manual_receipt(receipt=receipt, reason=values["reason"], by=by, at=at)
    return gettext("It is rejected. Nothing of it reached the ledger.")


def save_document(
    receipt: ManualReceipt, values: dict[str, Any], *, by: User, at: datetime
) -> HttpResponse:
    show_manual_document(receipt=receipt, reason=values["reason"], by=actor(by), at=at)
    return hand_out(receipt, name=f"{receipt.order.code}-{receipt.way}")


def is_undecided(receipt: ManualReceipt) -> bool:
    return receipt.is_undecided


@admin.register(ManualReceipt)
class ManualReceiptAdmin(ReadOnlyAdmin):
    list_display = ["reference", "way", "order", "sum", "paid", "entered", "decided"]
    list_filter = [QuestionFilter, "way", "paid_at"]
    list_select_related = ["order"]
    search_fields = ["reference", "order__code", "third_party"]
    fields = [
        "order_link",
        "way",
        "reference",
        "sum",
        "paid",
        "third_party",
        "third_party_ground",
        "reason",
        "entered",
        "decided",
        "rejection",
        "document_sha256",
    ]
    questions = {
        "undecided": (_("waits for a second person"), lambda receipts, at: receipts.undecided())
    }
    buttons = [
        Button(
            "approval",
            _("Approve"),
            DECIDE,
            approve,
            is_offered=is_undecided,
            note=_(
                "It becomes a receipt of the time at which it was paid. "
                "Who entered it does not approve it."
            ),
            chapters=lambda receipt: [same_number(receipt)],
        ),
        Button("rejection", _("Reject"), DECIDE, reject, RejectionForm, is_offered=is_undecided),
        Button(
            "document",
            _("Save the document"),
            "payments.view_manualreceipt",
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
        """Enter money that was seen; what speaks against it is said at once,
        and again to who approves.
        """
        if not self.has_add_permission(request):
            raise PermissionDenied
        typed = (request.POST, request.FILES) if request.method == "POST" else ()
        form = MoneyForm(*typed, subject=None, initial={"code": request.GET.get("code", "")})
        if form.is_valid():
            said = dict(form.cleaned_data)
            order = said.pop("code")
            document = said.pop("document")
            try:
                receipt, is_new = enter_manual_receipt(
                    order=order,
                    seen=MoneySeen(**said),
                    document=document,
                    by=request.user,  # type: ignore[arg-type]
                    at=timezone.now(),
                )
            except RuleViolation as refused:
                form.add_error(
                    refused.field if refused.field in form.fields else None, str(refused.message)
                )
            else:
                entered = gettext("Entered. Another person approves it.")
                messages.success(request, entered if is_new else gettext("It was entered before."))
                if any(same_number_elsewhere(way=receipt.way, reference=receipt.reference)):
                    messages.warning(
                        request, gettext("This number is known already by another name: see below.")
                    )
                return redirect(self.page_url(receipt))
        return self.answer(
            request,
            None,
            _("Enter money by hand"),
            form=form,
            note=_("Money that no bank tells us of. It counts when another person approves it."),
        )

    def chapters(self, request: HttpRequest, subject: ManualReceipt) -> Sequence[Chapter]:
        return [same_number(subject)]

    @admin.display(description=_("order"))
    def order_link(self, receipt: ManualReceipt) -> str:
        url = reverse("admin:enrollment_order_change", args=[receipt.order_id])
        return format_html('<a href="{}">{}</a>', url, receipt.order.code)

    @admin.display(description=_("amount"), ordering="amount")
    def sum(self, receipt: ManualReceipt) -> str:
        return tenge_text(receipt.amount)

    @admin.display(description=_("paid at"), ordering="paid_at")
    def paid(self, receipt: ManualReceipt) -> str:
        return moment(receipt.paid_at)

    @admin.display(description=_("entered"))
    def entered(self, receipt: ManualReceipt) -> str:
        return format_html("{}, {}", moment(receipt.entered_at), person(receipt.entered_by))

    @admin.display(description=_("decided"))
    def decided(self, receipt: ManualReceipt) -> str:
        return decided_in_words(receipt)


def same_number(receipt: ManualReceipt) -> Chapter:
    """Warn of receipts and transfers that have the same number under another name:
    the same money twice?
    """
    entries, lines = same_number_elsewhere(way=receipt.way, reference=receipt.reference)
    rows = [
        (
            format_html(
                '<a href="{}">{}</a>',
                reverse("admin:payments_ledgerentry_change", args=[each.pk]),
                each,
            ),
            tenge_text(each.amount),
            moment(each.happened_at),
        )
        for each in entries
    ]
    rows += [
        (
            format_html(
                '<a href="{}">{}</a>',
                reverse("admin:payments_statementline_change", args=[each.pk]),
                each,
            ),
            tenge_text(each.amount),
            each.documented_on,
        )
        for each in lines
    ]
    headings = (_("known as"), _("amount"), _("paid at"))
    return Chapter(
        _("the same number elsewhere"), rows, headings, empty=_("Nothing else has this number.")
    )


def by_hand(order: Order) -> Chapter:
    """Tell what was entered by hand for an order, for the order's own page."""
    rows = [
        (
            format_html(
                '<a href="{}">{}</a>',
                reverse("admin:payments_manualreceipt_change", args=[each.pk]),
                each,
            ),
            tenge_text(each.amount),
            moment(each.paid_at),
            decided_in_words(each),
        )
        for each in order.manual_receipts.all()
    ]
    return Chapter(
        _("money by hand"), rows, (_("known as"), _("amount"), _("paid at"), _("decided"))
    )


def decided_in_words(receipt: ManualReceipt) -> str:
    """Say who approved or rejected it, and when."""
    if receipt.approved_at:
        return format_html(
            "{}: {}, {}",
            gettext("approved"),
            moment(receipt.approved_at),
            person(receipt.approved_by),
        )
    if receipt.rejected_at:
        return format_html(
            "{}: {}, {}",
            gettext("rejected"),
            moment(receipt.rejected_at),
            person(receipt.rejected_by),
        )
    return gettext("waits for a second person")
