"""Which files are taken besides PDF, JPEG and PNG: an allow-list, asked of bytes, never of names.

What is not on the list is refused: a page with a script, a program, a document with macros.
"""

import re
import zipfile
import zlib
from io import BytesIO
from pathlib import PurePosixPath
from xml.parsers import expat

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
    b"/aFChunk", b"ddeLink", b"&#", b"<!", b"\x00",
)  # fmt: skip
LARGEST_PART = 1 * MEGABYTE  # of the small parts that name what belongs together
LARGEST_TEXT = 50 * MEGABYTE  # of all parts of a text together
# What a relation may lead out of the document to: a link to be pressed, another table by its name.
LEADS_OUT = re.compile("/hyperlink$|externalLinkPath", re.IGNORECASE)
# Fields of a text that ask a program or load a file when it is opened.
ACTIVE_FIELD = re.compile(
    r'^[\s"]*(DDE|DDEAUTO|INCLUDE|INCLUDEPICTURE|INCLUDETEXT|IMPORT|LINK|DATABASE)\b',
    re.IGNORECASE | re.MULTILINE,
)
COMPRESSIONS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # what office programs write
CANNOT_BE_READ = (
    zipfile.BadZipFile, NotImplementedError, OSError, EOFError, zlib.error, expat.ExpatError,
    ValueError, LookupError, RuntimeError,
)  # fmt: skip
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
            _require_plain_entries(archive)
            if document.content_type == ZIP:
                _require_harmless_names(archive)
            else:
                _require_nothing_active(archive)
            if document.content_type == DOCX:
                _require_no_active_field(archive)
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


def _require_plain_entries(archive: zipfile.ZipFile) -> None:
    for each in archive.infolist():
        if not each.filename or each.compress_type not in COMPRESSIONS:
            raise UnknownDocumentError("an entry without a name, or packed as no office does")


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
        text = _part(archive, each)
        if any(word in text for word in ACTIVE) or _leads_out(text):
            raise UnknownDocumentError("a document with something active in it")


def _part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(entry) as part:
            return part.read()
    except CANNOT_BE_READ as error:
        raise UnknownDocumentError("a document whose parts cannot be read") from error


def _leads_out(relations: bytes) -> bool:
    """True if the document fetches something of elsewhere: a picture, a sound."""
    found: list[str] = []

    def begun(name: str, values: dict[str, str]) -> None:
        if values.get("TargetMode", "").lower() == "external":
            found.append(values.get("Type", ""))

    parser = _parser()
    parser.StartElementHandler = begun
    _parse(parser, relations)
    return not all(LEADS_OUT.search(kind) for kind in found)


def _require_no_active_field(archive: zipfile.ZipFile) -> None:
    parts = [each for each in archive.infolist() if each.filename.lower().endswith(".xml")]
    if sum(each.file_size for each in parts) > LARGEST_TEXT:
        raise UnknownDocumentError("a document whose parts cannot be read")
    for each in parts:
        if ACTIVE_FIELD.search(_instructions(_part(archive, each))):
            raise UnknownDocumentError("a document with something active in it")


def _instructions(part: bytes) -> str:
    """What the fields of a part of a text say, each on a line; one may stand in several runs."""
    said: list[str] = []

    def begun(name: str, values: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag in ("Override", "Default"):
            _require_named_as_xml(values)
        elif tag == "fldChar":
            said.append("\n")
        elif tag == "fldSimple":
            said.extend(["\n", *values.values(), "\n"])
        elif tag in ("instrText", "delInstrText"):
            parser.CharacterDataHandler = said.append

    def ended(name: str) -> None:
        parser.CharacterDataHandler = None

    parser = _parser()
    parser.StartElementHandler = begun
    parser.EndElementHandler = ended
    _parse(parser, part)
    return "".join(said)


def _require_named_as_xml(values: dict[str, str]) -> None:
    """A text is found by its ending: none may hide in a part that is called a picture."""
    name = values.get("PartName") or f".{values.get('Extension', '')}"
    kind = values.get("ContentType", "")
    is_text = kind.startswith("application/") and kind.endswith("xml")
    if is_text and not name.lower().endswith((".xml", ".rels")):
        raise UnknownDocumentError("a document with a part of another name")


def _parser() -> expat.XMLParserType:
    def refused(*_declared: object) -> None:
        raise UnknownDocumentError("a document that declares words of its own")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refused
    return parser


def _parse(parser: expat.XMLParserType, text: bytes) -> None:
    try:
        parser.Parse(text, True)
    except CANNOT_BE_READ as error:
        raise UnknownDocumentError("a document whose parts cannot be read") from error


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
