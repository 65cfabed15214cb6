"""The signatory's signature that papers print: only the pixels of the uploaded file (9.2, 9.3)."""

import hashlib
from datetime import datetime
from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageStat, UnidentifiedImageError

from enrollment.models import Academy, SignatureImage
from offer_site.documents import (
    StoredFileError,
    UnknownDocumentError,
    read_document,
    read_stored,
)
from offer_site.errors import RuleViolation
from offer_site.journal.operations import record

LARGEST_FILE = 2 * 1024 * 1024  # bytes
LARGEST_SIDE = 4000  # pixels
SMALLEST_SIDE = 60
BOX = (945, 252)  # pixels in which a signature is kept: 60 × 16 mm at 400 dpi
MOST_KEPT = 9 * 1024  # bytes: a certificate with all that it holds stays under 120 kB
FAINT = 16  # a pixel covered less than this, of 255, is ground
LEAST_GROUND = 0.3  # of a signature's picture is transparent


class SignatureMissingError(RuntimeError):
    """The stored signature is missing or not the certificate's; nothing else is printed."""


def keep_signature(*, academy: Academy, content: bytes, by: str, at: datetime) -> SignatureImage:
    """Store the signature of an academy's signatory; certificates numbered from now on print it.

    Raises RuleViolation for a file that is not a PNG with a transparent ground.
    """
    pixels, size = signature_pixels(content)
    digest = hashlib.sha256(pixels).hexdigest()
    file = stored_as(digest)
    if not default_storage.exists(file):
        path = default_storage.save(file, ContentFile(pixels))
        if path != file:
            default_storage.delete(path)  # the same picture came twice at once
    return _record(academy, digest=digest, size=size, by=by, at=at)


def signature_image(digest: str) -> bytes:
    """The stored signature with this SHA-256; SignatureMissingError if missing or different."""
    try:
        return read_stored(stored_as(digest), sha256=digest)
    except StoredFileError as error:
        raise SignatureMissingError(f"the signature {digest} cannot be printed: {error}") from error


def signature_pixels(content: bytes) -> tuple[bytes, tuple[int, int]]:
    """Redraw an uploaded PNG, cut to its ink and in one color; return the PNG and its size.

    No text, no profile, and no hidden colors under transparent pixels remain. Raises RuleViolation.
    """
    if len(content) > LARGEST_FILE:
        raise RuleViolation(_("The file is larger than 2 MB. Choose a smaller one."), field="file")
    try:
        if read_document(content).content_type != "image/png":
            raise UnknownDocumentError
        uploaded = Image.open(BytesIO(content), formats=["PNG"])
        if max(uploaded.size) > LARGEST_SIDE or min(uploaded.size) < SMALLEST_SIDE:
            raise RuleViolation(
                _("Each side of the picture must have from 60 to 4000 pixels."), field="file"
            )
        picture = uploaded.convert("RGBA")
    # Pillow raises it before the sides can be checked.
    except Image.DecompressionBombError as error:
        raise RuleViolation(
            _("Each side of the picture must have from 60 to 4000 pixels."), field="file"
        ) from error
    # UnknownDocumentError is a ValueError too.
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
    ) as error:
        raise RuleViolation(
            _("This file is not a PNG. Choose another one."), field="file"
        ) from error
    cover = picture.getchannel("A").point(lambda value: value if value >= FAINT else 0)
    ink = cover.getbbox()
    if ink is None:
        raise RuleViolation(_("The picture is empty: nothing is drawn on it."), field="file")
    if cover.histogram()[0] < LEAST_GROUND * picture.width * picture.height:
        raise RuleViolation(_("The ground of the signature must be transparent."), field="file")
    picture.putalpha(cover)
    return _small(picture.crop(ink))


def _small(signature: Image.Image) -> tuple[bytes, tuple[int, int]]:
    """The signature in one color and few shades; a noisy scan is made smaller to fit MOST_KEPT."""
    ink = tuple(
        round(value)
        for value in ImageStat.Stat(signature.convert("RGB"), signature.getchannel("A")).mean
    )
    scale = 1.0
    while True:
        cover = signature.getchannel("A")
        cover.thumbnail((round(BOX[0] * scale), round(BOX[1] * scale)), Image.Resampling.LANCZOS)
        # Drawn from its pixels alone: nothing else of the file remains.
        drawn = Image.new("RGBA", cover.size, ink)
        content = BytesIO()
        drawn.putalpha(cover.point(lambda value: value // 17 * 17))
        drawn.save(content, "PNG", optimize=True)
        if content.tell() <= MOST_KEPT:
            return content.getvalue(), drawn.size
        scale *= 0.9


def stored_as(digest: str) -> str:
    return f"signatures/{digest}.png"


@transaction.atomic
def _record(
    academy: Academy, *, digest: str, size: tuple[int, int], by: str, at: datetime
) -> SignatureImage:
    image = SignatureImage.objects.create(
        academy=academy,
        signatory=academy.signatory,
        sha256=digest,
        width=size[0],
        height=size[1],
        uploaded_at=at,
        uploaded_by=by,
    )
    about = ("academy", str(academy.pk))
    facts = {"sha256": digest}
    record("academy.signature_uploaded", about=about, facts=facts, by=by, at=at, clause="9.3")
    return image
