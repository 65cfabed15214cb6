"""The student's mark on every page of a PDF: who was given it, and when (11.5).

One sheet with the mark is drawn for each size of page, and laid over the pages as a form: the file
keeps its text, its pictures and its links.
"""

from io import BytesIO
from threading import Lock
from typing import Any

import pypdfium2
import pypdfium2.raw
from django.template.loader import render_to_string

from offer_site.pdf.files import OwnFiles, written

MOST_PAGES = 500
# PDFium keeps its state in the process: one thread at a time.
_one_at_a_time = Lock()


class UnmarkablePdfError(ValueError):
    """The PDF is locked, broken or too long: no mark can be put on it."""


def page_sizes(pdf: bytes) -> list[tuple[int, int]]:
    """The size of each page in points; raises UnmarkablePdfError."""
    with _one_at_a_time:
        document = _opened(pdf)
        try:
            return [_size_of(document[number]) for number in range(len(document))]
        finally:
            document.close()


def marked(pdf: bytes, *, name: str, code: str, day: str, words: str) -> bytes:
    """The PDF with the mark on every page; raises UnmarkablePdfError."""
    facts = {"name": name, "code": code, "day": day, "words": words}
    sheets = {size: _sheet(*size, facts) for size in set(page_sizes(pdf))}
    with _one_at_a_time:
        document = _opened(pdf)
        try:
            forms = {size: _form(sheet, document) for size, sheet in sheets.items()}
            for number in range(len(document)):
                _lay(document[number], forms)
            marked_file = BytesIO()
            document.save(marked_file)
        finally:
            document.close()
    return marked_file.getvalue()


def _opened(pdf: bytes) -> Any:
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as error:
        raise UnmarkablePdfError(str(error)) from error
    if not 0 < len(document) <= MOST_PAGES:
        document.close()
        raise UnmarkablePdfError("too many pages, or none")
    return document


def _size_of(page: Any) -> tuple[int, int]:
    left, bottom, right, top = page.get_cropbox()
    return max(round(right - left), 1), max(round(top - bottom), 1)


def _sheet(width: int, height: int, facts: dict[str, str]) -> bytes:
    across = min(width, height)
    html = render_to_string(
        "materials/mark.html",
        facts | {"width": width, "height": height, "size": max(across // 18, 8)},
    )
    return written(html, OwnFiles())


def _form(sheet: bytes, document: Any) -> Any:
    mark = pypdfium2.PdfDocument(sheet)
    return mark.page_as_xobject(0, document)


def _lay(page: Any, forms: dict[tuple[int, int], Any]) -> None:
    left, bottom, _right, _top = page.get_cropbox()
    drawing = forms[_size_of(page)].as_pageobject()
    drawing.set_matrix(pypdfium2.PdfMatrix().translate(left, bottom))
    page.insert_obj(drawing)
    page.gen_content()
