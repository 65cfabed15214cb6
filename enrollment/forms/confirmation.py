"""The consents that a caller gives on the page of the link, each with its own text (2.6, 5.1)."""

from typing import Any

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from enrollment.models import Academy

from .consents import CONSENTS, ConsentText

WORDS = lazy(ConsentText.words, str)  # put together when a page shows them


def consent_field(consent: ConsentText, academy: Academy) -> forms.BooleanField:
    """One consent to tick: its line, and the rest of its text below."""
    return forms.BooleanField(
        label=consent.line,
        help_text=WORDS(consent, academy),
        required=consent.required,
        error_messages={
            "required": _("Without this the order cannot be placed. Tick it to go on.")
        },
    )


class AsksConsents(forms.Form):
    """A form that asks for consents: those without which nothing is ordered, and the others."""

    def consent_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("consent_")]

    def needed_consents(self) -> list[forms.BoundField]:
        return [field for field in self.consent_fields() if field.field.required]

    def optional_consents(self) -> list[forms.BoundField]:
        """They wait in a fold, which is open as soon as one of them is ticked."""
        return [field for field in self.consent_fields() if not field.field.required]

    def gives_an_optional_consent(self) -> bool:
        return any(field.value() for field in self.optional_consents())


class ConsentsForm(AsksConsents):
    """None is ticked beforehand; `academy` is named in them."""

    error_css_class = "invalid"

    def __init__(self, *args: Any, academy: Academy, **kwargs: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **kwargs)
        self.academy = academy
        for consent in CONSENTS:
            self.fields[f"consent_{consent.purpose}"] = consent_field(consent, academy)

    def given(self) -> tuple[tuple[str, str], ...]:
        """The purposes that were ticked, with their exact texts in the language spoken now."""
        return tuple(
            (consent.purpose, consent.full_text(self.academy))
            for consent in CONSENTS
            if self.cleaned_data.get(f"consent_{consent.purpose}")
        )
