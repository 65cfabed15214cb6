"""Which files are taken besides PDF, JPEG and PNG: an allow-list, asked of bytes, never of names.

What is not on the list is refused: a page with a script, a program, a document with macros.
"""

import zipfile
import zlib
from io import BytesIO
from pathlib import PurePosixPath

from offer_site.documents import Document, UnknownDocumentError, read_document

MEGABYTE = 1024 * 1024
DOCX = "application/docx"
XLSX = "application/xlsx"
PPTX = "application/pptx"
ZIP = "application/zip"
MP3 = "audio/mpeg"
MP4 = "video/mp4"
# An archive may not fill the student's disk.
MOST_ENTRIES = 2000
MOST_UNPACKED = 400 * MEGABYTE
# What an archive of a student may hold, by the endings of its names: a computer opens a file by its
# name, and none of these is a program. `.ds_store` is what a Mac adds to every folder.
HARMLESS = frozenset(
    ".pdf .jpg .jpeg .png .gif .webp .heic .docx .xlsx .pptx .txt .csv .mp3 .m4a .wav .mp4 .mov"
    " .ds_store".split()
)
ENCRYPTED = 0x1  # the bit of an entry that asks for a password
# Parts of an office document that hold or start something else than text, tables and pictures.
ACTIVE_PARTS = ("activex/", "oleobject", "vbaproject", "macrosheets/")
# What a document may not hold, or fetch when it is opened; a link to be pressed may stand. A number
# of a character or a declaration could spell any of these otherwise: no office writes them here.
ACTIVE = (
    b"/oleObject", b"/control", b"/vbaProject", b"/attachedTemplate", b"/subDocument", b"/frame",
    b"ddeLink", b"&#", b"<!", b"\x00",
)  # fmt: skip
LARGEST_PART = 1 * MEGABYTE  # of the small parts that name what belongs together
BRANDS = {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"dash"}
MP3_BITRATES = range(1, 15)


def read_file(content: bytes) -> Document:
    """The file, typed by its bytes; UnknownDocumentError unless it is on the list and whole."""
    kind = _kind_of(content)
    if kind is None:
        return read_document(content)
    return Document(content, kind)


def read_strangers_file(content: bytes) -> Document:
    """The same of a person whom nobody chose; what staff open must start nothing by itself.

    Refuses besides: an office document that loads, embeds or asks something of elsewhere, and an
    archive with a program or a key in it.
    """
    document = read_file(content)
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(BytesIO(content)) as archive:
            if document.content_type == ZIP:
                _require_harmless_names(archive)
            else:
                _require_nothing_active(archive)
    return document


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
    if "ppt/presentation.xml" in names:
        return PPTX
    raise UnknownDocumentError("a document of another kind")


def _require_harmless_names(archive: zipfile.ZipFile) -> None:
    for each in archive.infolist():
        path = PurePosixPath(each.filename.lower().replace("\\", "/"))
        ending = path.suffix or path.name
        if each.flag_bits & ENCRYPTED or ".." in path.parts or path.is_absolute():
            raise UnknownDocumentError("an archive that is locked, or leads out of its folder")
        if not each.is_dir() and ending not in HARMLESS:
            raise UnknownDocumentError("an archive with a file that is not on the list")


def _require_nothing_active(archive: zipfile.ZipFile) -> None:
    for each in archive.infolist():
        name = each.filename.lower()
        if any(part in name for part in ACTIVE_PARTS):
            raise UnknownDocumentError("a document with something active in it")
        if not (name.endswith(".rels") or "/externallinks/" in name):
            continue
        if each.file_size > LARGEST_PART or each.flag_bits & ENCRYPTED:
            raise UnknownDocumentError("a document whose parts cannot be read")
        try:
            with archive.open(each) as part:
                text = part.read(LARGEST_PART + 1)
        except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, zlib.error) as error:
            raise UnknownDocumentError("a document whose parts cannot be read") from error
        if len(text) > LARGEST_PART or any(word in text for word in ACTIVE):
            raise UnknownDocumentError("a document with something active in it")


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
