"""The forms of buttons, and the fields that many of them share."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from offer_site.errors import RuleViolation

from .chapters import Chapter, Words

LARGEST_FILE = 5_000_000  # bytes; larger ones go in by the command


def day_input() -> forms.DateInput:
    """The browser's own calendar: it speaks the visitor's language and needs no script."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def moment_input() -> forms.DateTimeInput:
    return forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})


def text_input(*, rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


NATIVE_FIELDS: dict[Any, dict[str, Any]] = {
    models.URLField: {"assume_scheme": "https"},
    models.DateField: {"widget": day_input()},
    models.DateTimeField: {"form_class": forms.DateTimeField, "widget": moment_input()},
}


class ButtonForm(forms.Form):
    """The form of a button; `subject` is the object of the page, or None on an entry page."""

    def __init__(self, *args: Any, subject: Any, **kwargs: Any) -> None:
        self.subject = subject
        super().__init__(*args, **{"use_required_attribute": False} | kwargs)

    @property
    def lines(self) -> list[Any]:
        """The field names in order; a tuple of names is one line of the page."""
        return list(self.fields)

    @property
    def fieldsets(self) -> list[tuple[Any, dict[str, Any]]]:
        """The parts of the page, with their headings; one without a heading unless it is long."""
        return [(None, {"fields": self.lines})]

    @property
    def chapters(self) -> Sequence[Chapter]:
        """The tables that follow from what is typed; they stand below the form."""
        return ()

    def refuse(self, refused: RuleViolation, *, otherwise: str | None = None) -> None:
        """Show a refusal at the field it names, or else at `otherwise`."""
        field = refused.field if refused.field in self.fields else otherwise
        self.add_error(field, str(refused.message))


class ShownField(forms.CharField):
    """A hidden value that says what the page showed; shown again, it says what the page shows now.

    Empty where a program sends the form: it has seen no page.
    """

    widget = forms.HiddenInput

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False} | options)

    def bound_data(self, data: Any, initial: Any) -> Any:
        return initial


def reason_field(**options: Any) -> forms.CharField:
    """The reason of a decision, kept in the journal or on the object."""
    defaults = {"label": _("Reason"), "max_length": 300, "widget": text_input()}
    return forms.CharField(**defaults | options)


def seen_by_hand_field() -> forms.CharField:
    """The reason why a person enters money that no bank reported."""
    return forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("Where it was seen, and why it is by hand."),
    )


class ReasonForm(ButtonForm):
    reason = reason_field()


class KeptReasonForm(ButtonForm):
    """A reason that everyone who may read the journal can read."""

    reason = reason_field(
        help_text=_("It stays in the journal for ever: name documents and orders, not persons.")
    )


class PurposeForm(ButtonForm):
    """The purpose for which staff open personal data or a document (5.4)."""

    reason = forms.CharField(label=_("What do you need it for?"), max_length=200)


def amount_field(**options: Any) -> forms.DecimalField:
    """An amount in tenge, to the tiyn."""
    defaults = {"label": _("Amount, tenge"), "max_digits": 14, "decimal_places": 2}
    return forms.DecimalField(**defaults | options)


def day_field(label: Words, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=day_input(), **options)


def moment_field(label: Words, **options: Any) -> forms.DateTimeField:
    return forms.DateTimeField(label=label, widget=moment_input(), **options)


class ImportedFileField(forms.FileField):
    """A file of at most 5 MB; larger ones are imported by a command."""

    def __init__(self, *, label: Words) -> None:
        super().__init__(label=label, max_length=200)

    def clean(self, data: Any, initial: Any = None) -> UploadedFile:
        file: UploadedFile = super().clean(data, initial)
        if file.size is not None and file.size > LARGEST_FILE:
            raise forms.ValidationError(
                gettext("The file is larger than 5 MB. Import it by the command.")
            )
        return file
