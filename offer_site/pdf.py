"""Papers: text that is set for each person over art that is drawn once, and the fit of names between them.

`Underlay.drawn("face-vip")` gives a sheet of line art as one compressed PDF form (offer_site/pdf_art.py). `set_text`
renders the text alone, slips the forms under its first pages and puts stamps (offer_site/pdf_stamps.py) where the text
leaves room for them: no second library, no merging of files, and PDF/A stays whole. The same input and identifier give
the same bytes. What a paper may read are the files of `static/pdf`, and what its maker hands over as `given`.
"""

import atexit
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from itertools import groupby
from typing import Any

import pydyf
import segno
from django.utils.safestring import SafeString
from fontTools.ttLib import TTFont

from .pdf_art import Underlay
from .pdf_files import BASE_URL, FOLDER, OwnFiles, PaperError, is_page, one_at_a_time, written
from .pdf_stamps import Stamp, press
from .pdf_tags import say_languages

__all__ = [
    "FOLDER", "TAGGED", "Enclosure", "Fit", "Measure", "PaperError", "Style", "Underlay", "measure", "qr_svg",
    "set_text", "style",
]  # fmt: skip

VARIANT, TAGGED = "pdf/a-3u", "pdf/a-3a"  # the second is for screen readers too
MM_PER_POINT = 0.3528


class Style:
    """Style sheets of `static/pdf/css` and their fonts, read once: to read them anew takes as long as a whole paper.

    Make one a process, by `style("certificate")`.
    """

    def __init__(self, *css_names: str) -> None:
        from weasyprint import CSS
        from weasyprint.text.fonts import FontConfiguration

        self.fonts = FontConfiguration()
        self.sheets = [
            CSS(url=f"{BASE_URL}css/{name}.css", url_fetcher=OwnFiles(), font_config=self.fonts)
            for name in ("paper", *css_names)
        ]


@lru_cache
def style(*css_names: str) -> Style:
    """Keep one Style for each set of style sheets; `paper.css` comes first in all of them."""
    with one_at_a_time:
        return Style(*css_names)


# Fonts must go while the interpreter can still take them down.
atexit.register(style.cache_clear)


@dataclass(frozen=True)
class Enclosure:
    """A file that travels inside a paper: the paper's own data, for a machine to read (AFRelationship Data)."""

    name: str
    content: bytes
    description: str
    dated: datetime


def set_text(
    html: str,
    style: Style,
    underlays: Sequence[Underlay] = (),
    *,
    identifier: bytes,
    given: Mapping[str, bytes] | None = None,
    stamps: Sequence[Stamp] = (),
    enclosures: Sequence[Enclosure] = (),
    variant: str = VARIANT,
) -> bytes:
    """Set `html` as a PDF, with one underlay below each of its first pages.

    Dates come from the page's own `<meta name="dcterms.created">`, never from the clock. `given` are files that are not
    the project's own, such as a signature; the page addresses them as `given/<name>`. Stamps stand where the page says
    `{{ stamp.place }}`.
    """
    files = OwnFiles(given)

    def finish(document: Any, pdf: Any) -> None:
        pages = [thing for thing in pdf.objects if is_page(thing)]
        press(stamps, pdf, pages)
        for number, (page, underlay) in enumerate(zip(pages, underlays, strict=False)):
            resources = pdf.objects[int(page["Resources"].split()[0])]
            resources["XObject"][f"Under{number}"] = underlay.add_to(pdf)
            # An artifact: art that a reader's voice and a copied text leave out.
            below = pydyf.Stream([f"/Artifact BMC q /Under{number} Do Q EMC".encode()])
            pdf.add_object(below)
            page["Contents"] = pydyf.Array([below.reference, page["Contents"]])
        if variant == TAGGED:
            say_languages(document, pdf)
        if "AF" in pdf.catalog:  # WeasyPrint 70 names each file twice
            pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))

    return written(
        html,
        files,
        finisher=finish,
        font_config=style.fonts,
        stylesheets=style.sheets,
        attachments=_enclosed(enclosures, files),
        pdf_identifier=identifier,
        pdf_variant=variant,
    )


def _enclosed(enclosures: Sequence[Enclosure], files: OwnFiles) -> list[Any]:
    from weasyprint import Attachment

    return [
        Attachment(
            file_obj=BytesIO(one.content), url_fetcher=files, name=one.name, description=one.description,
            created=one.dated, modified=one.dated, relationship="Data",
        )
        for one in enclosures
    ]  # fmt: skip


@dataclass(frozen=True)
class Fit:
    """How a name is set: its size in points and its lines."""

    size: float
    lines: list[str]


class Measure:
    """Widths of a font's letters, to choose the size and the line breaks of a name before it is set."""

    def __init__(self, font: str) -> None:
        """Read a font of `static/pdf/fonts`, such as `literata-400`."""
        face = TTFont(FOLDER / "fonts" / f"{font}.ttf", lazy=True)
        self.glyphs: dict[int, str] = face.getBestCmap()
        self.widths = {name: width for name, (width, _) in face["hmtx"].metrics.items()}
        self.em: int = face["head"].unitsPerEm

    def width(self, text: str) -> float:
        """Add up the width of a text, in ems."""
        return sum(self.widths[self.glyphs.get(ord(char), ".notdef")] for char in text) / self.em

    def fit(self, text: str, width_mm: float, largest: Sequence[float], lines: int = 2) -> Fit:
        """Split a name over at most `lines` so that the type can be largest.

        `largest` lists the ceiling in points for one line, two lines and so on. Fewer lines win unless more of them
        allow type a quarter larger.
        """
        words = text.split()
        best = Fit(0, [])
        for count in range(1, min(lines, len(words)) + 1):
            for split in _splits(words, count):
                widest = max(self.width(line) for line in split)
                size = min(largest[count - 1], width_mm / widest / MM_PER_POINT * 0.985)
                if size > best.size * (1.25 if count > len(best.lines) else 1.02):
                    best = Fit(round(size, 1), split)
        return best


@lru_cache
def measure(font: str) -> Measure:
    """Keep one Measure for each font."""
    return Measure(font)


def _splits(words: list[str], count: int) -> Iterator[list[str]]:
    if count == 1:
        yield [" ".join(words)]
        return
    for cut in range(1, len(words) - count + 2):
        for rest in _splits(words[cut:], count - 1):
            yield [" ".join(words[:cut]), *rest]


def qr_svg(address: str, dark: str = "#14202a", light: str = "#fdfbf6") -> SafeString:
    """Draw a QR code as one stroked path, on a ground with its quiet zone of four modules."""
    matrix = segno.make(address, error="m", micro=False).matrix
    size = len(matrix) + 8
    runs = []
    for y, row in enumerate(matrix):
        x = 4
        for value, run in groupby(row):
            length = len(list(run))
            if value:
                runs.append(f"M{x} {y + 4.5}h{length}")
            x += length
    return SafeString(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"><path fill="{light}" '
        f'd="M0 0h{size}v{size}H0z"/><path stroke="{dark}" stroke-width="1.02" d="{"".join(runs)}"/></svg>'
    )
