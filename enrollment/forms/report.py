"""The report of a payment that we do not see yet (4.3)."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import Order, ReportKind
from offer_site.days import MONTHS, almaty_day
from offer_site.documents import DocumentField
from offer_site.languages import current_language
from offer_site.money import NO_BREAK_SPACE, tenge_text
from offer_site.web.forms import ChoiceRows

from .fields import PlainField, SumField

MOST_DAYS = 7  # rows of days, of an order that staff reopened for long


class DayRows(forms.DateField):
    """The day of a payment, chosen among the last ones; a day that is typed is read as well."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            input_formats=["%Y-%m-%d", "%d.%m.%Y"],
            widget=ChoiceRows(),
            error_messages={"required": _("Choose the day."), "invalid": _("Choose the day.")},
            **kwargs,
        )


def days_to_choose(order: Order, *, today: date) -> list[date]:
    """Today, yesterday, and whatever other days of a reopened order count, the latest first."""
    first = min(order.reopened_on or today, today - timedelta(days=1))
    days = [today - timedelta(days=ago) for ago in range((today - first).days + 1)]
    return days[:MOST_DAYS]


def _in_words(day: date, *, today: date) -> str:
    named = f"{day.day}{NO_BREAK_SPACE}{MONTHS[current_language()][day.month - 1]}"
    if day == today:
        return gettext("Today, %(day)s") % {"day": named}
    if day == today - timedelta(days=1):
        return gettext("Yesterday, %(day)s") % {"day": named}
    return named


class PaymentForm(forms.Form):
    """What every report names: number, day and document."""

    number = PlainField(label=_("Number of the payment order"), max_length=60)
    day = DayRows(label=_("When did you pay?"))
    document = DocumentField(
        label=_("Payment order"), help_text=_("PDF, JPEG or PNG, at most 10 MB.")
    )

    def __init__(self, *typed: Any, order: Order, at: datetime) -> None:
        super().__init__(*typed, use_required_attribute=False)
        today = almaty_day(at)
        day = self.fields["day"]
        # The widget offers days; any other day is refused by the operation, which says why.
        day.widget.choices = [  # type: ignore[attr-defined]
            (f"{each:%Y-%m-%d}", _in_words(each, today=today))
            for each in days_to_choose(order, today=today)
        ]
        day.initial = f"{min(order.placed_on, today):%Y-%m-%d}"


class InvoiceReportForm(PaymentForm):
    """A company pays its invoice by transfer, so number and document are required."""


class ReportForm(PaymentForm):
    kind = forms.ChoiceField(
        label=_("How did you pay?"),
        choices=[
            (ReportKind.KASPI, _("With Kaspi Pay or Kaspi Red")),
            (ReportKind.CARD, _("By card")),
            (ReportKind.TRANSFER, _("By bank transfer")),
        ],
        widget=ChoiceRows(
            notes={
                ReportKind.KASPI: _("The receipt, a screenshot or the number: one is enough"),
                ReportKind.CARD: _("The receipt, a screenshot or the number: one is enough"),
                ReportKind.TRANSFER: _("The payment order is required: a PDF or a screenshot"),
            },
            icons={
                ReportKind.KASPI: "phone",
                ReportKind.CARD: "card",
                ReportKind.TRANSFER: "bank",
            },
        ),
        initial=ReportKind.KASPI,
    )
    amount = SumField(label=_("Amount, tenge"))
    why_other = PlainField(
        label=_("Why is the amount another one?"), max_length=300, required=False
    )
    number = PlainField(
        label=_("Number of the operation or of the payment order"), max_length=60, required=False
    )
    document = DocumentField(
        label=_("Receipt, screenshot or payment order"),
        required=False,
        help_text=_("PDF, JPEG or PNG, at most 10 MB. A transfer needs it."),
    )
    field_order = ["kind", "day", "amount", "why_other", "number", "document"]

    def __init__(self, *typed: Any, order: Order, at: datetime) -> None:
        super().__init__(*typed, order=order, at=at)
        due = tenge_text(order.prepayment)
        self.fields["amount"].initial = due.removesuffix("₸").strip()
        self.fields["amount"].help_text = gettext(
            "%(due)s are to be paid for this order. If you paid less or more, we ask why."
        ) % {"due": due}

    def add_error(self, field: str | None, error: Any) -> None:
        if field == "why_other":
            self.fields[field].required = True  # the page says no more that it is optional
        super().add_error(field, error)

    @property
    def asks_why(self) -> bool:
        """Whether the question about another amount stands on the page: once it was asked."""
        return bool(self["why_other"].errors or self["why_other"].value())
