"""The language of each part of a tagged paper, for reading aloud; WeasyPrint 70 writes none."""

from collections.abc import Iterator
from typing import Any

import pydyf


def say_languages(document: Any, pdf: Any) -> None:
    """Write the language of every part whose language differs from the paper's.

    WeasyPrint makes one tag for each box in the order of the page; the same walk meets them again.
    Boxes that WeasyPrint puts between an element and its words are not part of the structure, and
    become /NonStruct. Raises RuntimeError if tags and boxes do not match.
    """
    tags = [
        thing
        for thing in pdf.objects
        if isinstance(thing, dict) and thing.get("Type") == "/StructElem"
    ]
    root = tags[0]
    tags = tags[1:]
    language = document.metadata.lang
    parts = [part for page in document.pages for part in _parts(page._page_box, None, language)]
    if len(parts) != len(tags) or root["S"] != "/Document":
        raise RuntimeError("the tags of a paper are not those of its boxes")
    for tag, (own, is_anonymous) in zip(tags, parts, strict=True):
        if own:
            tag["Lang"] = pydyf.String(own)
        if is_anonymous and tag["S"] not in KEPT:
            tag["S"] = "/NonStruct"


KEPT = {"/Span", "/Table", "/TR", "/TH", "/TD", "/THead", "/TBody", "/TFoot"}


def _parts(box: Any, around: Any, language: str) -> Iterator[tuple[str, bool]]:
    """Boxes in the order of WeasyPrint's tags: a language where it changes, and if anonymous."""
    from weasyprint.formatting_structure import boxes
    from weasyprint.layout.absolute import AbsolutePlaceholder

    if isinstance(box, AbsolutePlaceholder):
        box = box._box
    own = box.style["lang"] or language
    if not isinstance(box, boxes.PageBox) and box.element_tag not in ("html", "body"):
        yield (own if own != language else "", box.element is around)
        around = box.element
    else:
        own = language
    for child in _children(box):
        for part in child.children if isinstance(child, boxes.LineBox) else (child,):
            if isinstance(part, boxes.TextBox):
                yield ("", False)
            else:
                yield from _parts(part, around, own)


def _children(box: Any) -> Iterator[Any]:
    """The children of a box; for the wrapper of a table, the table's own."""
    is_wrapper = getattr(box, "is_table_wrapper", False) and box.element_tag == "table"
    table = box.get_wrapped_table() if is_wrapper else None
    for child in getattr(box, "children", ()):
        if table is not None and child is table:
            yield from table.children
        else:
            yield child
