"""The pictures of a certificate: made on the first request, the same bytes ever after,
one of a kind (9.4, C2).
"""

from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest
import segno
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.urls import reverse
from PIL import Image

from certificates.models import Certificate, CertificatePicture, PictureKind
from certificates.operations import (
    certificate_attachment,
    certificate_file,
    certificate_picture,
    issue_certificate,
)
from certificates.rendering import certificate_image
from offer_site.accounts.models import User
from offer_site.documents import StoredFileError
from offer_site.pdf.stamps import MASK
from tests import given
from tests.at_once import at_once
from tests.certificates.papers import is_coloured

AFTER = given.NOON + timedelta(days=65)


@pytest.fixture(autouse=True)
def an_empty_storage(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


def an_issued_certificate(**party: str) -> Certificate:
    return issue_certificate(enrollment_id=given.a_completed_enrollment(**party).pk, at=AFTER)


def pictures_on_disk() -> list[str]:
    return sorted(
        name for name in default_storage.listdir("certificates/2027")[1] if name.endswith(".png")
    )


def asked_at_once(certificate: Certificate) -> set[bytes]:
    ask = partial(certificate_picture, certificate=certificate, kind=PictureKind.PRINT)
    return {picture.content for picture in at_once([ask] * 2)}


@pytest.mark.clause("9.4")
def test_the_face_at_300_dpi_is_made_once_and_kept_encrypted(db, settings):
    certificate = an_issued_certificate()
    assert pictures_on_disk() == []
    first = certificate_picture(certificate=certificate, kind=PictureKind.PRINT)
    second = certificate_picture(certificate=certificate, kind=PictureKind.PRINT)
    image = Image.open(BytesIO(first.content))
    assert first == second
    assert (first.file_name, image.size) == (f"{certificate.number}.png", (3508, 2481))
    assert round(image.info["dpi"][0]) == 300
    assert is_coloured(first.content)
    assert first.content == certificate_image(certificate_file(certificate))
    row = CertificatePicture.objects.get()
    assert (Path(settings.MEDIA_ROOT) / row.file).read_bytes().startswith(b"gAAAAA")


def test_a_picture_for_a_post_is_4_to_5_and_in_the_academys_colours(db):
    picture = certificate_picture(certificate=an_issued_certificate(), kind=PictureKind.POST)
    image = Image.open(BytesIO(picture.content)).convert("RGB")
    assert image.size == (1080, 1350)
    assert picture.file_name.endswith("-post.png")
    assert (
        max(
            abs(here - sky)
            for here, sky in zip(image.getpixel((5, 1340)), (7, 74, 95), strict=True)
        )
        < 5
    )
    assert len(picture.content) < 600_000
    assert CertificatePicture.objects.get().kind == PictureKind.POST


def test_what_is_kept_is_handed_out_even_when_the_drawing_would_differ(db):
    """A year later the template is another one: the picture is not."""
    certificate = an_issued_certificate()
    first = certificate_picture(certificate=certificate, kind=PictureKind.POST)
    certificate.face = {**certificate.face, "brand": "Another brand"}
    assert certificate_picture(certificate=certificate, kind=PictureKind.POST) == first


def test_a_picture_that_is_not_the_one_made_is_not_handed_out(db):
    certificate = an_issued_certificate()
    certificate_picture(certificate=certificate, kind=PictureKind.PRINT)
    file = CertificatePicture.objects.get().file
    default_storage.delete(file)
    default_storage.save(file, ContentFile(b"another"))
    with pytest.raises(StoredFileError):
        certificate_picture(certificate=certificate, kind=PictureKind.PRINT)


def test_the_letter_carries_the_picture_that_the_cabinet_gives(db):
    certificate = an_issued_certificate()
    _pdf, attached = certificate_attachment(certificate.number, at=AFTER)
    kept = certificate_picture(certificate=certificate, kind=PictureKind.PRINT)
    name = certificate.name_for_people(ending="png")
    assert (attached.filename, attached.content) == (name, kept.content)
    assert CertificatePicture.objects.count() == 1


def test_two_first_requests_at_once_give_one_file(transactional_db):
    certificate = an_issued_certificate()
    contents = asked_at_once(certificate)
    assert len(contents) == 1
    assert [f"certificates/2027/{name}" for name in pictures_on_disk()] == [
        CertificatePicture.objects.get().file
    ]


def test_without_the_constraint_two_first_requests_keep_two(transactional_db):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite cannot drop a constraint")
    certificate = an_issued_certificate()
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE certificates_certificatepicture DROP CONSTRAINT "
            "a_certificate_has_one_picture_of_a_kind"
        )
    asked_at_once(certificate)
    assert CertificatePicture.objects.count() == 2


def signed_in(certificate: Certificate) -> Client:
    client = Client()
    email = certificate.enrollment.order.party.email
    client.force_login(User.objects.filter(email=email).first() or User.objects.create_user(email))
    return client


@pytest.mark.parametrize(
    ("asked", "kind"),
    [("png", PictureKind.PRINT), ("post", PictureKind.POST), ("story", PictureKind.STORY)],
)
def test_the_owner_takes_the_same_picture_each_time(db, asked, kind):
    certificate = an_issued_certificate()
    client = signed_in(certificate)
    page = reverse("certificate_file", args=[certificate.enrollment.order.code])
    first, second = (client.get(page, {"as": asked}) for _ in range(2))
    kept = certificate_picture(certificate=certificate, kind=kind)
    assert first.content == second.content == kept.content
    assert first["Content-Type"] == "image/png"
    what = "" if kind == PictureKind.PRINT else asked
    name = quote(certificate.name_for_people(ending="png", what=what))
    assert first["Content-Disposition"] == f"attachment; filename*=utf-8''{name}"


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_documents_offer_the_paper_and_its_pictures(db, language):
    certificate = an_issued_certificate()
    code = certificate.enrollment.order.code
    page = signed_in(certificate).get(f"/{language}/cabinet/{code}/documents/").content.decode()
    file = f"/{language}/cabinet/{code}/certificate.pdf"
    asked = ("", "?as=png", "?as=post", "?as=story")
    assert [f'href="{file}{query}"' in page for query in asked] == [True] * 4


def test_a_stranger_gets_no_picture(db):
    certificate = an_issued_certificate()
    client = Client()
    client.force_login(User.objects.create_user("stranger@example.kz"))
    page = reverse("certificate_file", args=[certificate.enrollment.order.code])
    assert [client.get(page, {"as": asked}).status_code for asked in ("png", "post")] == [404, 404]
    assert not CertificatePicture.objects.exists()


def test_the_picture_for_a_post_carries_a_code_that_leads_to_the_certificate(db):
    certificate = an_issued_certificate()
    post = certificate_picture(certificate=certificate, kind=PictureKind.POST)
    picture = Image.open(BytesIO(post.content)).convert("L")
    address = f"http://localhost:8000/verify/{certificate.code}/"
    matrix = segno.make(address, error="m", micro=False, mask=MASK).matrix
    size = len(matrix) + 8  # modules, with the bare ground around them
    spots = {
        (x, y): picture.getpixel(
            (round(90 + (x + 4.5) * 200 / size), round(560 + (y + 4.5) * 200 / size))
        )
        for y, row in enumerate(matrix)
        for x, _dark in enumerate(row)
    }
    assert all((spots[x, y] < 128) == bool(matrix[y][x]) for x, y in spots)
    # A phone reads it from a screen: a module of five pixels is three quarters of a millimetre
    # where the picture is as wide as a hand.
    assert 200 / size >= 4.2
