"""Credit of banks for staff: banks, applications, decisions, the bank's money (4.4)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.admin.documents import document_button
from enrollment.forms.fields import OrderField, SumField
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter, Shown
from offer_site.admin.forms import ButtonForm, PurposeForm, day_field, seen_by_hand_field
from offer_site.admin.links import linked, linked_order, moment, moment_by
from offer_site.admin.pages import ReadOnlyAdmin, StaffAdmin
from offer_site.documents import DocumentField
from offer_site.journal.operations import actor
from offer_site.money import tenge_text
from payments.admin.ledger.manual import ENTER, another_money_field
from payments.models import Decision, InstallmentApplication, InstallmentBank
from payments.operations.paying.installments import (
    BankAnswer,
    confirm_installment,
    decide_application,
    show_income,
    state_application,
)

RIGHT = "payments.change_installmentapplication"
SEE = "payments.view_installmentapplication"
SEE_INCOME = "payments.income_installmentapplication"


class StatedApplicationForm(ButtonForm):
    """What a buyer told staff of an application at this bank; the income only where the bank needs
    it (5.2).
    """

    code = OrderField()
    number = forms.CharField(label=_("Number of the application"), max_length=40)
    decision = forms.ChoiceField(label=capfirst(_("decision")), choices=Decision.choices)
    decided_on = day_field(capfirst(_("day of the decision")), required=False)
    approved_sum = SumField(label=_("Approved sum, tenge"), required=False)
    document = DocumentField(label=_("The bank's approval"), required=False)
    income = SumField(label=capfirst(_("income a month, tenge")), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.subject.needs_income:
            del self.fields["income"]


class BankDecisionForm(ButtonForm):
    decision = forms.ChoiceField(
        label=capfirst(_("decision")),
        choices=[(each.value, each.label) for each in (Decision.APPROVED, Decision.REFUSED)],
    )
    decided_on = day_field(capfirst(_("day of the decision")))
    approved_sum = SumField(label=_("Approved sum, tenge"), required=False)
    document = DocumentField(label=_("The bank's approval"), required=False)


class BankTransferForm(ButtonForm):
    amount = SumField(label=_("Amount, tenge"))
    document = DocumentField(label=_("Document"))
    reason = seen_by_hand_field()
    is_another = another_money_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What the bank approved, not the sum that is due: it may have approved less.
        self.fields["amount"].initial = self.subject.approved_sum


def state(bank: InstallmentBank, values: dict[str, Any], *, by: User, at: datetime) -> str:
    typed = dict(values)
    order = typed.pop("code")
    document = typed.pop("document")
    answer = BankAnswer(**typed | {"income": str(typed.get("income") or "")})
    _application, report = state_application(
        order=order, bank=bank, answer=answer, document=document, by=actor(by), at=at, by_staff=True
    )
    return gettext("It is noted, and keeps the order.") if report else gettext("It is noted.")


def decide(
    application: InstallmentApplication, values: dict[str, Any], *, by: User, at: datetime
) -> str:
    document = values.pop("document")
    decide_application(
        application=application,
        answer=BankAnswer(number=application.number, **values),
        document=document,
        by=by,
        at=at,
    )
    return gettext("The decision is recorded.")


def confirm(
    application: InstallmentApplication, values: dict[str, Any], *, by: User, at: datetime
) -> str:
    confirm_installment(application=application, by=by, at=at, **values)
    return gettext(
        "The bank's transfer is entered. Another person approves it under money by hand."
    )


def see_income(
    application: InstallmentApplication, values: dict[str, Any], *, by: User, at: datetime
) -> Shown:
    income = show_income(application=application, reason=values["reason"], by=actor(by), at=at)
    field = InstallmentApplication._meta.get_field("income")
    return Shown(
        gettext("Personal data"), [Chapter(application.order.code, [(field.verbose_name, income)])]
    )


def may_be_decided(application: InstallmentApplication) -> bool:
    return application.decision != Decision.REFUSED


def may_be_confirmed(application: InstallmentApplication) -> bool:
    return (
        application.decision == Decision.APPROVED
        and not application.receipts.filter(rejected_at=None).exists()
    )


@admin.register(InstallmentBank)
class InstallmentBankAdmin(StaffAdmin):
    list_display = ["name", "months", "needs_income", "is_offered"]
    fields = ["name", "note_kk", "note_ru", "months", "needs_income", "is_offered"]
    buttons = [
        Button(
            "application",
            _("Enter an application"),
            permission="payments.add_installmentapplication",
            operate=state,
            form=StatedApplicationForm,
            note=_(
                "What the buyer told us. An approval of the order's own day keeps the order (4.3)."
            ),
        ),
    ]


@admin.register(InstallmentApplication)
class InstallmentApplicationAdmin(ReadOnlyAdmin):
    list_display = ["number", "bank", "order", "decision", "decided_on", "sum", "stated"]
    list_filter = ["decision", "bank", "stated_at"]
    list_select_related = ["order", "bank"]
    search_fields = ["number", "order__code"]
    fields = [
        "order_link",
        "bank",
        "number",
        "decision",
        "decided_on",
        "sum",
        "its_income",
        "stated",
    ]
    buttons = [
        Button(
            "decision",
            _("Record the bank's decision"),
            permission=RIGHT,
            operate=decide,
            form=BankDecisionForm,
            note=_(
                "After a refusal the report of these instalments falls: "
                "the order lapses or is paid otherwise (4.3)."
            ),
            is_offered=may_be_decided,
        ),
        Button(
            "transfer",
            _("The bank's transfer has come"),
            permission=ENTER,
            operate=confirm,
            form=BankTransferForm,
            note=_(
                "The day of the approval decides whether it counts. "
                "Another person approves the entry (4.4)."
            ),
            is_offered=may_be_confirmed,
        ),
        document_button(SEE, file_name=lambda application: f"{application.order.code}-approval"),
        Button(
            "income",
            _("Show the income"),
            permission=SEE_INCOME,
            operate=see_income,
            form=PurposeForm,
            note=_("The journal keeps who saw it and what for (5.4)."),
            is_offered=lambda application: bool(application.income),
        ),
    ]

    def chapters(self, request: HttpRequest, subject: InstallmentApplication) -> Sequence[Chapter]:
        rows = [
            (
                linked(each),
                tenge_text(each.amount),
                moment(each.approved_at),
                moment(each.rejected_at),
            )
            for each in subject.receipts.all()
        ]
        return [
            Chapter(
                _("money by hand"), rows, (_("entered"), _("amount"), _("approved"), _("rejected"))
            )
        ]

    @admin.display(description=_("order"))
    def order_link(self, application: InstallmentApplication) -> str:
        return linked_order(application)

    @admin.display(description=_("approved sum"))
    def sum(self, application: InstallmentApplication) -> str:
        return tenge_text(application.approved_sum) if application.approved_sum else "–"

    @admin.display(description=_("income a month, tenge"))
    def its_income(self, application: InstallmentApplication) -> str:
        return "•••" if application.income else "–"

    @admin.display(description=_("stated at"))
    def stated(self, application: InstallmentApplication) -> str:
        return moment_by(application.stated_at, application.stated_by)
