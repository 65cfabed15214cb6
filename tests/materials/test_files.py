"""Other files than PDF: by an allow-list asked of their bytes, saved and never opened (11.5)."""

import zipfile
from io import BytesIO

import pytest
import time_machine
from django.urls import reverse

from materials.models import Material, MaterialOpening
from offer_site.documents import UnknownDocumentError
from offer_site.file_kinds import DOCX, MP3, MP4, PPTX, XLSX, ZIP, read_file
from tests.accounts.signing import signed_in
from tests.given import NOON, a_cohort, a_paid_order
from tests.materials.scenes import a_material, a_pdf
from tests.papers import HOSTILE, JPEG, PNG, a_file
from tests.staff.conftest import a_member
from tests.staff.conftest import signed_in as at_desk


def an_archive(**files):
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in files.items():
            archive.writestr(
                name.replace("__", "/").replace("_TYPES", "[Content_Types].xml"), content
            )
    return written.getvalue()


def boxes(*named):
    return b"".join((8 + len(data)).to_bytes(4, "big") + name + data for name, data in named)


FTYP = (b"ftyp", b"isom\x00\x00\x02\x00isomiso2")
VIDEO = boxes(FTYP, (b"moov", b"index"), (b"mdat", b"frames"))
SOUND = b"ID3\x04\x00\x00\x00\x00\x00\x05title" + b"\xff\xfb\x90\x64" + b"\x00" * 413
TEXT = an_archive(_TYPES="<Types/>", **{"word__document.xml": "<w/>"})
TABLE = an_archive(_TYPES="<Types/>", **{"xl__workbook.xml": "<w/>"})
SLIDES = an_archive(_TYPES="<Types/>", **{"ppt__presentation.xml": "<p/>"})
PLAIN = an_archive(**{"deck.txt": "x"})

TAKEN = [
    (a_pdf(), "application/pdf"),
    (JPEG, "image/jpeg"),
    (PNG, "image/png"),
    (TEXT, DOCX),
    (TABLE, XLSX),
    (SLIDES, PPTX),
    (PLAIN, ZIP),
    (SOUND, MP3),
    (SOUND[15:], MP3),
    (VIDEO, MP4),
]
REFUSED = HOSTILE | {
    "half a video": VIDEO[:-3],
    "a video without its index": boxes(FTYP, (b"mdat", b"frames")),
    "a page in a video's clothes": b"\x00\x00\x00\x10ftypisom<script>alert(1)</script>",
    "a tag without a sound": SOUND[:15] + b"<script>",
    "half an archive": PLAIN[:-8],
    "a text with macros": an_archive(
        _TYPES="<Types/>", **{"word__document.xml": "<w/>", "word__vbaProject.bin": "x"}
    ),
    "another office document": an_archive(_TYPES="<Types/>", **{"ppt__x.xml": "<w/>"}),
    "an archive of nothing": an_archive(),
    "an archive that is too large": an_archive(**{f"{n}.txt": "" for n in range(2001)}),
}


@pytest.mark.parametrize(("content", "kind"), TAKEN, ids=[kind for _content, kind in TAKEN])
def test_a_file_is_known_by_its_bytes(content, kind):
    assert read_file(content).content_type == kind


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_what_is_not_on_the_list_is_refused(content):
    with pytest.raises(UnknownDocumentError):
        read_file(content)


@pytest.mark.clause("11.5")
def test_a_file_without_a_mark_is_saved_and_each_opening_is_logged(db):
    order = a_paid_order()
    material = a_material(order.cohort, kind="file", document=read_file(TEXT))
    with time_machine.travel(NOON, tick=False):
        browser = signed_in(order.party.email)
        page = browser.get(reverse("material", args=[order.code, material.pk]))
        answer = browser.get(reverse("material_opening", args=[order.code, material.pk]))
    assert "белгі" in page.text
    assert "әр бетінде" not in page.text
    assert answer.content == TEXT
    assert answer["Content-Type"].endswith("wordprocessingml.document")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Disposition"].endswith('.docx"')
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    assert MaterialOpening.objects.get().material == material


@pytest.mark.clause("11.5")
def test_staff_add_a_video_file_of_more_than_ten_megabytes(db):
    cohort = a_cohort()
    sent = {"cohort": cohort.pk, "kind": "file", "title_kk": "Сабақ", "title_ru": "Урок"}
    desk = at_desk(a_member("manager"))
    address = reverse("admin:materials_material_add")
    large = boxes(FTYP, (b"moov", b"index"), (b"mdat", b"\x00" * (12 * 1024 * 1024)))
    desk.post(address, sent | {"document": a_file(large, "lesson.mp4", "video/mp4")})
    assert Material.objects.get().document_type == MP4
    for content in (REFUSED["a text with macros"], large[:-1]):
        answer = desk.post(address, sent | {"document": a_file(content)})
        assert list(answer.context["form"].errors) == ["document"]
    assert Material.objects.count() == 1
