"""Documents that people send us, checked by their bytes and stored encrypted (5.4).

A stored file is handed out byte for byte as it was recorded, or not at all (C2).
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from cryptography.fernet import InvalidToken
from django import forms
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from offer_site.web.downloads import download

LARGEST_DOCUMENT = 10 * 1024 * 1024  # bytes
END_OF_PDF = 2048  # bytes at the end among which a whole file has its end mark
ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}
# What is stored besides: materials of the course, and works (file_kinds.py).
STORED_ENDINGS = ENDINGS | {
    "application/docx": "docx",
    "application/xlsx": "xlsx",
    "application/pptx": "pptx",
    "application/zip": "zip",
    "audio/mpeg": "mp3",
    "video/mp4": "mp4",
}
# The names by which browsers know them: too long for the column of a document's type.
OFFICE = "application/vnd.openxmlformats-officedocument"
SERVED_AS = {
    "application/docx": f"{OFFICE}.wordprocessingml.document",
    "application/xlsx": f"{OFFICE}.spreadsheetml.sheet",
    "application/pptx": f"{OFFICE}.presentationml.presentation",
}


class UnknownDocumentError(ValueError):
    """The bytes are no PDF, JPEG or PNG, whatever the file's name says."""


class StoredFileError(RuntimeError):
    """A stored file is not what was recorded; nothing is handed out in its place (C2)."""


class FileIsGoneError(StoredFileError):
    """The file is not there."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the stored file {name} is gone")


class FileIsUnreadableError(StoredFileError):
    """The disk does not give the file, or no key opens it: it was scratched, or a key is lost."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the stored file {name} cannot be read")


class FileWasChangedError(StoredFileError):
    """The file has other bytes than were recorded."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the stored file {name} is not the one that was recorded")


@dataclass(frozen=True)
class Document:
    """A file whose type was read from its bytes."""

    content: bytes
    content_type: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class NamedDocument:
    """A document with the name that its sender gave it."""

    name: str
    document: Document


def read_document(content: bytes) -> Document:
    """The document, typed by its content; UnknownDocumentError unless a whole PDF, JPEG or PNG."""
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-END_OF_PDF:]:
        return Document(content, "application/pdf")
    if content.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in content[-END_OF_PDF:]:
        return Document(content, "image/jpeg")
    if (
        content.startswith(b"\x89PNG\r\n\x1a\n")
        and content[12:16] == b"IHDR"
        and b"IEND" in content[-END_OF_PDF:]
    ):
        return Document(content, "image/png")
    raise UnknownDocumentError("not a PDF, JPEG or PNG")


@dataclass(frozen=True)
class SeenAs:
    """How the journal records that a person saw a document; `order` is the code of its chain."""

    about: tuple[str, str]
    order: str = ""
    verb: str = "document.seen"
    facts: dict[str, Any] = field(default_factory=dict)


class Documented(models.Model):
    """A row with at most one document: its name in the storage, its type, its digest."""

    document = models.CharField(_("document"), max_length=120, blank=True, editable=False)
    document_type = models.CharField(max_length=40, blank=True, editable=False)
    document_sha256 = models.CharField(
        _("SHA-256 of the document"), max_length=64, blank=True, editable=False
    )

    class Meta:
        abstract = True

    @property
    def seen_as(self) -> SeenAs:
        raise NotImplementedError


@contextmanager
def all_kept(documents: Sequence[NamedDocument], *, under: str) -> Iterator[list[dict[str, str]]]:
    """Store several documents as `kept` does; each row's fields have the name as `title`."""
    with ExitStack() as stack:
        yield [
            {"title": each.name} | stack.enter_context(kept(each.document, under=under))
            for each in documents
        ]


def forget_all(stored: Sequence[dict[str, str]]) -> None:
    for each in stored:
        forget(each)


@contextmanager
def kept(document: Document | None, *, under: str) -> Iterator[dict[str, str]]:
    """Store a document while its row is written; yields the row's fields.

    If the row is refused, the file is deleted. The storage is not part of a transaction: enter this
    before one begins.
    """
    if document is None:
        yield {}
        return
    name = f"{under}/{uuid4().hex}.{STORED_ENDINGS[document.content_type]}"
    stored = default_storage.save(name, ContentFile(document.content))
    try:
        yield {
            "document": stored,
            "document_type": document.content_type,
            "document_sha256": document.sha256,
        }
    except BaseException:
        default_storage.delete(stored)
        raise


def read_stored(name: str, *, sha256: str) -> bytes:
    """A file of the storage, decrypted; StoredFileError unless its bytes have this digest."""
    content = read_anything(name)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise FileWasChangedError(name)
    return content


def read_anything(name: str) -> bytes:
    """A file whose digest nobody recorded, decrypted; raises StoredFileError."""
    try:
        with default_storage.open(name) as stored:
            return bytes(stored.read())
    except FileNotFoundError as error:
        raise FileIsGoneError(name) from error
    except (OSError, InvalidToken) as error:
        raise FileIsUnreadableError(name) from error


def forget(stored: dict[str, str]) -> None:
    """Delete a document whose row turned out to exist already."""
    if stored:
        default_storage.delete(stored["document"])


def hand_out(row: Documented, *, name: str) -> HttpResponse:
    """A file to save, never a page to open: nothing in the document runs on our origin.

    Raises StoredFileError unless it is byte for byte what was given.
    """
    file_name = f"{name}.{STORED_ENDINGS[row.document_type]}"
    content = read_stored(row.document, sha256=row.document_sha256)
    kind = SERVED_AS.get(row.document_type, row.document_type)
    return download(content, file_name, content_type=kind)


class DocumentField(forms.FileField):
    """A PDF, JPEG or PNG of at most 10 MB; the clean value is a Document, or None if left empty."""

    default_error_messages = {
        "required": _("Attach the document."),
        "empty": _("The file is empty. Choose another one."),
        "unknown": _("This file is not a PDF, JPEG or PNG. Choose another one."),
    }
    # What a browser offers to choose among, and what reads what was chosen.
    accepted = ",".join(ENDINGS)
    read = staticmethod(read_document)

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _("PDF, JPEG or PNG, at most 10 MB."))
        super().__init__(widget=forms.FileInput(attrs={"accept": self.accepted}), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        if not file:
            return None
        if file.size > LARGEST_DOCUMENT:
            raise forms.ValidationError(_("The file is larger than 10 MB. Choose a smaller one."))
        try:
            return self.read(file.read())
        except UnknownDocumentError as unknown:
            raise forms.ValidationError(self.error_messages["unknown"]) from unknown


class ManyFilesInput(forms.FileInput):
    allow_multiple_selected = True


class DocumentsField(DocumentField):
    """Any number of documents up to a limit; the clean value is a list of NamedDocument."""

    def __init__(self, *, most: int = 10, **kwargs: Any) -> None:
        self.most = most
        kwargs.setdefault("help_text", _("PDF, JPEG or PNG, at most 10 MB each."))
        super().__init__(**kwargs)
        self.widget = ManyFilesInput(attrs={"accept": self.accepted})
        self.widget.is_required = self.required

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = [each for each in data or [] if each]
        if self.required and not files:
            raise forms.ValidationError(self.error_messages["required"])
        if len(files) > self.most:
            raise forms.ValidationError(
                _("At most %(most)d files at once. Send the others afterwards.")
                % {"most": self.most}
            )
        return [
            NamedDocument(each.name[:120], super(DocumentsField, self).clean(each))
            for each in files
        ]
