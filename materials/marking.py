"""The student's mark on every page of a PDF: who was given it, and when (11.5).

One sheet with the mark is drawn for each shape of page, and laid over the pages as a form: the file
keeps its text, its pictures and its links.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import Any

import pypdfium2
import pypdfium2.raw
from django.template.loader import render_to_string

from offer_site.pdf.files import OwnFiles, written

from .errors import UnmarkablePdfError

MOST_PAGES = 300
LARGEST_MARKED = 40 * 1024 * 1024  # bytes: PDFium writes without the compression of some files
SMALLEST_SIDE = 36  # points, half an inch: nothing is read on a smaller page
# Pages of nearly one shape share a sheet, which is stretched by a few percent.
SHAPE_STEP = 1.1
LONGEST_SHAPE = 20
SHEET = 700  # points: the side of a square sheet; sheets of other shapes have its area
# PDFium keeps its state in the process: one thread at a time.
_one_at_a_time = Lock()


@dataclass(frozen=True)
class _Shown:
    """What is seen of a page: its corners in the page's own units, and how it is turned."""

    left: float
    bottom: float
    right: float
    top: float
    rotation: int

    @property
    def size(self) -> tuple[float, float]:
        """Width and height as a reader sees them, in points."""
        width, height = self.right - self.left, self.top - self.bottom
        return (height, width) if self.rotation in (90, 270) else (width, height)

    @property
    def shape(self) -> int:
        """Which sheet fits: the number of steps from a square."""
        width, height = self.size
        return round(math.log(width / height) / math.log(SHAPE_STEP))

    def matrix(self, sheet: tuple[int, int]) -> Any:
        """Lays a sheet over what is seen, upright for the reader."""
        across = self.size[0] / sheet[0]
        up = self.size[1] / sheet[1]
        turned = {
            0: (across, 0, 0, up, self.left, self.bottom),
            90: (0, across, -up, 0, self.right, self.bottom),
            180: (-across, 0, 0, -up, self.right, self.top),
            270: (0, -across, up, 0, self.left, self.top),
        }
        return pypdfium2.PdfMatrix(*turned[self.rotation])


def page_sizes(pdf: bytes) -> list[tuple[int, int]]:
    """The size of each page as it is seen, in points; raises UnmarkablePdfError."""
    with _opened(pdf) as document:
        sizes = [_shown(page).size for page in _pages(document)]
    return [(round(width), round(height)) for width, height in sizes]


def marked(pdf: bytes, *, name: str, code: str, day: str, words: str) -> bytes:
    """The PDF with the mark on every page; raises UnmarkablePdfError."""
    facts = {"name": name, "code": code, "day": day, "words": words}
    with _opened(pdf) as document:
        shapes = {_shown(page).shape for page in _pages(document)}
    sheets = {shape: _sheet(shape, facts) for shape in shapes}
    with _opened(pdf) as document:
        forms = {shape: _form(sheet, document) for shape, sheet in sheets.items()}
        for page in _pages(document):
            _lay(page, forms)
        file = BytesIO()
        document.save(file)
    if file.tell() > LARGEST_MARKED:
        raise UnmarkablePdfError("too large with the mark")
    return file.getvalue()


def changed_shares(before: bytes, after: bytes, *, longest: int, levels: int) -> Iterator[float]:
    """For each page, how much of what is seen differs; raises UnmarkablePdfError.

    A page is drawn with its annotations, `longest` pixels long, in grey; a pixel counts that
    differs by more than so many `levels` of 255.
    """
    with _opened(before) as plain:
        count = len(plain)
    for number in range(count):
        first, second = (_pixels(pdf, number, longest) for pdf in (before, after))
        pairs = zip(first, second, strict=True)
        yield sum(abs(one - other) > levels for one, other in pairs) / len(first)


@contextmanager
def _opened(pdf: bytes) -> Iterator[Any]:
    """The document, for this thread alone; whatever PDFium refuses is an UnmarkablePdfError."""
    with _one_at_a_time:
        try:
            document = pypdfium2.PdfDocument(pdf)
            try:
                if not 0 < len(document) <= MOST_PAGES:
                    raise UnmarkablePdfError("too many pages, or none")
                yield document
            finally:
                document.close()
        except pypdfium2.PdfiumError as error:
            raise UnmarkablePdfError(str(error)) from error


def _pages(document: Any) -> Iterator[Any]:
    """Each page, closed after its use: hundreds of open ones would fill the memory."""
    for number in range(len(document)):
        page = document[number]
        try:
            yield page
        finally:
            page.close()


def _pixels(pdf: bytes, number: int, longest: int) -> bytes:
    with _opened(pdf) as document:
        page = document[number]
        scale = longest / max(page.get_size())
        drawn = page.render(scale=scale, grayscale=True)
        return bytes(drawn.buffer)


def _shown(page: Any) -> _Shown:
    """PDFium's own box: it knows what is inherited, and cuts the crop to the page."""
    left, bottom, right, top = page.get_bbox()
    shown = _Shown(left, bottom, right, top, page.get_rotation())
    if min(shown.size) < SMALLEST_SIDE:
        raise UnmarkablePdfError("a page is too small")
    if abs(shown.shape) > math.log(LONGEST_SHAPE) / math.log(SHAPE_STEP):
        raise UnmarkablePdfError("a page is too narrow")
    return shown


def _size_of_sheet(shape: int) -> tuple[int, int]:
    stretch = math.sqrt(SHAPE_STEP**shape)
    return round(SHEET * stretch), round(SHEET / stretch)


def _sheet(shape: int, facts: dict[str, str]) -> bytes:
    width, height = _size_of_sheet(shape)
    html = render_to_string(
        "materials/mark.html",
        facts | {"width": width, "height": height, "size": max(min(width, height) // 18, 8)},
    )
    return written(html, OwnFiles())


def _form(sheet: bytes, document: Any) -> Any:
    mark = pypdfium2.PdfDocument(sheet)
    return mark.page_as_xobject(0, document)


def _lay(page: Any, forms: dict[int, Any]) -> None:
    shown = _shown(page)
    drawing = forms[shown.shape].as_pageobject()
    drawing.set_matrix(shown.matrix(_size_of_sheet(shown.shape)))
    page.insert_obj(drawing)
    page.gen_content()
