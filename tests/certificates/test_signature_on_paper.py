"""The signatory's signature on the certificate: frozen by its digest, printed as pixels,
read aloud (9.2, 9.3, C2).
"""

from datetime import timedelta
from io import BytesIO

import pikepdf
import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from PIL import Image, ImageDraw

from certificates.models import Certificate
from certificates.operations import CertificateSetApartError, certificate_file, issue_certificate
from certificates.rendering import certificate_pdf, signature_drawing
from enrollment.management.sample_signature import sample_signature
from enrollment.models import Academy, SignatureImage
from enrollment.operations.paper.signatures import keep_signature, signature_image, stored_as
from offer_site.accounts.models import User
from tests import given
from tests.certificates.papers import picture_of
from tests.certificates.test_admin import desk_of
from tests.certificates.test_paper_structure import tags

pytestmark = pytest.mark.django_db
AFTER = given.NOON + timedelta(days=65)


@pytest.fixture(autouse=True)
def an_empty_storage(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    signature_drawing.cache_clear()


def another_signature() -> bytes:
    picture = Image.new("RGBA", (500, 120))
    content = BytesIO()
    ImageDraw.Draw(picture).arc((5, 5, 490, 110), 0, 300, fill=(5, 5, 60, 255), width=5)
    picture.save(content, "PNG")
    return content.getvalue()


def a_signature(content: bytes = b"") -> SignatureImage:
    academy = Academy.objects.get()
    return keep_signature(
        academy=academy, content=content or sample_signature(), by="system", at=given.NOON
    )


def issued() -> Certificate:
    return issue_certificate(enrollment_id=given.a_completed_enrollment().pk, at=AFTER)


def inked(pdf: bytes) -> int:
    """Count the pixels of blue ink where the signature stands on the face."""
    millimetre = 300 / 25.4
    area = (
        picture_of(pdf, 0)
        .crop([round(mm * millimetre) for mm in (132, 153, 196, 168)])
        .convert("RGB")
    )
    return sum(blue > red + 50 and red < 80 for red, _green, blue in area.get_flattened_data())


def test_a_certificate_prints_the_signature_that_was_in_use_when_it_was_numbered():
    given.a_published_offer()
    image = a_signature()
    certificate = issued()
    pdf = certificate_file(certificate)
    assert certificate.face["signature"] == image.sha256
    assert inked(pdf) > 1000
    assert len(pdf) < 115_000  # what signs it adds some kilobytes
    with pikepdf.open(BytesIO(pdf)) as document:
        assert next(str(one.Alt) for one in tags(document, "/Figure")) == (
            f"Қолы: {certificate.face['signatory']} · Подпись: {certificate.face['signatory']}"
        )


def test_printing_it_anew_gives_the_same_bytes_after_another_signature_came():
    given.a_published_offer()
    a_signature()
    certificate = issued()
    first = certificate_pdf(certificate)
    later = a_signature(another_signature())
    signature_drawing.cache_clear()
    assert certificate_pdf(certificate) == first
    assert issued().face["signature"] == later.sha256


def test_without_a_signature_its_line_stays_empty():
    certificate = issued()
    assert certificate.face["signature"] == ""
    pdf = certificate_file(certificate)
    assert inked(pdf) == 0
    with pikepdf.open(BytesIO(pdf)) as document:
        assert len(tags(document, "/Figure")) == 2


def test_a_certificate_whose_signature_is_lost_is_set_apart_and_not_printed_without_it():
    given.a_published_offer()
    default_storage.delete(stored_as(a_signature().sha256))
    with pytest.raises(CertificateSetApartError):
        issued()
    assert Certificate.objects.get().fail_reason == "SignatureMissingError"


def the_button(name: str = "signature") -> str:
    return reverse(f"admin:enrollment_academy_{name}", args=[Academy.objects.get().pk])


def test_the_owner_uploads_a_signature_and_sees_it():
    given.a_published_offer()
    desk = desk_of("owner")
    picture = BytesIO(sample_signature())
    picture.name = "signature.png"
    answer = desk.post(the_button(), {"file": picture})
    image = SignatureImage.objects.get()
    assert answer.status_code == 302
    assert image.uploaded_by == f"staff:{User.objects.get(email='owner@desk.example.kz').pk}"
    shown = desk.post(the_button("signature-image"))
    assert shown.content == signature_image(image.sha256)
    page = desk.get(
        reverse("admin:enrollment_academy_change", args=[image.academy_id])
    ).content.decode()
    assert image.sha256 in page


def test_what_is_no_signature_comes_back_with_a_sentence_at_its_field():
    given.a_published_offer()
    wrong = BytesIO(b"%PDF-1.7 %%EOF")
    wrong.name = "signature.png"
    answer = desk_of("owner").post(the_button(), {"file": wrong})
    assert answer.status_code == 200
    assert answer.context["form"].errors["file"]
    assert not SignatureImage.objects.exists()


def test_a_signature_is_the_owners_matter():
    given.a_published_offer()
    assert desk_of("manager").get(the_button()).status_code == 403
    assert Client().get(the_button()).status_code == 302
