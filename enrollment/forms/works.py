"""What a student hands in for an assignment or a report (7.2.4)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.operations.training.works import MOST_FILES, HandedIn
from offer_site.documents import STORED_ENDINGS, DocumentsField
from offer_site.file_kinds import read_strangers_file

from .claims import ParagraphsField


class WorkFilesField(DocumentsField):
    """Files of the allow-list (0065): what staff open of them must start nothing by itself."""

    default_error_messages = {
        "unknown": _(
            "This file cannot be taken: it is of another kind, it is damaged, or a program or a "
            "macro is in it. Choose another one, or give a link."
        ),
    }
    accepted = ",".join(f".{ending}" for ending in ("jpeg", *STORED_ENDINGS.values()))
    read = staticmethod(read_strangers_file)


class WorkForm(forms.Form):
    words = ParagraphsField(label=_("Text"), rows=8, max_length=10_000, required=False)
    link = forms.URLField(
        label=_("Link"),
        max_length=500,
        assume_scheme="https",
        required=False,
        help_text=_("To a document, a video or an account. Open it for whoever has the link."),
    )
    files = WorkFilesField(
        label=_("Files"),
        most=MOST_FILES,
        required=False,
        help_text=_(
            "PDF, JPEG, PNG, DOCX, XLSX, PPTX, ZIP, MP3 or MP4: at most 5 files of 10 MB. Of a "
            "larger video give a link."
        ),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors and not any(values.get(name) for name in ("words", "link", "files")):
            self.add_error("words", _("Write the text, give a link or attach a file."))
        return values

    @property
    def given(self) -> HandedIn:
        return HandedIn(**self.cleaned_data)
