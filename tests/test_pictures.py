"""Pictures of public pages: pixels alone, in a few widths, kept by browsers for ever."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from enrollment.models import HomePage
from offer_site.errors import RuleViolation
from offer_site.pictures import FOREVER, Picture, keep_picture
from tests.given import a_cohort, a_home_page
from tests.staff.conftest import a_member, signed_in

PORTRAIT = (4, 5)
PLACE = "Almaty, 43.2"


def a_photo(width=1200, height=1600, kind="JPEG"):
    picture = Image.new("RGB", (width, height), (180, 120, 60))
    exif = Image.Exif()
    exif[0x010E] = PLACE  # what the camera wrote
    exif[0x0112] = 1
    drawn = BytesIO()
    picture.save(drawn, kind, exif=exif)
    return drawn.getvalue()


def kept(url):
    answer = Client().get(url)
    assert answer.status_code == 200
    return answer


@pytest.fixture
def storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def test_a_picture_is_drawn_in_two_widths_and_two_formats_without_what_the_camera_wrote(
    db, storage
):
    content = a_photo()
    assert PLACE.encode() in content
    picture = Picture(**keep_picture(content, shape=PORTRAIT))
    assert (picture.width, picture.height, picture.widths) == (960, 1200, (480, 960))
    for width in picture.widths:
        for kind in ("webp", "jpg"):
            answer = kept(picture.url(width, kind))
            drawn = Image.open(BytesIO(answer.content))
            assert drawn.size == (width, width * 5 // 4)
            assert not drawn.getexif()
            assert PLACE.encode() not in answer.content
            assert answer["Cache-Control"] == FOREVER
            assert len(answer.content) < len(content)


def test_a_picture_is_never_made_larger(db, storage):
    picture = Picture(**keep_picture(a_photo(500, 700, "PNG"), shape=PORTRAIT))
    assert picture.widths == (480,)
    assert "960w" not in picture.webp


@pytest.mark.parametrize(
    "content",
    [b"", b"%PDF-1.7", b"GIF89a" + b"\0" * 100, a_photo()[:400], a_photo(200, 300)],
    ids=["nothing", "PDF", "GIF", "half", "small"],
)
def test_what_is_no_picture_is_refused_and_nothing_is_kept(storage, tmp_path, content):
    with pytest.raises(RuleViolation):
        keep_picture(content, shape=PORTRAIT)
    assert not list(tmp_path.rglob("*.*"))


@pytest.mark.parametrize(
    "name", ["a", "../signing-key.pem", f"{'a' * 64}-480.png", f"{'a' * 64}-480.webp", "%2e%2e"]
)
def test_an_address_opens_pictures_alone(db, storage, name):
    assert Client().get(f"/pictures/{name}").status_code == 404


def test_staff_upload_a_photograph_see_it_and_take_it_away(db, storage):
    page = a_home_page(a_cohort())
    desk = signed_in(a_member("manager"))
    url = reverse("admin:enrollment_course_home", args=[page.course_id])
    sent = page.draft | {"author_photo": SimpleUploadedFile("photo.jpg", a_photo())}
    assert desk.post(url, sent).status_code == 302
    desk.post(reverse("admin:enrollment_course_home-publication", args=[page.course_id]))
    shown = Client().get("/kk/").content.decode()
    named = HomePage.objects.get().content["author_photo"]
    assert f"{named['digest']}-960.webp 960w" in shown
    assert 'loading="lazy"' in shown
    assert 'alt="Фотосурет: Лаура Лесбек"' in shown
    desk.post(url, page.draft)
    assert HomePage.objects.get().draft["author_photo"] == named, "no new file, the old one stands"
    refused = desk.post(url, page.draft | {"author_photo": SimpleUploadedFile("a.jpg", b"no")})
    assert "errorlist" in refused.content.decode()
    assert desk.post(url, page.draft | {"author_photo_off": "on"}).status_code == 302
    assert "author_photo" not in HomePage.objects.get().draft
