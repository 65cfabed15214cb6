"""One field: where the one letter goes, when sales open."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .fields import EmailField

# What stands under the button is what is recorded (5.1).
CONSENT = _(
    "One letter about this alone. By pressing the button you agree that we keep your e-mail for "
    "it; then we erase it. Write to us, and we take it off the list."
)


class WaitingForm(forms.Form):
    error_css_class = "invalid"

    email = EmailField(label=_("E-mail"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, use_required_attribute=False, **kwargs)  # type: ignore[arg-type, misc]
        self.fields["email"].error_messages["required"] = _("Fill this in.")
