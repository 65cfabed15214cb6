"""A file that somebody brings to be compared: held in memory for one request,
never larger than a certificate is.
"""

from io import BytesIO
from typing import Any

from django import forms
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.utils.translation import gettext_lazy as _

LARGEST_FILE = 2 * 1024 * 1024  # bytes; a certificate has 120 kB


class InMemoryOnly(FileUploadHandler):
    """Keep a file that is small enough in memory; let a larger one run by, and remember only how
    large it was.

    However many files a request brings, all of them together take no more than the largest one may.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.room = LARGEST_FILE

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.content = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if len(raw_data) <= self.room:
            self.room -= len(raw_data)
            self.content.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self.content.seek(0)
        return InMemoryUploadedFile(
            self.content,
            self.field_name,
            self.file_name,
            self.content_type or "",
            file_size,
            self.charset,
            self.content_type_extra,
        )


class CertificateFileField(forms.FileField):
    """The PDF of a certificate; its clean value is its bytes."""

    default_error_messages = {
        "required": _("Choose the PDF of the certificate."),
        "empty": _("The file is empty. Choose another one."),
        "too_large": _(
            "The file is larger than 2 MB, and no certificate is. "
            "Choose the PDF that came by e-mail."
        ),
    }

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(self.error_messages["too_large"], code="too_large")
        return file.read()


class DroppedFileForm(forms.Form):
    file = CertificateFileField(
        label=_("PDF of the certificate"),
        help_text=_("Choose the file or drop it on this page. It is compared and not kept."),
        widget=forms.FileInput(attrs={"accept": "application/pdf,.pdf"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **kwargs)

    @classmethod
    def refusing(cls, size: int) -> "DroppedFileForm":
        """Make the form that answers a file too large to be read at all."""
        unread = InMemoryUploadedFile(BytesIO(), "file", "unread", "", size, None)
        return cls({}, {"file": unread})
