"""The page of an order for staff: contract, money, certificate, letters and journal."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from certificates.models import Certificate
from certificates.operations import (
    ask_about_recipient,
    correct_certificate_name,
    name_can_be_corrected,
)
from enrollment.admin.claims import FOR_ORDER as CLAIM_BUTTONS
from enrollment.admin.claims import claims
from enrollment.admin.names import StaffNameForm
from enrollment.admin.orders import OrderAdmin
from enrollment.models import Order
from enrollment.operations.clarification.questions import UNDER_CONTRACT
from enrollment.operations.clarification.recipient import recipient_of
from enrollment.operations.ordering.reopening import new_day_in_words, reopen_order
from enrollment.rules.methods import method_in_words
from enrollment.rules.order_states import OrderState
from enrollment.rules.questions import TITLES
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.forms import ButtonForm, KeptReasonForm, day_field, text_input
from offer_site.admin.links import link, linked, moment
from offer_site.correspondence.admin import OF_ORDER, thread_chapter
from offer_site.days import almaty_day, short_day
from offer_site.journal.admin import history
from offer_site.journal.models import Entry
from offer_site.journal.operations import actor
from offer_site.languages import in_language
from offer_site.money import tenge_text
from offer_site.notices.models import Notice
from offer_site.proof.downloads import ProofForm, proof_for_staff, was_accepted
from offer_site.web.downloads import download
from payments.admin.ledger.manual import by_hand
from payments.admin.refunds.buttons import FOR_ORDER
from payments.admin.refunds.chapters import stage_of
from payments.models import EntryKind, LedgerEntry, Payment, RefundCase
from payments.operations.books.acts import act_for_staff, act_name, may_have_an_act
from payments.operations.ledger.receipts import received_by
from payments.rules.declines import decline_in_words
from payments.rules.provider_names import provider_name

from .owed import owed_after_ending

# Acts are for companies: whoever keeps the books reads them, without the right to people's data.
READ_ACTS = ("enrollment.view_party", "payments.view_accounts")


class ReopeningForm(KeptReasonForm):
    day = day_field(
        _("Day until whose end it may be paid"),
        initial=lambda: almaty_day(timezone.now()).isoformat(),
    )
    field_order = ["day", "reason"]


class QuestionForm(ButtonForm):
    fields_asked = forms.MultipleChoiceField(
        label=_("Ask about"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose what to ask about.")},
    )
    words_kk = forms.CharField(
        label=_("In Kazakh"),
        required=False,
        max_length=600,
        widget=text_input(),
    )
    words_ru = forms.CharField(
        label=_("In Russian"),
        required=False,
        max_length=600,
        widget=text_input(),
        help_text=_(
            "One language is enough; without words the letter asks to check what is ticked."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = self.fields["fields_asked"]
        asked.choices = [(field, TITLES[field]) for field in recipient_of(self.subject).fields]  # type: ignore[attr-defined]


def ask(order: Order, values: dict[str, Any], *, by: User, at: datetime) -> str:
    ask_about_recipient(
        order=order,
        fields=values["fields_asked"],
        words_kk=values["words_kk"],
        words_ru=values["words_ru"],
        by=by,
        at=at,
    )
    return gettext("The question goes out. Its page shows both terms.")


def is_under_contract(order: Order) -> bool:
    return order.state in UNDER_CONTRACT


def reopen(order: Order, values: dict[str, Any], *, by: User, at: datetime) -> str:
    return new_day_in_words(
        reopen_order(order=order, received=received_by(order), by=by, at=at, **values)
    )


def has_lapsed(order: Order) -> bool:
    return order.state == OrderState.LAPSED


def change_name(order: Order, values: dict[str, Any], *, by: User, at: datetime) -> str:
    correct_certificate_name(order=order, by=actor(by), at=at, **values)
    return gettext("The name is corrected. The certificate will state it so.")


@admin.register(Order)
class WholeOrderAdmin(OrderAdmin):
    buttons = [
        *OrderAdmin.buttons,
        Button(
            "name",
            _("Correct the learner's name"),
            permission="enrollment.change_order",
            operate=change_name,
            form=StaffNameForm,
            note=_(
                "The certificate states this name. Once it is issued, a corrected certificate "
                "replaces it."
            ),
            is_offered=name_can_be_corrected,
        ),
        Button(
            "reopen",
            _("Reopen"),
            permission="enrollment.change_order",
            operate=reopen,
            form=ReopeningForm,
            note=_(
                "Within the seats, at the old price, held as usual; a letter tells the buyer. "
                "Where money of a past "
                "day waits, reopen the order from the money instead: in the ledger."
            ),
            is_offered=has_lapsed,
        ),
        Button(
            "question",
            _("Ask about the recipient"),
            permission="enrollment.add_clarification",
            operate=ask,
            form=QuestionForm,
            note=_(
                "A letter asks the student to put right or confirm what the certificate will state "
                "(9.5)."
            ),
            is_offered=is_under_contract,
        ),
        *CLAIM_BUTTONS,
        FOR_ORDER,
        *OF_ORDER,
        Button(
            "proof",
            _("Proof of the contract (ZIP)"),
            permission="enrollment.proof_order",
            operate=proof_for_staff,
            form=ProofForm,
            note=_(
                "All papers and records of the order, signed, with address and IIN in plain. "
                "Keep it as you would "
                "keep them; the journal keeps who took it (5.4)."
            ),
            is_offered=was_accepted,
        ),
    ]

    fields = [*OrderAdmin.fields, "owed", "act"]
    list_filter = [QuestionFilter, *OrderAdmin.list_filter]
    questions = {
        "owed": (
            _("money owed after the end of the contract"),
            lambda orders, at: owed_after_ending(orders),
        ),
    }

    def get_urls(self) -> list[URLPattern]:
        act = self.admin_site.admin_view(self.act_file)
        return [path("<int:pk>/act/", act, name="enrollment_order_act"), *super().get_urls()]

    @admin.display(description=_("act of performed work"))
    def act(self, order: Order) -> str:
        if not may_have_an_act(order):
            return "–"
        return link(reverse("admin:enrollment_order_act", args=[order.pk]), "PDF")

    @admin.display(description=_("owed after the end of the contract"))
    def owed(self, order: Order) -> str:
        """How much, and to whom."""
        if order.state != OrderState.TERMINATED:
            return "–"
        found = owed_after_ending(Order.objects.filter(pk=order.pk)).first()
        return f"{tenge_text(found.owed)}, {order.party}" if found else "–"  # type: ignore[attr-defined]

    def act_file(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The act as PDF; the journal records who read the address in it (5.4)."""
        if not any(request.user.has_perm(right) for right in READ_ACTS):  # type: ignore[union-attr]
            raise PermissionDenied
        order = get_object_or_404(Order.objects.accepted().with_people(), pk=pk)
        pdf = act_for_staff(order=order, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return download(pdf, act_name(order))

    def chapters(self, request: HttpRequest, subject: Order) -> Sequence[Chapter]:
        """The tables of the other apps, each only with the permission for it (5.4)."""
        shown = list(super().chapters(request, subject))
        for permission, chapter in (
            ("enrollment.view_claim", claims),
            ("payments.view_ledgerentry", attempts),
            ("payments.view_ledgerentry", money),
            ("payments.view_manualreceipt", by_hand),
            ("payments.view_refundcase", refunds),
            ("certificates.view_certificate", certificates),
            ("notices.view_notice", letters),
            ("correspondence.view_letter", thread_chapter),
            ("journal.view_entry", journal),
        ):
            if request.user.has_perm(permission):  # type: ignore[union-attr]
                shown.append(chapter(subject))
        return shown


def attempts(order: Order) -> Chapter:
    rows = [
        (
            linked(each, each.invoice_id),
            provider_name(each.provider),
            in_language(*method_in_words(each.method)),
            tenge_text(each.amount),
            moment(each.started_at),
            decline_in_words(each.decline_code) if each.declined_at else "–",
        )
        for each in Payment.objects.of_order(order).latest_first()
    ]
    headings = (
        _("invoice number"),
        _("payment provider"),
        _("way of paying"),
        _("amount"),
        _("started at"),
        _("reason of the decline"),
    )
    return Chapter(_("payments"), rows, headings)


def money(order: Order) -> Chapter:
    """The receipts of the order, and those that name only its invoice, with the part allocated."""
    shares: dict[int, Decimal] = {}
    for each in order.allocations.all():
        shares[each.entry_id] = shares.get(each.entry_id, Decimal(0)) + each.amount
    invoices = order.payments.values("invoice_id")
    codes = [order.code, order.invoice.code] if order.invoice else [order.code]
    named = LedgerEntry.objects.filter(Q(invoice_id__in=invoices) | Q(invoice_id__in=codes))
    entries = LedgerEntry.objects.filter(pk__in=shares) | named
    rows = [
        (
            moment(each.happened_at),
            each.get_kind_display(),
            tenge_text(each.amount),
            linked(each, each.reference),
            tenge_text(shares[each.pk]) if shares.get(each.pk) else "–",
            tenge_text(each.left) if each.kind == EntryKind.RECEIPT and each.left > 0 else "–",
        )
        for each in entries.distinct().with_left().order_by("happened_at", "pk")
    ]
    headings = (
        _("provider's time"),
        _("kind"),
        _("amount"),
        _("provider's reference"),
        _("given to the order"),
        _("waits still"),
    )
    return Chapter(_("money"), rows, headings, empty=_("No money came for this order."))


def refunds(order: Order) -> Chapter:
    rows = [
        (
            linked(each, each.number),
            short_day(each.asked_on),
            each.get_ground_display(),
            stage_of(each),
            tenge_text(decision.granted) if (decision := each.standing()) else "–",
        )
        for each in RefundCase.objects.filter(order=order).prefetch_related("decisions")
    ]
    headings = (_("number"), _("day the demand came"), _("ground"), _("state"), _("to be returned"))
    return Chapter(_("refund cases"), rows, headings)


def certificates(order: Order) -> Chapter:
    rows = [
        (
            linked(each, each.number),
            each.learner_name,
            moment(each.rendered_at),
            moment(each.replaced_at),
            moment(each.revoked_at),
        )
        for each in Certificate.objects.of_order(order.code).defer("record")
    ]
    headings = (_("number"), _("learner"), _("issued at"), _("replaced at"), _("revoked at"))
    return Chapter(_("certificates"), rows, headings)


def letters(order: Order) -> Chapter:
    rows = [
        (
            moment(each.queued_at),
            linked(each, each.get_kind_display()),
            each.recipient,
            each.standing,
            moment(each.sent_at),
        )
        for each in (Notice.objects.of_order(order.code) | _about_its_invoice(order)).order_by(
            "queued_at", "pk"
        )
    ]
    return Chapter(
        _("notices"), rows, (_("queued at"), _("kind"), _("to"), _("state"), _("sent at"))
    )


def _about_its_invoice(order: Order) -> QuerySet[Notice]:
    """Letters about the invoice of the order, which concern all the invoice's orders."""
    code = order.invoice.code if order.invoice else ""
    return Notice.objects.filter(about_kind="invoice", about_key=code)


def journal(order: Order) -> Chapter:
    return history(
        Entry.objects.of_order(order.code),
        column=(_("clause"), lambda each: each.clause),
        with_links=True,
    )
