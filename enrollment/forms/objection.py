"""The user's objection to a breach (6.5)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from offer_site.documents import DocumentField


class ObjectionForm(forms.Form):
    text = forms.CharField(
        label=_("Why you do not agree"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Fill this in.")},
    )
    document = DocumentField(label=_("File, if there is one"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **kwargs)
