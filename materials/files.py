"""Which files may be materials, and how large: the allow-list of `offer_site/file_kinds.py`.

A PDF carries the student's mark; nothing else does.
"""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from offer_site.documents import ENDINGS, UnknownDocumentError
from offer_site.file_kinds import DOCX, MEGABYTE, MP3, MP4, PPTX, XLSX, ZIP, read_file

PDF = "application/pdf"
# What each type may weigh, in bytes. A file is decrypted in memory whole.
LARGEST = {
    **dict.fromkeys([*ENDINGS, DOCX, XLSX, PPTX], 10 * MEGABYTE),
    **dict.fromkeys([ZIP, MP3, MP4], 40 * MEGABYTE),
}


class MaterialFileField(forms.FileField):
    """A file of the list; the clean value is a Document, or None if left empty."""

    default_error_messages = {"empty": _("The file is empty. Choose another one.")}

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        if not file:
            return None
        too_large = forms.ValidationError(
            _("The file is too large: MP3, MP4 and ZIP may have 40 MB, all others 10 MB.")
        )
        if file.size > max(LARGEST.values()):
            raise too_large
        try:
            document = read_file(file.read())
        except UnknownDocumentError as unknown:
            raise forms.ValidationError(
                _("This file is not of a kind that can be handed out. Choose another one.")
            ) from unknown
        if file.size > LARGEST[document.content_type]:
            raise too_large
        return document
