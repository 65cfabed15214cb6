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


def relations(kind, *, mode="External", name="word/_rels/document.xml.rels"):
    text = f'<Relationship Type="http://x/{kind}" Target="http://x/t" TargetMode="{mode}"/>'
    return name, text


TAKEN = [
    (PDF, "application/pdf"),
    (JPEG, "image/jpeg"),
    (PNG, "image/png"),
    (an_archive(TYPES, TEXT, relations("hyperlink")), DOCX),
    (an_archive(TYPES, TABLE, ("xl/externalLinks/externalLink1.xml", "<externalBook/>")), XLSX),
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
