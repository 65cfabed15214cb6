"""What a button asks, and how days and times are typed."""

from typing import Any

from django import forms
from django.db import models

# Days and times are typed into the browser's own fields: they speak the visitor's language and work
# without script.
NATIVE_FIELDS: dict[Any, dict[str, Any]] = {
    models.URLField: {"assume_scheme": "https"},
    models.DateField: {"widget": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})},
    models.DateTimeField: {
        "form_class": forms.DateTimeField,
        "widget": forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    },
}


class ButtonForm(forms.Form):
    """What a button asks; `subject` is the thing whose page it stands on,
    a tuple of `lines` is one line of fields.
    """

    def __init__(self, *args: Any, subject: Any, **kwargs: Any) -> None:
        self.subject = subject
        super().__init__(*args, use_required_attribute=False, **kwargs)

    @property
    def lines(self) -> list[Any]:
        return list(self.fields)
