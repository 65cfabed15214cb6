"""Money by hand as staff work with it: one enters what was seen,
another approves or rejects it (2.6, M12).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.admin.documents import document_button
from enrollment.forms.fields import OrderField, SumField
from enrollment.models import Order
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.entries import Entered, EnteredAdmin, EntryPage
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.forms import ButtonForm, ReasonForm, moment_field, seen_by_hand_field
from offer_site.admin.links import linked, linked_order, moment, moment_by
from offer_site.days import short_day
from offer_site.documents import DocumentField
from offer_site.money import tenge_text
from payments.admin.two_persons import DecidedByTwoColumns
from payments.models import ManualMethod, ManualReceipt, Outcome
from payments.operations.ledger.manual import (
    MoneySeen,
    approve_manual_receipt,
    enter_manual_receipt,
    probably_known,
    reject_manual_receipt,
    same_number_elsewhere,
)

ENTER = "payments.add_manualreceipt"
DECIDE = "payments.change_manualreceipt"
# A bank's credit is confirmed from its application, which names the bank and the day that counts.
METHODS = [
    (value, label) for value, label in ManualMethod.choices if value != ManualMethod.INSTALLMENT
]


def another_money_field() -> forms.BooleanField:
    """The box of a person who has compared money with what is known of its order."""
    return forms.BooleanField(
        label=_("It is other money, even if it looks like money that is known"), required=False
    )


class MoneySeenForm(ButtonForm):
    code = OrderField()
    way = forms.ChoiceField(label=capfirst(_("way of paying")), choices=METHODS)
    reference = forms.CharField(
        label=capfirst(_("number of the operation or document")), max_length=60
    )
    amount = SumField(label=_("Amount, tenge"))
    paid_at = moment_field(
        capfirst(_("paid at")),
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
    reason = seen_by_hand_field()
    is_another = another_money_field()


class ApprovalForm(ButtonForm):
    is_another = another_money_field()


def enter(values: dict[str, Any], *, by: User, at: datetime) -> Entered:
    """What speaks against the money is shown at once, and again to the person who approves."""
    money = dict(values)
    money["method"] = money.pop("way")
    order = money.pop("code")
    document = money.pop("document")
    is_another = money.pop("is_another")
    receipt, is_new = enter_manual_receipt(
        order=order,
        money=MoneySeen(**money),
        document=document,
        is_another=is_another,
        by=by,
        at=at,
    )
    is_known = any(same_number_elsewhere(method=receipt.way, reference=receipt.reference))
    entered = gettext("Entered. Another person approves it.")
    return Entered(
        entered if is_new else gettext("It was entered before."),
        warning=gettext("This number is known already by another name: see below.")
        if is_known
        else "",
        page=receipt,
    )


def approve(receipt: ManualReceipt, values: dict[str, Any], *, by: User, at: datetime) -> str:
    _receipt, outcome = approve_manual_receipt(receipt=receipt, by=by, at=at, **values)
    if outcome == Outcome.UNMATCHED:
        return gettext(
            "The money is in the ledger, but its order did not take it: "
            "it waits for a decision (4.3)."
        )
    return gettext("The money is in the ledger, and its order took it.")


def reject(receipt: ManualReceipt, values: dict[str, Any], *, by: User, at: datetime) -> str:
    reject_manual_receipt(receipt=receipt, reason=values["reason"], by=by, at=at)
    return gettext("It is rejected. Nothing of it reached the ledger.")


def is_undecided(receipt: ManualReceipt) -> bool:
    return receipt.is_undecided


@admin.register(ManualReceipt)
class ManualReceiptAdmin(DecidedByTwoColumns, EnteredAdmin):
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
            permission=DECIDE,
            operate=approve,
            form=ApprovalForm,
            is_offered=is_undecided,
            note=_(
                "It becomes a receipt of the time at which it was paid. "
                "Who entered it does not approve it."
            ),
            chapters=lambda receipt: [*money_alike(receipt), same_number(receipt)],
        ),
        Button(
            "rejection",
            _("Reject"),
            permission=DECIDE,
            operate=reject,
            form=ReasonForm,
            is_offered=is_undecided,
        ),
        document_button(
            "payments.view_manualreceipt",
            file_name=lambda receipt: f"{receipt.order.code}-{receipt.way}",
        ),
    ]
    entry_page = EntryPage(
        _("Enter money by hand"),
        permission=ENTER,
        form=MoneySeenForm,
        enter=enter,
        note=_("Money that no bank tells us of. It counts when another person approves it."),
        begin_with=["code"],
    )

    def chapters(self, request: HttpRequest, subject: ManualReceipt) -> Sequence[Chapter]:
        return [*(money_alike(subject) if subject.is_undecided else []), same_number(subject)]

    @admin.display(description=_("order"))
    def order_link(self, receipt: ManualReceipt) -> str:
        return linked_order(receipt)

    @admin.display(description=_("amount"), ordering="amount")
    def sum(self, receipt: ManualReceipt) -> str:
        return tenge_text(receipt.amount)

    @admin.display(description=_("paid at"), ordering="paid_at")
    def paid(self, receipt: ManualReceipt) -> str:
        return moment(receipt.paid_at)

    @admin.display(description=_("decided"))
    def decided(self, receipt: ManualReceipt) -> str:
        return decided_in_words(receipt)


def money_alike(receipt: ManualReceipt) -> list[Chapter]:
    """Money of the order that this is probably the same as."""
    known = probably_known(receipt)
    if known is None:
        return []
    row = (linked(known.row), tenge_text(known.telling.amount), short_day(known.telling.days[0]))
    headings = (_("known as"), _("amount"), _("day"))
    return [Chapter(_("probably the same money as"), [row], headings)]


def same_number(receipt: ManualReceipt) -> Chapter:
    """Receipts and transfers with the same number under another name: the same money twice?"""
    entries, lines = same_number_elsewhere(method=receipt.way, reference=receipt.reference)
    rows = [
        (
            linked(each),
            tenge_text(each.amount),
            moment(each.happened_at),
        )
        for each in entries
    ]
    rows += [
        (
            linked(each),
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
    """For the order's own page."""
    rows = [
        (
            linked(each),
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
    if receipt.approved_at:
        decided = moment_by(receipt.approved_at, receipt.approved_by)
        return format_html("{}: {}", gettext("approved"), decided)
    if receipt.rejected_at:
        decided = moment_by(receipt.rejected_at, receipt.rejected_by)
        return format_html("{}: {}", gettext("rejected"), decided)
    return gettext("waits for a second person")
