"""The form of a bank application; the income is asked only where the bank needs it (5.2)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.forms.fields import DayField, PlainField, SumField
from offer_site.documents import DocumentField
from offer_site.web.forms import ChoiceRows
from payments.models import Decision, InstallmentBank
from payments.operations.paying.installments import BankAnswer


class ApplicationForm(forms.Form):
    number = PlainField(label=_("Number of the application"), max_length=40)
    decision = forms.ChoiceField(
        label=_("What did the bank decide?"),
        choices=[
            (Decision.APPROVED, _("It approved")),
            (Decision.WAITING, _("It has not decided yet")),
        ],
        widget=ChoiceRows(
            notes={
                Decision.APPROVED: _("Attach the approval: the bank's message or page"),
                Decision.WAITING: _("Then the day, the sum and the approval are not needed yet"),
            }
        ),
    )
    decided_on = DayField(label=_("Day of the approval"))
    approved_sum = SumField(label=_("Approved sum, tenge"))
    why_less = PlainField(
        label=_("How is the rest paid?"),
        max_length=300,
        required=False,
        help_text=_("The bank approved less than is due."),
    )
    document = DocumentField(label=_("The bank's approval"))
    income = SumField(
        label=_("Your income a month, tenge"),
        help_text=_("This bank asks for it. We keep it encrypted."),
    )

    def __init__(self, *args: Any, bank: InstallmentBank, **kwargs: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **kwargs)
        if not bank.needs_income:
            del self.fields["income"]
        if self.data.get("decision") == Decision.WAITING:
            for name in ("decided_on", "approved_sum", "document"):
                self.fields[name].required = False

    def add_error(self, field: str | None, error: Any) -> None:
        if field == "why_less":
            self.fields[field].required = True  # the page says no more that it is optional
        super().add_error(field, error)

    @property
    def asks_why(self) -> bool:
        """Whether the question about a short sum stands on the page: once it was asked."""
        return bool(self["why_less"].errors or self["why_less"].value())

    def answer(self) -> BankAnswer:
        """What was typed, for the operation; an undecided application has no day and no sum."""
        typed = self.cleaned_data
        approved = self.cleaned_data["decision"] == Decision.APPROVED
        return BankAnswer(
            number=typed["number"],
            decision=typed["decision"],
            decided_on=typed["decided_on"] if approved else None,
            approved_sum=typed["approved_sum"] if approved else None,
            why_less=typed["why_less"] if approved else "",
            income=str(typed.get("income") or ""),
        )
