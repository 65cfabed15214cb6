"""PDFs whose pages are drawn in ways that a mark must outlive, written by hand."""

from io import BytesIO
from typing import Any

import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Name

SEEN_AT = 1.0  # pixels a point


def with_inherited_boxes(*, rotate: int = 0) -> bytes:
    """The size and the rotation stand at the tree of pages, not at the page."""
    document = a_document((300, 500))
    page = document.pages[0].obj
    tree = document.Root.Pages
    tree.MediaBox = Array([100, 200, 400, 700])
    tree.Rotate = rotate
    del page.MediaBox
    return written(document)


def rotated(degrees: int) -> bytes:
    document = a_document((300, 500))
    document.pages[0].obj.Rotate = degrees
    return written(document)


def cropped_beyond() -> bytes:
    """The crop begins before the page and ends after it: what is shown is the page."""
    document = a_document((300, 500))
    document.pages[0].obj.CropBox = Array([-400, -300, 900, 1200])
    return written(document)


def cropped_within() -> bytes:
    document = a_document((600, 800))
    document.pages[0].obj.CropBox = Array([150, 100, 450, 600])
    return written(document)


def painted(content: bytes) -> bytes:
    """A page of 300 by 500 points with this content."""
    document = a_document((300, 500))
    document.pages[0].obj.Contents = document.make_stream(content)
    return written(document)


def covered() -> bytes:
    """A white square lies over the whole second page, above whatever is laid on it."""
    document = a_document((300, 500), (300, 500))
    box = Array([0, 0, 300, 500])
    look = document.make_stream(b"1 1 1 rg 0 0 300 500 re f")
    look.Type, look.Subtype, look.BBox = Name.XObject, Name.Form, box
    square = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Square,
        Rect=box,
        F=4,
        AP=Dictionary(N=look),
        C=Array([1, 1, 1]),
    )
    document.pages[1].obj.Annots = document.make_indirect(Array([document.make_indirect(square)]))
    return written(document)


def without_a_page() -> bytes:
    """Its tree counts a second page, which is not there."""
    return written(a_document((300, 500))).replace(b"/Count 1", b"/Count 2")


def slow() -> bytes:
    """Small, and its page takes minutes to be read: a square is drawn millions of times."""
    return painted(b"q 0.5 0 0 0.5 0 0 cm 1 0 0 rg 0 0 9 9 re f Q\n" * 3_000_000)


def a_document(*sizes: tuple[int, int]) -> Any:
    document = pikepdf.new()
    for size in sizes:
        document.add_blank_page(page_size=size)
    return document


def written(document: Any) -> bytes:
    file = BytesIO()
    document.save(file, compress_streams=True)
    return file.getvalue()


def pictures_of(pdf: bytes) -> list[Any]:
    """Each page as it is seen: a grey picture."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=SEEN_AT).to_pil().convert("L") for page in document]
    finally:
        document.close()
