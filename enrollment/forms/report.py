"""The report of a payment that we do not see yet (4.3)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.models import ReportKind
from offer_site.documents import DocumentField
from offer_site.web.forms import ChoiceRows

from .fields import DayField, PlainField


class ReportForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("How did you pay?"),
        choices=[
            (ReportKind.TRANSFER, _("By bank transfer")),
            (ReportKind.KASPI, _("With Kaspi Pay or Kaspi Red")),
        ],
        widget=ChoiceRows(
            notes={
                ReportKind.TRANSFER: _("The number and the file of the payment order"),
                ReportKind.KASPI: _("The number of the operation, from the receipt in the app"),
            },
            icons={ReportKind.TRANSFER: "bank", ReportKind.KASPI: "phone"},
        ),
    )
    number = PlainField(label=_("Number of the payment order or of the operation"), max_length=60)
    day = DayField(label=_("Day of the payment"), help_text=_("As the document states it."))
    document = DocumentField(
        label=_("Payment order or receipt"),
        required=False,
        help_text=_(
            "PDF, JPEG or PNG, at most 10 MB. A transfer needs it; with Kaspi the number is enough."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **kwargs)


class InvoiceReportForm(ReportForm):
    """A company pays its invoice by transfer, so the document is required."""

    kind = None  # type: ignore[assignment]
    number = PlainField(label=_("Number of the payment order"), max_length=60)
    document = DocumentField(
        label=_("Payment order"), help_text=_("PDF, JPEG or PNG, at most 10 MB.")
    )
