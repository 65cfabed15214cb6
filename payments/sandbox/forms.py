"""The forms on the sandbox bank's pages."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from offer_site.web.forms import ChoiceRows

from .kaspi_orders import KaspiOperation, accounting_date
from .orders import CARDS, TestCard


class CardForm(forms.Form):
    """A card; only the published test cards are accepted, so nobody types a real one in vain."""

    number = forms.CharField(
        label=_("Card number"),
        max_length=23,
        widget=forms.TextInput(
            {"inputmode": "numeric", "autocomplete": "off", "placeholder": "4111 1111 1111 1111"}
        ),
    )
    expires = forms.CharField(
        label=_("Valid until"),
        help_text=_("Month and year, such as 12/30"),
        max_length=7,
        widget=forms.TextInput(
            {"inputmode": "numeric", "autocomplete": "off", "placeholder": "12/30"}
        ),
    )
    cvv = forms.RegexField(
        label=_("Code on the back"),
        regex=r"^\d{3}$",
        error_messages={"invalid": _("Three digits.")},
        max_length=3,
        widget=forms.TextInput(
            {"inputmode": "numeric", "autocomplete": "off", "placeholder": "123"}
        ),
    )
    told = forms.ChoiceField(
        label=_("When does the shop hear of it?"),
        choices=[("now", _("At once")), ("later", _("In a few seconds"))],
        initial="now",
        widget=ChoiceRows,
    )

    def clean_number(self) -> TestCard:
        digits = "".join(self.cleaned_data["number"].split()).replace("-", "")
        if digits not in CARDS:
            raise forms.ValidationError(
                _("This is not a test card. The test cards stand below the form.")
            )
        return CARDS[digits]

    def clean_expires(self) -> date:
        text = "".join(self.cleaned_data["expires"].split())
        for pattern in ("%m/%y", "%m/%Y", "%m%y"):
            try:
                return datetime.strptime(text, pattern).date()  # noqa: DTZ007  a month has no zone
            except ValueError:
                continue
        raise forms.ValidationError(_("This is not a month and a year."))


class OperationForm(forms.Form):
    """What the cabinet does about an operation; without an amount, about all of it."""

    number = forms.IntegerField(min_value=1)
    amount = forms.DecimalField(max_digits=14, decimal_places=2, required=False)
    what = forms.ChoiceField(choices=[(word, word) for word in ("confirm", "void", "refund")])


class KaspiCodeForm(forms.Form):
    """What a person types in the app after finding the service."""

    account = forms.CharField(
        label=_("Order code"),
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters"}),
    )


class KaspiWayForm(forms.Form):
    """The ways in which the bank may report a payment; the shop must handle them all."""

    way = forms.ChoiceField(
        label=_("How is it paid?"),
        choices=[
            ("now", _("Now, in full")),
            ("red", _("Now, with Kaspi Red")),
            ("yesterday", _("Yesterday at 23:59, told only now")),
            ("another", _("Now, but one tenge less")),
        ],
        initial="now",
        widget=ChoiceRows,
    )

    def operation(self, asked: KaspiOperation, *, at: datetime) -> KaspiOperation:
        """The operation as it is paid, made from the one of the check."""
        way = self.cleaned_data["way"]
        amount = Decimal(asked.sum) - (1 if way == "another" else 0)
        return replace(
            asked,
            sum=f"{amount:.2f}",
            txn_date=accounting_date(at, yesterday=way == "yesterday"),
            pay_type="red" if way == "red" else "",
        )
