"""Files of a student: of the allow-list, and with nothing in them that starts by itself (0065)."""

import zipfile
from io import BytesIO

import pytest

from offer_site.documents import UnknownDocumentError
from offer_site.file_kinds import DOCX, PPTX, XLSX, ZIP, read_file, read_strangers_file
from tests.papers import HOSTILE, JPEG, PDF, PNG

TYPES = ("[Content_Types].xml", "<Types/>")
TEXT = ("word/document.xml", "<w/>")
TABLE = ("xl/workbook.xml", "<w/>")
SLIDES = ("ppt/presentation.xml", "<p/>")


def an_archive(*entries, flag=0):
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in entries:
            archive.writestr(name, content)
    content = written.getvalue()
    if flag:  # of the first entry, in the index
        at = content.index(b"PK\x01\x02") + 8
        content = content[:at] + flag.to_bytes(2, "little") + content[at + 2 :]
    return content


def packed(method, *entries, broken=False):
    """An archive in this compression; broken: the data of its first entry are not of that kind."""
    written = BytesIO()
    with zipfile.ZipFile(written, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    content = bytearray(written.getvalue())
    if broken:
        at = 30 + len(entries[0][0])
        content[at : at + 9] = b"\x09\x04\x05\x00\xff\xff\xff\xff\xff"
    return bytes(content)


def with_another_local_name(content):
    """Flagged as UTF-8, and the name beside the data is none."""
    at = content.index(b"PK\x03\x04")
    changed = bytearray(content)
    changed[at + 6 : at + 8] = (0x800).to_bytes(2, "little")
    changed[at + 30] = 0xFF
    in_index = content.index(b"PK\x01\x02") + 8
    changed[in_index : in_index + 2] = (0x800).to_bytes(2, "little")
    return bytes(changed)


def a_text(*instructions):
    """A document whose field is written so, in one run or in several."""
    runs = "".join(f"<w:r><w:instrText>{each}</w:instrText></w:r>" for each in instructions)
    return an_archive(TYPES, ("word/document.xml", f"<w:document>{runs}</w:document>"))


def relations(kind, *, mode="External", name="word/_rels/document.xml.rels"):
    text = f'<Relationship Type="http://x/{kind}" Target="http://x/t" TargetMode="{mode}"/>'
    return name, text


BOTH_RELATIONS = (
    '<Relationships><Relationship Type="http://x/image" Target="media/a.png"/>'
    '<Relationship Type="http://x/hyperlink" Target="http://x/t" TargetMode="External"/>'
    "</Relationships>"
)
TAKEN = [
    (PDF, "application/pdf"),
    (JPEG, "image/jpeg"),
    (PNG, "image/png"),
    (an_archive(TYPES, TEXT, relations("hyperlink")), DOCX),
    (a_text(' HYPERLINK "http://x/dde" ', " PAGE ", " DATE "), DOCX),
    (packed(zipfile.ZIP_DEFLATED, TYPES, TEXT, relations("image", mode="Internal")), DOCX),
    (
        an_archive(
            TYPES, TEXT, ("word/_rels/footnotes.xml.rels", BOTH_RELATIONS), ("word/media/", "")
        ),
        DOCX,
    ),
    (an_archive(TYPES, TABLE, ("xl/externalLinks/externalLink1.xml", "<externalBook/>")), XLSX),
    (
        an_archive(
            TYPES, TABLE, relations("externalLinkPath", name="xl/externalLinks/_rels/a.rels")
        ),
        XLSX,
    ),
    (an_archive(TYPES, SLIDES, ("ppt/embeddings/Microsoft_Excel_Sheet1.xlsx", "x")), PPTX),
    (an_archive(("Есеп/жоспар.PDF", "x"), ("__MACOSX/._a.jpg", "x"), (".DS_Store", "x")), ZIP),
]
REFUSED = {
    "a template from elsewhere": an_archive(TYPES, TEXT, relations("attachedTemplate")),
    "an object of elsewhere": an_archive(TYPES, TEXT, relations("oleObject")),
    "an object within": an_archive(TYPES, TEXT, relations("oleObject", mode="Internal")),
    "a control": an_archive(TYPES, TEXT, relations("control", mode="Internal")),
    "a kind spelled by numbers": an_archive(TYPES, TEXT, relations("oleObjec&#116;")),
    "a kind in an entity": an_archive(
        TYPES, TEXT, ("word/_rels/a.rels", '<!DOCTYPE r [<!ENTITY e "x">]><r/>')
    ),
    "relations in UTF-16": an_archive(
        TYPES, TEXT, ("word/_rels/a.rels", relations("oleObject")[1].encode("utf-16"))
    ),
    "relations without end": an_archive(TYPES, TEXT, ("word/_rels/a.rels", " " * 1_100_000)),
    "locked relations": an_archive(relations("hyperlink"), TYPES, TEXT, flag=1),
    "a table that asks a program": an_archive(
        TYPES, TABLE, ("xl/externalLinks/externalLink1.xml", "<ddeLink ddeService='cmd'/>")
    ),
    "an embedded object": an_archive(TYPES, TEXT, ("word/embeddings/oleObject1.bin", "x")),
    "an old macro sheet": an_archive(TYPES, TABLE, ("xl/macrosheets/sheet1.xml", "x")),
    "a program": an_archive(("есеп.exe", "MZ")),
    "a program in a folder": an_archive(("a.pdf", "x"), ("b/c.pdf.js", "x")),
    "a page": an_archive(("index.html", "<script>")),
    "a document with macros": an_archive(("a.docm", "x")),
    "an archive within": an_archive(("a.zip", "x")),
    "a name without an ending": an_archive(("run", "x")),
    "a name that Windows shortens": an_archive(("a.exe.", "x")),
    "a way out": an_archive(("../a.pdf", "x")),
    "a way out of Windows": an_archive(("..\\..\\a.pdf", "x")),
    "a way from the root": an_archive(("/a.pdf", "x")),
    "a locked archive": an_archive(("a.pdf", "x"), flag=1),
    "a name that begins with its end": an_archive(("_a.pdf", "x")).replace(b"_a", b"\0a"),
    "a broken relation of another compression": packed(
        zipfile.ZIP_LZMA, relations("hyperlink"), TYPES, TEXT, broken=True
    ),
    "a broken relation": packed(
        zipfile.ZIP_DEFLATED, relations("hyperlink"), TYPES, TEXT, broken=True
    ),
    "an archive of another compression": packed(zipfile.ZIP_BZIP2, ("a.pdf", "x")),
    "a relation of two names": with_another_local_name(
        an_archive(relations("hyperlink"), TYPES, TEXT)
    ),
    "a field that asks a program": a_text("DDEAUTO c:\\cmd.exe /k"),
    "a field that asks a program, in pieces": a_text(" D", "DE", "AUTO c:\\cmd.exe"),
    "a field in small letters": a_text(" dde cmd "),
    "a field with a picture of elsewhere": a_text(' INCLUDEPICTURE "http://x/t" \\d '),
    "a field with a text of elsewhere": a_text(" INCLUDE", 'TEXT "//x/t" '),
    "a simple field": an_archive(
        TYPES, ("word/header1.xml", '<w:fldSimple w:instr=" DDE cmd "/>'), TEXT
    ),
    "a field that is quoted": an_archive(
        TYPES, ("word/document.xml", "<w:fldSimple w:instr=' DDE cmd '/>")
    ),
    "a text that is called a picture": an_archive(
        (
            "[Content_Types].xml",
            '<Types><Override PartName="/a.png" ContentType="application/x.main+xml"/></Types>',
        ),
        TEXT,
    ),
    "a text in UTF-16": an_archive(
        TYPES, ("word/document.xml", "<w:instrText>DDE a</w:instrText>".encode("utf-16"))
    ),
    "a page of the web within": an_archive(TYPES, TEXT, relations("aFChunk", mode="Internal")),
    "a picture of elsewhere": an_archive(TYPES, TEXT, relations("image")),
    "a sound of elsewhere": an_archive(TYPES, SLIDES, relations("audio")),
    "a picture of elsewhere, in spaces": an_archive(
        TYPES,
        TEXT,
        ("word/_rels/a.rels", "<Relationship TargetMode = 'External'\nType='http://x/image'/>"),
    ),
}


@pytest.mark.parametrize(("content", "kind"), TAKEN, ids=[kind for _content, kind in TAKEN])
def test_what_a_student_hands_in_is_known_by_its_bytes(content, kind):
    assert read_strangers_file(content).content_type == kind


@pytest.mark.parametrize("content", (REFUSED | HOSTILE).values(), ids=REFUSED | HOSTILE)
def test_what_would_start_something_is_refused(content):
    with pytest.raises(UnknownDocumentError):
        read_strangers_file(content)


def test_what_the_academy_chose_itself_is_not_asked_so_much():
    assert read_file(REFUSED["a program"]).content_type == ZIP
    assert read_file(REFUSED["a template from elsewhere"]).content_type == DOCX
