"""The request for halves: who asks, and why if they wish to tell (4.3.1, 5.1).

Nothing more is asked before an order.
"""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.models import Academy
from enrollment.operations.halves.requests import HalvesApplication
from enrollment.rules.names import NamedParts, doubt_about
from enrollment.rules.recipient import Doubt, Field, Reason
from offer_site.mailboxes import is_misspelt

from .consents import HALVES_CONSENT
from .doubts import DoubtingForm
from .fields import EmailField, NameField, PhoneField, PlainField

REQUIRED = _("Fill this in.")


class HalvesForm(DoubtingForm):
    """What the student fills in.

    The name in Telegram is asked only when there is no bot: then staff must find the student.
    """

    error_css_class = "invalid"

    name = NameField(label=_("Your name"), autocomplete="name")
    email = EmailField(
        label=_("E-mail"), help_text=_("The answer and the link to the order come here")
    )
    phone = PhoneField(
        label=_("Mobile phone"), help_text=_("The one you use Telegram with, if you can")
    )
    telegram = PlainField(
        label=_("Name in Telegram"), max_length=64, required=False, help_text="@aigerim"
    )
    why = PlainField(
        label=_("Why in halves?"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("If you wish to say. It is kept encrypted."),
    )
    consent = forms.BooleanField(
        error_messages={"required": _("Without this the request cannot be sent. Tick it to go on.")}
    )

    def __init__(self, *args: Any, academy: Academy, with_bot: bool, **kwargs: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **kwargs)
        self.academy = academy
        self.fields["consent"].label = HALVES_CONSENT.line
        self.fields["consent"].help_text = HALVES_CONSENT.words(academy)
        if with_bot:
            del self.fields["telegram"]
        for name in ("name", "email", "phone"):
            self.fields[name].error_messages["required"] = REQUIRED

    def parts_of(self, field: Field) -> tuple[str, ...]:
        return ("name",) if field == Field.LEARNER else (str(field),)

    def doubts(self) -> Iterable[Doubt]:
        reason = doubt_about(NamedParts(self.cleaned_data.get("name") or "", ""))
        if reason:
            yield Doubt(Field.LEARNER, Reason(reason))
        if is_misspelt(self.cleaned_data.get("email") or ""):
            yield Doubt(Field.EMAIL, Reason.MISSPELT)

    def application(
        self, *, origin_address: str | None, origin_agent: str, origin_browser: str
    ) -> HalvesApplication:
        """The cleaned form for request_halves."""
        values = {name: value for name, value in self.cleaned_data.items() if name != "consent"}
        return HalvesApplication(
            **values,
            consent_text=HALVES_CONSENT.full_text(self.academy),
            origin_address=origin_address,
            origin_agent=origin_agent,
            origin_browser=origin_browser,
        )
