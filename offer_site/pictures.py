"""Pictures of public pages: drawn anew in a few widths when they are uploaded, and never after.

Only pixels are kept: no place, no camera, no date. Each width is a WebP, and a JPEG for browsers
that know no WebP. A picture's address has the digest of what was uploaded, so it never changes.
"""

import hashlib
import re
from dataclasses import dataclass
from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from PIL import Image, ImageOps, UnidentifiedImageError

from .documents import StoredFileError, read_anything
from .errors import RuleViolation

FOREVER = "public, max-age=31536000, immutable"
WIDTHS = (480, 960)  # pixels: a phone, and a phone with two pixels for one
LARGEST_FILE = 8 * 1024 * 1024  # bytes
LARGEST_SIDE = 8000  # pixels
SMALLEST_SIDE = 320
TYPES = {"webp": "image/webp", "jpg": "image/jpeg"}
NAME = re.compile(r"(?P<digest>[0-9a-f]{64})-(?P<width>\d{3})\.(?P<kind>webp|jpg)")


@dataclass(frozen=True)
class Picture:
    """A kept picture, as a page shows it; its height is that of the largest width."""

    digest: str
    width: int
    height: int

    @property
    def widths(self) -> tuple[int, ...]:
        """The widths there are: none is larger than what was uploaded."""
        return tuple(width for width in WIDTHS if width <= self.width)

    def url(self, width: int, kind: str) -> str:
        return reverse("picture", args=[f"{self.digest}-{width}.{kind}"])

    def sources(self, kind: str) -> str:
        """The value of a `srcset`."""
        return ", ".join(f"{self.url(width, kind)} {width}w" for width in self.widths)

    @property
    def webp(self) -> str:
        return self.sources("webp")

    @property
    def jpg(self) -> str:
        return self.sources("jpg")

    @property
    def smallest(self) -> str:
        return self.url(self.widths[0], "jpg")


def keep_picture(content: bytes, *, shape: tuple[int, int]) -> dict[str, str | int]:
    """Draw a picture in its widths, cut to a shape such as (4, 5); return what names it.

    Raises RuleViolation for what is no picture, or one too small or too large.
    """
    picture = _cut(_read(content), shape)
    digest = hashlib.sha256(content + repr(shape).encode()).hexdigest()
    width = max((each for each in WIDTHS if each <= picture.width), default=0)
    if not width:
        raise RuleViolation(_too_small())
    for each in WIDTHS:
        if each <= width:
            drawn = picture.resize(
                (each, round(each * shape[1] / shape[0])), Image.Resampling.LANCZOS
            )
            _store(f"{digest}-{each}.webp", drawn, "WEBP", quality=80, method=6)
            _store(f"{digest}-{each}.jpg", drawn, "JPEG", quality=82, optimize=True)
    return {"digest": digest, "width": width, "height": round(width * shape[1] / shape[0])}


def _read(content: bytes) -> Image.Image:
    if len(content) > LARGEST_FILE:
        raise RuleViolation(_("The file is larger than 8 MB. Choose a smaller one."))
    try:
        uploaded = Image.open(BytesIO(content), formats=["JPEG", "PNG", "WEBP"])
        if max(uploaded.size) > LARGEST_SIDE:
            raise RuleViolation(_too_large())
        turned = ImageOps.exif_transpose(uploaded).convert("RGB")
    except Image.DecompressionBombError as error:
        raise RuleViolation(_too_large()) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise RuleViolation(_("This is no JPEG, PNG or WebP. Choose another one.")) from error
    plain = Image.new("RGB", turned.size)  # from its pixels alone: nothing else of the file remains
    plain.paste(turned)
    return plain


def _cut(picture: Image.Image, shape: tuple[int, int]) -> Image.Image:
    """The middle of a picture in this shape."""
    across, down = shape
    width = min(picture.width, picture.height * across // down)
    height = width * down // across
    if min(width, height) < SMALLEST_SIDE:
        raise RuleViolation(_too_small())
    left = (picture.width - width) // 2
    top = (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


def _too_small() -> str:
    return _("The picture is too small: it needs 480 pixels across, better 960.")


def _too_large() -> str:
    return _("Each side of the picture may have 8000 pixels at most.")


def _store(name: str, picture: Image.Image, kind: str, **options: int | bool) -> None:
    path = f"pictures/{name}"
    if default_storage.exists(path):
        return
    drawn = BytesIO()
    picture.save(drawn, kind, **options)
    kept = default_storage.save(path, ContentFile(drawn.getvalue()))
    if kept != path:
        default_storage.delete(kept)  # the same picture came twice at once


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """One width of a picture, kept by browsers for ever under its digest."""
    named = NAME.fullmatch(name)
    if named is None:
        raise Http404
    try:
        content = read_anything(f"pictures/{name}")
    except StoredFileError as missing:
        raise Http404 from missing
    response = HttpResponse(content, content_type=TYPES[named["kind"]])
    response.headers["Cache-Control"] = FOREVER
    return response
