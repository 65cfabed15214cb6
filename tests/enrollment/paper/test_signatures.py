"""The signatory's signature: what may be uploaded, what is kept of it,
and what certificates print.
"""

import hashlib
import struct
from functools import partial
from io import BytesIO
from pathlib import Path
from zlib import crc32

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import translation
from PIL import Image, ImageDraw, PngImagePlugin

from enrollment.management.sample_signature import sample_signature
from enrollment.models import Academy, SignatureImage
from enrollment.operations.paper.signatures import (
    LARGEST_FILE,
    MOST_KEPT,
    SignatureMissingError,
    keep_signature,
    signature_image,
    signature_pixels,
    stored_as,
)
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from tests import given
from tests.at_once import at_once


@pytest.fixture(autouse=True)
def an_empty_storage(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def in_english():
    with translation.override("en"):
        yield


def an_academy() -> Academy:
    given.a_published_offer()
    return Academy.objects.get()


def keep(academy: Academy, content: bytes = b"") -> SignatureImage:
    return keep_signature(
        academy=academy, content=content or sample_signature(), by="system", at=given.NOON
    )


def a_png(size=(600, 200), ground=(0, 0, 0, 0), mode="RGBA", form="PNG", **options) -> bytes:
    picture = Image.new("RGBA", size, ground)
    ImageDraw.Draw(picture).line(
        (20, 20, size[0] - 20, size[1] - 20), fill=(10, 20, 90, 255), width=6
    )
    content = BytesIO()
    picture.convert(mode).save(content, form, **options)
    return content.getvalue()


def test_a_picture_that_only_says_how_large_it_is_is_refused_for_its_sides(in_english):
    whole = a_png()
    header = b"IHDR" + struct.pack(">II", 30_000, 30_000) + whole[24:29]
    bomb = whole[:12] + header + struct.pack(">I", crc32(header)) + whole[33:]
    with given.refusal() as refused:
        signature_pixels(bomb)
    assert "from 60 to 4000 pixels" in str(refused.value)


@pytest.mark.clause("9.2", "9.3")
def test_a_signature_is_kept_encrypted_under_its_digest_and_journalled(db, settings):
    image = keep(an_academy())
    content = signature_image(image.sha256)
    assert hashlib.sha256(content).hexdigest() == image.sha256
    assert Image.open(BytesIO(content)).size == (image.width, image.height)
    on_disk = (Path(settings.MEDIA_ROOT) / stored_as(image.sha256)).read_bytes()
    assert on_disk.startswith(b"gAAAAA")
    entry = Entry.objects.get(verb="academy.signature_uploaded")
    assert (entry.facts, entry.by) == ({"sha256": image.sha256}, "system")


def test_the_same_picture_uploaded_again_is_one_file_and_two_uploads(db):
    academy = an_academy()
    first = keep(academy)
    second = keep(academy)
    assert first.sha256 == second.sha256
    assert SignatureImage.objects.signing_for(academy).first() == second
    assert default_storage.listdir("signatures")[1] == [f"{first.sha256}.png"]


def test_the_same_picture_uploaded_at_once_is_one_file(transactional_db):
    academy = an_academy()
    digests = {kept.sha256 for kept in at_once([partial(keep, academy)] * 2)}
    assert default_storage.listdir("signatures")[1] == [f"{digest}.png" for digest in digests]
    assert signature_image(digests.pop())


def test_a_new_edition_with_the_same_signatory_keeps_the_signature(db):
    academy = an_academy()
    image = keep(academy)
    later = Academy(signatory=academy.signatory)
    other = Academy(signatory="Оспанов А. Б.")
    assert SignatureImage.objects.signing_for(later).get() == image
    assert not SignatureImage.objects.signing_for(other).exists()


def test_a_signature_is_cut_to_its_ink_and_keeps_only_what_is_seen():
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "somebody@example.kz")
    secret = Image.new("RGBA", (600, 200), (250, 1, 2, 0))  # a colour under what is clear
    ImageDraw.Draw(secret).rectangle((100, 50, 399, 149), fill=(0, 0, 0, 255))
    content = BytesIO()
    secret.save(content, "PNG", pnginfo=info, dpi=(72, 72))
    kept, size = signature_pixels(content.getvalue() + b"trailing secret")
    picture = Image.open(BytesIO(kept))
    assert size == picture.size
    assert abs(size[0] / size[1] - 3) < 0.02
    assert b"somebody" not in kept
    assert b"secret" not in kept
    assert picture.info == {}
    assert all(pixel[:3] != (240, 0, 0) for pixel in picture.get_flattened_data())


def test_a_noisy_scan_is_made_small_enough_for_every_certificate():
    noise = Image.effect_noise((1000, 300), 90)
    scan = Image.merge(
        "RGBA", [noise, noise, noise, noise.point(lambda value: value if value > 140 else 0)]
    )
    content = BytesIO()
    scan.save(content, "PNG")
    kept, _size = signature_pixels(content.getvalue())
    assert len(kept) <= MOST_KEPT


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a PNG"),
        (b"%PDF-1.7\n%%EOF", "not a PNG"),
        (a_png(mode="RGB", form="JPEG"), "not a PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a PNG"),
        (a_png()[:200], "not a PNG"),
        (a_png(ground=(255, 255, 255, 255)), "must be transparent"),
        (a_png(mode="RGB"), "must be transparent"),
        (a_png((50, 50)), "from 60 to 4000"),
        (a_png((4001, 100)), "from 60 to 4000"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * LARGEST_FILE, "larger than 2 MB"),
    ],
    ids=[
        "nothing",
        "pdf",
        "jpeg",
        "svg",
        "half",
        "white ground",
        "no ground",
        "tiny",
        "huge",
        "heavy",
    ],
)
def test_what_is_no_signature_is_refused_and_nothing_is_kept(db, in_english, content, words):
    academy = an_academy()
    with pytest.raises(RuleViolation, match=words) as refused:
        keep_signature(academy=academy, content=content, by="system", at=given.NOON)
    assert refused.value.field == "file"
    assert not SignatureImage.objects.exists()
    assert not default_storage.exists("signatures")


def test_an_empty_picture_is_refused(db, in_english):
    content = BytesIO()
    Image.new("RGBA", (300, 100)).save(content, "PNG")
    with pytest.raises(RuleViolation, match="empty"):
        keep(an_academy(), content.getvalue())


def test_a_signature_that_was_tampered_with_or_lost_is_not_printed(db):
    image = keep(an_academy())
    default_storage.delete(stored_as(image.sha256))
    with pytest.raises(SignatureMissingError):
        signature_image(image.sha256)
    default_storage.save(stored_as(image.sha256), ContentFile(a_png()))
    with pytest.raises(SignatureMissingError):
        signature_image(image.sha256)
