"""The answer of a contract holder to a later edition: the words are of free will (12.2.1)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.models import EditionAnswerKind


class EditionAnswerForm(forms.Form):
    """Which of the two buttons was pressed is the answer."""

    ANSWERS = (EditionAnswerKind.OBJECTED, EditionAnswerKind.AGREED)

    words = forms.CharField(
        label=_("Why do you not agree?"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"max_length": _("At most %(limit_value)d letters.")},
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        pressed = self.data.get("answer", "")
        if pressed not in self.ANSWERS:
            self.add_error(None, _("Press one of the two buttons."))
        else:
            values["kind"] = EditionAnswerKind(pressed)
        return values
