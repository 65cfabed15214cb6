"""The form for a certificate file to compare; it is held in memory for one request only."""

from io import BytesIO
from typing import Any

from django import forms
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.utils.translation import gettext_lazy as _

LARGEST_FILE = 2 * 1024 * 1024  # bytes; a certificate has 120 kB


class InMemoryOnly(FileUploadHandler):
    """Files stay in memory and never reach the disk; of a larger one only its size is remembered.

    All files of one request together take no more memory than LARGEST_FILE.
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
    """The PDF of a certificate; the clean value is its bytes."""

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
        """The form that answers a file too large to be read at all."""
        unread = InMemoryUploadedFile(BytesIO(), "file", "unread", "", size, None)
        return cls({}, {"file": unread})
