"""The report of a force majeure (8.3)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.models import ForceMajeureKind
from offer_site.documents import DocumentsField

from .claims import REQUIRED, ParagraphsField
from .fields import DayField


class ForceMajeureForm(forms.Form):
    """A student's report in the cabinet."""

    kind = forms.ChoiceField(
        label=_("What happened?"),
        choices=[("", _("Choose")), *ForceMajeureKind.choices],
        error_messages=REQUIRED,
    )
    began_on = DayField(label=_("When did it begin?"), help_text=_("For example: 22.12.2026"))
    words = ParagraphsField(
        label=_("How does it hinder you?"), help_text=_("In your own words."), rows=4
    )
    is_well_known = forms.BooleanField(
        label=_("It is generally known"),
        required=False,
        help_text=_("Then no documents are needed."),
    )
    files = DocumentsField(
        label=_("Official documents"),
        required=False,
        help_text=_("PDF, JPEG or PNG, at most 10 MB each. You can send them later too."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **kwargs)
