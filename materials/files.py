"""Which files may be materials: an allow-list, asked of their bytes and never of their names.

A PDF carries the student's mark; nothing else does. What is not on the list is refused: a page with
a script, a program, a document with macros.
"""

import zipfile
from io import BytesIO
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from offer_site.documents import ENDINGS, Document, UnknownDocumentError, read_document

MEGABYTE = 1024 * 1024
PDF = "application/pdf"
DOCX = "application/docx"
XLSX = "application/xlsx"
ZIP = "application/zip"
MP3 = "audio/mpeg"
MP4 = "video/mp4"
# The names by which browsers know them: too long for the column of a document's type.
OFFICE = "application/vnd.openxmlformats-officedocument"
SERVED_AS = {
    DOCX: f"{OFFICE}.wordprocessingml.document",
    XLSX: f"{OFFICE}.spreadsheetml.sheet",
}
# What each type may weigh, in bytes. A file is decrypted in memory whole.
LARGEST = {
    **dict.fromkeys([*ENDINGS, DOCX, XLSX], 10 * MEGABYTE),
    **dict.fromkeys([ZIP, MP3, MP4], 40 * MEGABYTE),
}
# An archive may not fill the student's disk.
MOST_ENTRIES = 2000
MOST_UNPACKED = 400 * MEGABYTE
BRANDS = {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"dash"}
MP3_BITRATES = range(1, 15)


def read_material(content: bytes) -> Document:
    """The file, typed by its bytes; UnknownDocumentError unless it is on the list and whole."""
    kind = _kind_of(content)
    if kind is None:
        return read_document(content)
    return Document(content, kind)


def _kind_of(content: bytes) -> str | None:
    if content.startswith(b"PK\x03\x04"):
        return _kind_of_archive(content)
    if content[4:8] == b"ftyp":
        return _if(_is_whole_mp4(content), MP4)
    if content.startswith(b"ID3") or content[:1] == b"\xff":
        return MP3 if _is_mp3(content) else None  # a JPEG begins so too
    return None


def _if(is_whole: bool, kind: str) -> str:
    if not is_whole:
        raise UnknownDocumentError(f"no whole {kind}")
    return kind


def _kind_of_archive(content: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UnknownDocumentError("no whole archive") from error
    names = {each.filename for each in entries}
    unpacked = sum(each.file_size for each in entries)
    if not 0 < len(entries) <= MOST_ENTRIES or unpacked > MOST_UNPACKED:
        raise UnknownDocumentError("an archive that is empty or too large")
    if "[Content_Types].xml" not in names:
        return ZIP
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise UnknownDocumentError("a document with macros")
    if "word/document.xml" in names:
        return DOCX
    if "xl/workbook.xml" in names:
        return XLSX
    raise UnknownDocumentError("a document of another kind")


def _is_whole_mp4(content: bytes) -> bool:
    """True if its boxes follow one another to the end, and the index and the data are there."""
    if content[8:12] not in BRANDS:
        return False
    at = 0
    found = set()
    while at < len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        head = 8
        if size == 1:
            size = int.from_bytes(content[at + 8 : at + 16], "big")
            head = 16
        if size == 0:
            size = len(content) - at
        if size < head or at + size > len(content):
            return False
        found.add(content[at + 4 : at + 8])
        at += size
    return {b"moov", b"mdat"} <= found


def _is_mp3(content: bytes) -> bool:
    """True if a frame of MPEG audio, layer III, begins where the tag ends."""
    at = 0
    if content.startswith(b"ID3"):
        size = content[6:10]
        if len(size) < 4 or any(each > 127 for each in size):
            return False
        at = 10 + (size[0] << 21 | size[1] << 14 | size[2] << 7 | size[3])
    head = content[at : at + 4]
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    is_layer_three = head[1] & 0x06 == 0x02
    has_version = head[1] & 0x18 != 0x08
    return is_layer_three and has_version and head[2] >> 4 in MP3_BITRATES


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
            document = read_material(file.read())
        except UnknownDocumentError as unknown:
            raise forms.ValidationError(
                _("This file is not of a kind that can be handed out. Choose another one.")
            ) from unknown
        if file.size > LARGEST[document.content_type]:
            raise too_large
        return document
