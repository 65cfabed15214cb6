"""Every page of a PDF carries the mark, and it is seen there; what cannot is refused (11.5)."""

import pytest
from PIL import ImageChops

from materials.errors import UnmarkablePdfError, UnseenMarkError
from materials.marking import marked, page_sizes
from materials.trial import try_marking
from tests.materials import pdfs
from tests.materials.scenes import a_pdf

FACTS = {"name": "Әбілқасымова Әсел", "code": "SM4K7Q2D", "day": "23.11.2026", "words": "11.5"}
BLACK = b"0 0 0 rg 0 0 300 500 re f"


def where_it_is_seen(pdf):
    """For each page its size, and the box in which the mark changed what is seen, in shares."""
    found = []
    pairs = zip(pdfs.pictures_of(pdf), pdfs.pictures_of(marked(pdf, **FACTS)), strict=True)
    for before, after in pairs:
        assert before.size == after.size
        changed = ImageChops.difference(before, after).point(lambda grey: 255 * (grey > 8))
        left, top, right, bottom = changed.getbbox() or (0, 0, 0, 0)
        width, height = after.size
        found.append((after.size, (left / width, top / height, right / width, bottom / height)))
    return found


@pytest.mark.clause("11.5")
@pytest.mark.parametrize(
    ("pdf", "size"),
    [
        (a_pdf((300, 500)), (300, 500)),
        (pdfs.with_inherited_boxes(), (300, 500)),
        (pdfs.with_inherited_boxes(rotate=90), (500, 300)),
        (pdfs.rotated(90), (500, 300)),
        (pdfs.rotated(180), (300, 500)),
        (pdfs.rotated(270), (500, 300)),
        (pdfs.cropped_beyond(), (300, 500)),
        (pdfs.cropped_within(), (300, 500)),
        (pdfs.painted(BLACK), (300, 500)),
    ],
    ids=[
        "plain",
        "inherited",
        "inherited-90",
        "rotated-90",
        "rotated-180",
        "rotated-270",
        "cropped-beyond",
        "cropped-within",
        "black",
    ],
)
def test_the_mark_is_seen_across_the_page_and_at_its_foot(pdf, size):
    [(shown, (left, top, right, bottom))] = where_it_is_seen(pdf)
    assert shown == size
    assert left < 0.35
    assert right > 0.6
    assert top < 0.6
    assert 0.95 < bottom <= 1


# --- What cannot be marked
@pytest.mark.parametrize(
    "pdf",
    [
        b"%PDF-1.7 broken %%EOF",
        pdfs.without_a_page(),
        a_pdf((20, 500)),
        a_pdf((36, 900)),
        a_pdf(*[(300, 500)] * 301),
    ],
    ids=["broken", "without-a-page", "small", "narrow", "long"],
)
def test_what_no_mark_can_be_put_on_is_refused(pdf):
    with pytest.raises(UnmarkablePdfError):
        marked(pdf, **FACTS)


@pytest.mark.clause("11.5")
def test_a_pdf_whose_mark_is_seen_is_taken():
    try_marking(pdfs.painted(BLACK))


def test_a_pdf_that_takes_too_long_is_refused():
    with pytest.raises(UnmarkablePdfError):
        try_marking(pdfs.slow())


@pytest.mark.clause("11.5")
@pytest.mark.parametrize(
    ("pdf", "page"),
    [(pdfs.covered(), 2), (pdfs.painted(b"0 0 1 1 re W n"), 1)],
    ids=["covered", "clipped"],
)
def test_a_pdf_whose_mark_is_not_seen_is_refused_by_the_page(pdf, page):
    with pytest.raises(UnseenMarkError) as refused:
        try_marking(pdf)
    assert refused.value.page == page


def test_pages_of_many_sizes_share_their_sheets():
    """A scan has another size on each page; each sheet is drawn by WeasyPrint."""
    sizes = [(595 + number, 842 - number) for number in range(40)]
    done = marked(a_pdf(*sizes), **FACTS)
    assert page_sizes(done) == sizes
