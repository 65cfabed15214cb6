"""Text set as a PDF, with underlays, stamps and enclosed files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

import pydyf

from .art import Underlay
from .files import OwnFiles, is_page, written
from .shared import SharedPages
from .stamps import Stamp, press
from .styles import Style
from .tags import say_languages

VARIANT = "pdf/a-3u"
TAGGED = "pdf/a-3a"  # for screen readers too


@dataclass(frozen=True)
class Enclosure:
    """A file inside a paper: the paper's own data for a machine (AFRelationship Data)."""

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
    shared: SharedPages | None = None,
) -> bytes:
    """The PDF of `html`, with one underlay below each of its first pages.

    Dates come from the page's own `<meta name="dcterms.created">`, never from the clock. `given`
    are files that are not the project's own, such as a signature; the page addresses them as
    `given/<name>`. Stamps stand where the page has `{{ stamp.place }}`. `shared` fills the last
    pages, which `html` leaves blank; NotSharedError says that this paper must be set whole.
    """
    files = OwnFiles(given)

    def finish(document: Any, pdf: Any) -> None:
        pages = [thing for thing in pdf.objects if is_page(thing)]
        press(stamps, pdf, pages)
        for number, (page, underlay) in enumerate(zip(pages, underlays, strict=False)):
            resources = pdf.objects[int(page["Resources"].split()[0])]
            resources["XObject"][f"Under{number}"] = underlay.add_to(pdf)
            # An artifact: screen readers and copied text leave it out.
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
        prepare=shared.lay_into if shared else leave,
        font_config=style.fonts,
        stylesheets=style.sheets,
        attachments=_enclosed(enclosures, files),
        pdf_identifier=identifier,
        pdf_variant=variant,
    )


def leave(document: Any) -> None:
    """Leave a document as it was laid out."""


def _enclosed(enclosures: Sequence[Enclosure], files: OwnFiles) -> list[Any]:
    from weasyprint import Attachment

    return [
        Attachment(
            file_obj=BytesIO(one.content),
            url_fetcher=files,
            name=one.name,
            description=one.description,
            created=one.dated,
            modified=one.dated,
            relationship="Data",
        )
        for one in enclosures
    ]
