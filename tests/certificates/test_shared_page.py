"""The certificate's page: opened by its letter's link without a code, and what it gives (9.1)."""

from datetime import timedelta
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.conf import settings as site
from django.test import Client
from django.urls import reverse
from PIL import Image

from certificates.models import CertificatePicture, PictureKind
from certificates.operations import certificate_file, certificate_picture, issue_certificate
from enrollment.operations.links import certificate_link, end_links, order_signature
from offer_site.notices.models import Notice
from tests import given
from tests.accounts.signing import signed_in

pytestmark = pytest.mark.django_db
AFTER = given.NOON + timedelta(days=65)


@pytest.fixture(autouse=True)
def _an_empty_storage(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def certificate():
    return issue_certificate(enrollment_id=given.a_completed_enrollment().pk, at=AFTER)


@pytest.fixture
def order(certificate):
    return certificate.enrollment.order


def path_of(order):
    return certificate_link(order, order.language).removeprefix(site.SITE_URL)


def files_of(order):
    kinds = ("story", "post", "print", "screen")
    pictures = [reverse("certificate_picture", args=[order.code, kind]) for kind in kinds]
    return [reverse("certificate_pdf", args=[order.code]), *pictures]


def test_the_letters_link_opens_it_without_a_code_and_its_key_leaves_the_address(
    certificate, order
):
    letter = Notice.objects.get(kind="certificate-ready")
    browser = Client()
    answer = browser.get(letter.facts["cabinet_url"].removeprefix(site.SITE_URL))
    assert answer.status_code == 302
    assert "key" not in answer["Location"]
    page = browser.get(answer["Location"])
    assert certificate.number in page.text
    assert certificate.code_in_groups in page.text
    assert "noindex" in page["X-Robots-Tag"]
    assert "no-store" in page["Cache-Control"]
    assert browser.get(files_of(order)[0]).content == certificate_file(certificate)
    for address in files_of(order)[1:]:
        assert address in page.text
        assert browser.get(address)["Content-Type"] == "image/png"


def test_it_opens_nothing_else(order):
    browser = Client()
    browser.get(path_of(order))
    for page in ("order", "cabinet_documents", "certificate_file"):
        assert browser.get(reverse(page, args=[order.code])).status_code in (302, 404)


def test_a_stranger_and_the_link_of_the_order_open_nothing(order):
    address = reverse("certificate", args=[order.code])
    stranger = Client()
    for asked in (address, f"{address}?key={order_signature(order)}", *files_of(order)):
        assert stranger.get(asked).status_code == 404
    other = given.a_paid_order()
    with time_machine.travel(AFTER, tick=False):
        assert signed_in(other.party.email).get(address).status_code == 404
        assert signed_in(order.party.email).get(address).status_code == 200
    assert not CertificatePicture.objects.exists()


@pytest.mark.clause("3.1")
def test_the_alarm_ends_the_link_and_the_browsers_that_followed_it(order):
    browser = Client()
    link = path_of(order)
    browser.get(link)
    assert browser.get(reverse("certificate", args=[order.code])).status_code == 200
    end_links(email=order.party.email, at=AFTER)
    order.party.refresh_from_db()
    assert browser.get(reverse("certificate", args=[order.code])).status_code == 404
    assert browser.get(files_of(order)[0]).status_code == 404
    assert Client().get(link).status_code == 404
    assert Client().get(path_of(order)).status_code == 302


def test_before_it_is_issued_there_is_no_page():
    order = given.a_paid_order()
    assert Client().get(path_of(order), follow=True).status_code == 404


# --- What is shared
def test_the_story_is_9_to_16_with_the_face_in_it_and_free_of_words_above_and_below(certificate):
    picture = certificate_picture(certificate=certificate, kind=PictureKind.STORY)
    image = Image.open(BytesIO(picture.content)).convert("RGB")
    assert image.size == (1080, 1920)
    assert picture.file_name.endswith("-story.png")
    assert len(picture.content) < 900_000

    def colours(box):
        return {colour for _count, colour in image.crop(box).getcolors(1_000_000)}

    assert len(colours((0, 0, 1080, 250))) == 1
    assert len(colours((0, 1670, 1080, 1920))) == 1
    assert len(colours((90, 698, 990, 1332))) > 20, "the face"


def test_linkedin_gets_the_facts_of_the_face(certificate):
    asked = parse_qs(urlsplit(certificate.linkedin_address).query)
    assert asked["certId"] == [certificate.number]
    assert asked["certUrl"] == [certificate.public_address]
    assert (asked["issueYear"], asked["issueMonth"]) == (["2027"], ["1"])
    assert certificate.learner_name not in certificate.linkedin_address
