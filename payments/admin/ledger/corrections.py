"""Wrong entries of the ledger: one person proposes a counter-entry, another approves it (M12)."""

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
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.forms import KeptReasonForm, ReasonForm
from offer_site.admin.links import linked, moment_by, page_url
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.documents import DocumentField
from offer_site.money import tenge_text
from payments.admin.two_persons import DecidedByTwoColumns
from payments.models import Allocation, EntryKind, LedgerCorrection, LedgerEntry, RefundPayout
from payments.operations.ledger.corrections import (
    approve_correction,
    can_be_corrected,
    propose_correction,
    reject_correction,
    replacements_of,
)
from payments.operations.refunds.wrong_payouts import (
    approve_payout_correction,
    payout_by_hand,
    propose_payout_correction,
)

PROPOSE = "payments.add_ledgercorrection"
DECIDE = "payments.change_ledgercorrection"
SEE = "payments.view_ledgercorrection"


class CorrectionForm(KeptReasonForm):
    """Why the money never came, and what becomes of a contract that rests on it."""

    replaced_by = forms.ModelChoiceField(
        label=_("The right entry"),
        queryset=LedgerEntry.objects.none(),
        required=False,
        help_text=_(
            "Enter the right money first. Its entry waits, and takes the place of the wrong one."
        ),
    )
    ends_order = forms.BooleanField(
        label=_("No money came: the contract ends"),
        required=False,
    )
    document = DocumentField(label=_("Document"))
    field_order = ["reason", "document", "replaced_by", "ends_order"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keys = [entry.pk for entry in replacements_of(self.subject)]
        choice: Any = self.fields["replaced_by"]
        choice.queryset = LedgerEntry.objects.filter(pk__in=keys)
        choice.label_from_instance = lambda each: f"{each}, {tenge_text(each.amount)}"


class PayoutCorrectionForm(KeptReasonForm):
    """Why the money did not leave, or not so."""

    document = DocumentField(label=_("Document"))
    field_order = ["reason", "document"]


def propose(entry: LedgerEntry, values: dict[str, Any], *, by: User, at: datetime) -> str:
    return proposed(propose_correction(entry=entry, by=by, at=at, **values))


def propose_of_payout(entry: LedgerEntry, values: dict[str, Any], *, by: User, at: datetime) -> str:
    return proposed(propose_payout_correction(entry=entry, by=by, at=at, **values))


def proposed(correction: LedgerCorrection) -> str:
    return format_html(
        gettext('The correction is proposed. Another person approves it <a href="{url}">here</a>.'),
        url=page_url(LedgerCorrection, correction.pk),
    )


def approve(correction: LedgerCorrection, values: dict[str, Any], *, by: User, at: datetime) -> str:
    if correction.entry.kind == EntryKind.REFUND:
        approve_payout_correction(correction=correction, by=by, at=at)
        return gettext("The counter-entry is written. The payout is owed again.")
    approve_correction(correction=correction, by=by, at=at)
    return gettext("The counter-entry is written.")


def reject(correction: LedgerCorrection, values: dict[str, Any], *, by: User, at: datetime) -> str:
    reject_correction(correction=correction, reason=values["reason"], by=by, at=at)
    return gettext("It is rejected. The entry stays as it is.")


def is_undecided(correction: LedgerCorrection) -> bool:
    return correction.is_undecided


def what_rests_on_it(entry: LedgerEntry) -> Chapter:
    """The orders that have something of an entry."""
    standing = Allocation.objects.standing().filter(entry=entry).select_related("order")
    rows = [
        (
            linked(each.order, each.order.code),
            each.order.get_state_display(),
            tenge_text(each.amount),
        )
        for each in standing.order_by("pk")
    ]
    return Chapter(
        _("orders"), rows, (_("order"), _("state"), _("amount")), empty=_("No order has it.")
    )


def what_is_proposed(correction: LedgerCorrection) -> Chapter:
    """All that a second person decides about, before the button."""
    right = correction.replaced_by
    rows = [
        (_("wrong entry"), linked(correction.entry)),
        (_("amount"), tenge_text(correction.entry.amount)),
        (_("the right entry"), linked(right) if right else "–"),
        (
            LedgerCorrection._meta.get_field("ends_order").verbose_name,
            yes_or_no(correction.ends_order),
        ),
        (_("reason"), correction.reason),
        (_("entered"), moment_by(correction.entered_at, correction.entered_by)),
    ]
    return Chapter(_("what is proposed"), rows)


def yes_or_no(value: bool) -> str:
    return gettext("yes") if value else gettext("no")


CORRECT = Button(
    "correction",
    _("Correct the entry"),
    permission=PROPOSE,
    operate=propose,
    form=CorrectionForm,
    note=_(
        "The money never came, or not so. Nothing is deleted: a counter-entry takes the whole sum "
        "away when another person approves it."
    ),
    is_offered=can_be_corrected,
    chapters=lambda entry: [what_rests_on_it(entry)],
)


def can_be_corrected_as_payout(entry: LedgerEntry) -> bool:
    """True for a refund that a person recorded, while no correction of it stands."""
    return (
        entry.kind == EntryKind.REFUND
        and payout_by_hand(entry) is not None
        and not entry.proposed_corrections.filter(rejected_at=None).exists()  # type: ignore[attr-defined]
    )


def whose_payout(entry: LedgerEntry) -> list[Chapter]:
    """The case that a refund recorded by a person belongs to; nothing for other entries."""
    payouts = RefundPayout.objects.filter(
        case__grounds__entry=entry, receipt__provider=entry.provider
    )
    rows = [
        (linked(each.case), linked(each.receipt), tenge_text(each.amount))
        for each in payouts.filter(receipt__reference=entry.refunds_reference)
    ]
    return [Chapter(_("payouts"), rows, (_("case"), _("receipt"), _("amount")))] if rows else []


def what_it_changes(entry: LedgerEntry) -> list[Chapter]:
    """What a correction of an entry touches: the case of a refund, the orders of a receipt."""
    if entry.kind == EntryKind.REFUND:
        return whose_payout(entry)
    return [what_rests_on_it(entry)]


CORRECT_PAYOUT = Button(
    "payout-correction",
    _("Correct the payout"),
    permission=PROPOSE,
    operate=propose_of_payout,
    form=PayoutCorrectionForm,
    note=_(
        "The money did not leave, or not on this day or not so much. Nothing is deleted: when "
        "another person approves it, the payout is owed again, and the customer is told."
    ),
    is_offered=can_be_corrected_as_payout,
    chapters=what_it_changes,
)


@admin.register(LedgerCorrection)
class LedgerCorrectionAdmin(DecidedByTwoColumns, ReadOnlyAdmin):
    list_display = ["__str__", "sum", "entered", "approved", "rejected"]
    list_filter = [QuestionFilter, "entered_at"]
    list_select_related = ["entry"]
    search_fields = ["entry__reference", "entry__invoice_id"]
    fields = [
        "entry_link",
        "sum",
        "replacement",
        "contract_ends",
        "reason",
        "entered",
        "approved",
        "rejected",
        "rejection",
        "document_sha256",
    ]
    questions = {"undecided": (_("waits for a second person"), lambda rows, at: rows.undecided())}
    buttons = [
        Button(
            "approval",
            _("Approve"),
            permission=DECIDE,
            operate=approve,
            note=_("Compare it with the document. Who proposed it does not approve it."),
            is_offered=is_undecided,
            chapters=lambda correction: [
                what_is_proposed(correction),
                *what_it_changes(correction.entry),
            ],
        ),
        Button(
            "rejection",
            _("Reject"),
            permission=DECIDE,
            operate=reject,
            form=ReasonForm,
            is_offered=is_undecided,
            chapters=lambda correction: [what_is_proposed(correction)],
        ),
        document_button(SEE, file_name=lambda correction: f"correction-{correction.pk}"),
    ]

    def chapters(self, request: HttpRequest, subject: LedgerCorrection) -> Sequence[Chapter]:
        return what_it_changes(subject.entry)

    @admin.display(description=_("wrong entry"))
    def entry_link(self, correction: LedgerCorrection) -> str:
        return linked(correction.entry)

    @admin.display(description=_("the right entry"))
    def replacement(self, correction: LedgerCorrection) -> str:
        return linked(correction.replaced_by) if correction.replaced_by else "–"

    @admin.display(description=LedgerCorrection._meta.get_field("ends_order").verbose_name)
    def contract_ends(self, correction: LedgerCorrection) -> str:
        return yes_or_no(correction.ends_order)

    @admin.display(description=_("amount"), ordering="entry__amount")
    def sum(self, correction: LedgerCorrection) -> str:
        return tenge_text(correction.entry.amount)
