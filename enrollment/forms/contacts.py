"""The phone and the address that a party corrects in the cabinet (11.4); the home address that is
told after the payment (9.3).
"""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.models import Party, PartyKind
from enrollment.rules.recipient import Doubt, Field, doubt_about_address

from .doubts import DoubtingForm
from .fields import PhoneField, PrintedField

REQUIRED = {"required": _("Fill this in.")}


class ContactsForm(forms.Form):
    phone = PhoneField(label=_("Mobile phone"), error_messages=REQUIRED)
    address = PrintedField(
        label=_("Home address"),
        max_length=250,
        autocomplete="street-address",
        error_messages=REQUIRED,
    )

    def __init__(self, *args: Any, party: Party, **kwargs: Any) -> None:
        initial = {"phone": party.phone, "address": party.address}
        super().__init__(*args, initial=initial, use_required_attribute=False, **kwargs)
        if party.kind == PartyKind.COMPANY:
            self.fields["address"].label = _("Address of the company")


class AddressForm(DoubtingForm):
    error_css_class = "invalid"

    address = PrintedField(
        label=_("Home address"),
        max_length=250,
        autocomplete="street-address",
        help_text=_("City or village, street, house, flat"),
        error_messages=REQUIRED,
    )

    def doubts(self) -> Iterable[Doubt]:
        reason = doubt_about_address(self.cleaned_data.get("address") or "")
        return [Doubt(Field.ADDRESS, reason)] if reason else []
