"""The proof for people: one PDF in both languages, with contents, facts and the journal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string

from enrollment.models import Order
from offer_site.days import almaty_day

from .parts import Part, ProofChapter, moment

A4 = (210, 297)


@dataclass(frozen=True)
class ProofContents:
    """Everything that a proof is made of."""

    order: Order
    parts: Sequence[Part]
    faults: list[dict[str, Any]]
    at: datetime
    fingerprint: str

    @property
    def chapters(self) -> list[ProofChapter]:
        return [chapter for part in self.parts for chapter in part.chapters]


def proof_paper(contents: ProofContents) -> bytes:
    """The PDF; the same facts and moment give the same bytes."""
    from offer_site.pdf import Underlay, set_text, style

    context = {
        "order": contents.order,
        "academy": contents.order.edition.academy,
        "chapters": contents.chapters,
        "faults": contents.faults,
        "made_at": moment(contents.at),
        "made_on": almaty_day(contents.at),
        "fingerprint": contents.fingerprint,
    }
    html = render_to_string("pdf/proof.html", context)
    identifier = f"{contents.order.code} {contents.at.isoformat()}".encode()
    return set_text(
        html, style("contract", "proof"), (Underlay.drawn("cover", *A4),), identifier=identifier
    )
