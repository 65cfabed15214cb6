"""Pages that many papers have in common: set once a process, then laid into each paper.

To lay out the offer's eleven pages takes nine tenths of a contract's time. So a paper leaves pages
blank for them, with what stands in their margins alone, and what was drawn before is put in. The
paper has the same bytes as if it had been set whole (decision 0069).
"""

import atexit
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zlib import compressobj

from .files import OwnFiles, laid_out, one_at_a_time, only_own_files
from .styles import Style

KEPT = 4  # texts whose pages are kept: some 4 MB each

# What WeasyPrint 70 writes before and after all that stands on a page.
SCALE = 0.75
OPENING = [b"q", b"0.75 0 0 0.75 0 0 cm", b"q", b"q"]
CLOSING = [b"Q", b"Q", b"Q"]


class NotSharedError(RuntimeError):
    """The pages cannot be laid into this paper: it must be set whole."""


class SharedPage:
    """One page without its margins: its operators, the signs of each font that they show, and the
    places that readers list.
    """

    def __init__(
        self, stream: Sequence[bytes], fonts: Mapping[int, Any], bookmarks: Sequence[Any]
    ) -> None:
        """`stream` is all that is written for the page."""
        self.head = _head(stream)
        self.fonts = fonts
        self.bookmarks = bookmarks
        # zlib goes on from a copy of what it knows after the page: compressing takes as long as
        # all the rest of a contract.
        self._packer = compressobj(level=9)  # that of pydyf
        self._packed = self._packer.compress(b"\n".join(stream[: -len(CLOSING)]))

    def packed_with(self, margins: Sequence[bytes]) -> bytes:
        """The page's whole stream, compressed."""
        packer = self._packer.copy()
        rest = b"".join(b"\n" + item for item in margins)
        return self._packed + packer.compress(rest) + packer.flush()

    def bring_fonts(self, fonts: dict[int, Any]) -> None:
        """Add the signs of this page to the fonts of a document.

        Raises NotSharedError for a sign whose width the document has measured otherwise.
        """
        for key, ours in self.fonts.items():
            theirs = fonts.setdefault(key, _without_signs(ours))
            for glyph, width in ours.widths.items():
                if theirs.widths.setdefault(glyph, width) != width:
                    raise NotSharedError(f"glyph {glyph} of {ours.family} has two widths")
            for glyph, text in ours.to_unicode.items():
                theirs.to_unicode.setdefault(glyph, text)


@dataclass(frozen=True)
class SharedPages:
    """Pages of text and lines, with the graphic states that they need."""

    pages: Sequence[SharedPage]
    states: Mapping[str, Any]

    def lay_into(self, document: Any) -> None:
        """Put these pages in place of the last ones of a document, which are blank."""
        first = len(document.pages) - len(self.pages)
        if first < 1:
            raise NotSharedError("the paper has fewer pages than are laid into it")
        document.pages[first:] = [
            FilledPage(self, page, blank, document.fonts)
            for page, blank in zip(self.pages, document.pages[first:], strict=True)
        ]


class FilledPage:
    """A blank page of a document with a shared one in it, with all that WeasyPrint asks a page."""

    def __init__(
        self, shared: SharedPages, page: SharedPage, blank: Any, fonts: dict[int, Any]
    ) -> None:
        self.shared = shared
        self.page = page
        self.blank = blank
        self.fonts = fonts
        self.bookmarks = page.bookmarks

    def __getattr__(self, name: str) -> Any:
        return getattr(self.blank, name)

    def paint(self, stream: Any, scale: float) -> None:
        self.page.bring_fonts(self.fonts)
        states = stream._resources["ExtGState"]
        for name, state in self.shared.states.items():
            states.setdefault(name, state)
        self.blank.paint(stream, scale)
        head = _head(stream.stream)
        if head != self.page.head:
            raise NotSharedError("the page has another size")
        stream.stream = [self.page.packed_with(stream.stream[len(head) :])]
        stream.compress = False
        stream.extra["Filter"] = "/FlateDecode"


@lru_cache(KEPT)
def shared_pages(html: str, style: Style) -> SharedPages | None:
    """The pages of `html` after the first, which is never used: its margins are a cover's.

    None if more stands on them than text and lines. The text that is set is the key, so another
    text, template or style has pages of its own.
    """
    with one_at_a_time, only_own_files():
        document = laid_out(html, OwnFiles(), font_config=style.fonts, stylesheets=style.sheets)
        try:
            return _drawn(document)
        except NotSharedError:
            return None


# Fonts must be freed before the interpreter shuts down.
atexit.register(shared_pages.cache_clear)


def _drawn(document: Any) -> SharedPages:
    from weasyprint.formatting_structure.boxes import MarginBox
    from weasyprint.pdf.stream import Stream

    states: dict[str, Any] = {}
    others: dict[str, dict[str, Any]] = {"XObject": {}, "Pattern": {}, "Shading": {}}
    resources = {"ExtGState": states, "ColorSpace": None, **others}
    files: dict[int, bytes] = {}
    pages = []
    for page in document.pages[1:]:
        fonts: dict[int, Any] = {}
        area = (0, 0, page.width, page.height)
        stream = Stream(fonts, area, resources, {}, None, {}, None)
        stream.transform(d=-1, f=page.height * SCALE)
        box = page._page_box
        box.children = [child for child in box.children if not isinstance(child, MarginBox)]
        page.paint(stream, SCALE)
        for key, font in fonts.items():
            if font.bitmap or font.missing:
                raise NotSharedError("a sign is not in the fonts")
            font.file_content = files.setdefault(key, font.file_content)
        pages.append(SharedPage(stream.stream, fonts, page.bookmarks))
    if any(others.values()) or any(page.links or page.anchors for page in document.pages):
        raise NotSharedError("more stands on the pages than text and lines")
    return SharedPages(pages, states)


def _head(stream: Sequence[bytes]) -> list[bytes]:
    """What is written before all that stands on a page."""
    head = list(stream[: 1 + len(OPENING)])
    if head[1:] != OPENING or list(stream[-len(CLOSING) :]) != CLOSING:
        raise NotSharedError("a page begins or ends otherwise than one of WeasyPrint 70")
    return head


def _without_signs(font: Any) -> Any:
    """The same font for another document, which adds signs to it and cuts it down to them."""
    other = copy(font)
    other.widths = {}
    other.to_unicode = {}
    other.missing = {}
    return other
