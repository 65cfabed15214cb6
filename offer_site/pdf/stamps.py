"""Stamps: small drawings of one paper, a QR code or a signature, written directly as PDF.

WeasyPrint takes longer over a QR code as SVG than over all the text around it. So the page holds an
empty figure with its alternative text, and the figure's operators in the page's stream are replaced
by the drawing: it is read aloud and copied as any other figure.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from itertools import groupby
from typing import Any
from zlib import compress

import pydyf
import segno
from django.utils.html import format_html
from django.utils.safestring import SafeString
from PIL import Image

QUIET = 4  # modules of bare ground around a QR code
MASK = 4  # any mask is valid; to weigh all eight takes longer than to draw the code
DARK = "0.0784 0.1255 0.1647"  # --ink, --paper
LIGHT = "0.9922 0.9843 0.9647"


@dataclass(frozen=True)
class Stamp(ABC):
    """A drawing in a box of height 1 and this `width`; `number` is unique in a paper."""

    number: int
    width: float
    alternative: str

    @property
    def place(self) -> SafeString:
        """The empty figure for the page."""
        box = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} 1">'
        return format_html(
            box + '<title>{}</title><rect x="{}" width="1" height="1"/></svg>',
            f"{self.width:g}",
            self.alternative,
            self.number,
        )

    @abstractmethod
    def drawn(self, pdf: Any) -> str:
        """The drawing as PDF operators, with the origin at the top left of its box.

        Resources that it refers to are added to `pdf`.
        """


@dataclass(frozen=True, kw_only=True)
class QrStamp(Stamp):
    """A QR code of an address."""

    address: str

    @cached_property
    def modules(self) -> Sequence[Sequence[int]]:
        matrix: Sequence[Sequence[int]] = segno.make(
            self.address, error="m", micro=False, mask=MASK
        ).matrix
        return matrix

    @property
    def side(self) -> int:
        """Modules from edge to edge, with the quiet zone."""
        return len(self.modules) + 2 * QUIET

    def drawn(self, pdf: Any) -> str:
        # Rows overlap, so that no light shows between them.
        code = " ".join(f"{x} {y} {length} 1.02 re" for x, y, length in _dark_runs(self.modules))
        side = self.side
        return (
            f"{1 / side:.8f} 0 0 {1 / side:.8f} 0 0 cm {LIGHT} rg 0 0 {side} {side} re f {DARK} rg "
            f"{code} f"
        )


@dataclass(frozen=True)
class Drawing:
    """Pixels of a picture with a transparent background, compressed as PDF stores them."""

    width: int
    height: int
    colour: bytes
    cover: bytes

    @classmethod
    def of(cls, png: bytes) -> "Drawing":
        picture = Image.open(BytesIO(png)).convert("RGBA")
        colour = picture.convert("RGB").tobytes()
        cover = picture.getchannel("A").tobytes()
        return cls(*picture.size, compress(colour, 9), compress(cover, 9))


@dataclass(frozen=True, kw_only=True)
class PictureStamp(Stamp):
    """A picture with a transparent background, such as a signature."""

    picture: Drawing

    def drawn(self, pdf: Any) -> str:
        cover = _image(pdf, self.picture, self.picture.cover, {"ColorSpace": "/DeviceGray"})
        image = _image(
            pdf,
            self.picture,
            self.picture.colour,
            {"ColorSpace": "/DeviceRGB", "SMask": cover.reference},
        )
        name = f"Stamp{self.number}"
        _resources(pdf)["XObject"][name] = image.reference
        return f"{self.width:g} 0 0 -1 0 1 cm /{name} Do"


def press(stamps: Sequence[Stamp], pdf: Any, pages: Sequence[Any]) -> None:
    """Put each stamp in its place, on any page; LookupError for a stamp without a place."""
    if not stamps:
        return
    drawings = {
        f"{stamp.number} 0 1 1 re".encode(): f"q {stamp.drawn(pdf)} Q".encode() for stamp in stamps
    }
    missing = set(drawings)
    for page in pages:
        stream = pdf.objects[int(page["Contents"].split()[0])].stream
        for place, item in enumerate(stream):
            mark = pydyf._to_bytes(item)
            if mark in drawings:
                # The second item is the "f" that would fill the figure.
                stream[place : place + 2] = [drawings[mark], b""]
                missing.discard(mark)
    if missing:
        raise LookupError(f"the page holds no place for {len(missing)} of its stamps")


def _image(pdf: Any, picture: Drawing, pixels: bytes, more: dict[str, Any]) -> Any:
    image = pydyf.Stream(
        [pixels],
        pydyf.Dictionary(
            {
                "Type": "/XObject",
                "Subtype": "/Image",
                "Width": picture.width,
                "Height": picture.height,
                "BitsPerComponent": 8,
                "Filter": "/FlateDecode",
                **more,
            }
        ),
    )
    pdf.add_object(image)
    return image


def _resources(pdf: Any) -> Any:
    """The resources that all pages share."""
    page = next(
        thing for thing in pdf.objects if isinstance(thing, dict) and thing.get("Type") == "/Page"
    )
    return pdf.objects[int(page["Resources"].split()[0])]


def qr_svg(address: str, dark: str = "#14202a", light: str = "#fdfbf6") -> SafeString:
    """A QR code as one stroked path, on a background with its quiet zone of four modules."""
    matrix = segno.make(address, error="m", micro=False).matrix
    size = len(matrix) + 2 * QUIET
    runs = [f"M{x} {y + 0.5}h{length}" for x, y, length in _dark_runs(matrix)]
    return SafeString(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"><path fill="{light}" '
        f'd="M0 0h{size}v{size}H0z"/><path stroke="{dark}" stroke-width="1.02" '
        f'd="{"".join(runs)}"/></svg>'
    )


def _dark_runs(modules: Sequence[Sequence[int]]) -> Iterator[tuple[int, int, int]]:
    """Each run of dark modules: its column and row with the quiet zone, and its length."""
    for y, row in enumerate(modules, start=QUIET):
        x = QUIET
        for is_dark, run in groupby(row):
            length = len(list(run))
            if is_dark:
                yield x, y, length
            x += length
