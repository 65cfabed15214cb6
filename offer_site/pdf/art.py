"""Line art below papers, as PDF forms, drawn before a release since a sheet takes a second.

`python scripts/guilloche.py` writes the art as `static/pdf/svg/<name>.svg`, and `python
scripts/underlays.py` draws each sheet once and keeps its content stream beside it. If the art is
newer than its form, the process that needs it draws it.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zlib import compress

import pydyf

from .files import FOLDER, OwnFiles, is_page, written


@dataclass(frozen=True)
class Underlay:
    """One sheet of vector art: the content stream of a PDF form, with its graphic states."""

    form: bytes
    states: str
    width: float
    height: float

    @classmethod
    def drawn(cls, svg_name: str, width_mm: float = 297, height_mm: float = 210) -> "Underlay":
        """The sheet `static/pdf/svg/<name>.svg`, read or drawn once a process.

        The art must be plain RGB, without fonts and images.
        """
        return _drawn(svg_name, width_mm, height_mm)

    @classmethod
    def kept(cls, svg_name: str) -> "Underlay | None":
        """The form that was drawn before; None if there is none or the art has changed since."""
        path = FOLDER / "forms" / f"{svg_name}.form"
        if not path.is_file():
            return None
        head, _line, form = path.read_bytes().partition(b"\n")
        facts = json.loads(head)
        if facts.pop("svg") != _digest(svg_name):
            return None
        return cls(form=form, **facts)

    def keep(self, svg_name: str) -> None:
        """Write the form beside the art, with the digest of the art it was drawn from."""
        facts = {
            "svg": _digest(svg_name),
            "states": self.states,
            "width": self.width,
            "height": self.height,
        }
        (FOLDER / "forms" / f"{svg_name}.form").write_bytes(
            json.dumps(facts).encode() + b"\n" + self.form
        )

    def add_to(self, pdf: Any) -> bytes:
        """Add the form to a document that is being written; returns its reference."""
        form = pydyf.Stream(
            [self.form],
            pydyf.Dictionary(
                {
                    "Type": "/XObject",
                    "Subtype": "/Form",
                    "BBox": pydyf.Array([0, 0, self.width, self.height]),
                    "Resources": pydyf.Dictionary({"ExtGState": self.states}),
                    "Filter": "/FlateDecode",
                }
            ),
        )
        pdf.add_object(form)
        return form.reference


@lru_cache
def _drawn(svg_name: str, width_mm: float, height_mm: float) -> Underlay:
    return Underlay.kept(svg_name) or draw(svg_name, width_mm, height_mm)


def draw(svg_name: str, width_mm: float, height_mm: float) -> Underlay:
    """The sheet drawn now: what WeasyPrint writes for its page becomes the form; takes a second."""
    kept: dict[str, Any] = {}

    def keep(document: Any, pdf: Any) -> None:
        page = next(thing for thing in pdf.objects if is_page(thing))
        stream = pdf.objects[int(page["Contents"].split()[0])]
        resources = pdf.objects[int(page["Resources"].split()[0])]
        kept["form"] = compress(b"\n".join(pydyf._to_bytes(item) for item in stream.stream), 9)
        kept["states"] = resources["ExtGState"].data.decode()
        kept["width"], kept["height"] = page["MediaBox"][2:]

    rules = (
        f"@page {{ size: {width_mm}mm {height_mm}mm; margin: 0 }} img "
        f"{{ display: block; width: {width_mm}mm }}"
    )
    html = f"<style>body {{ margin: 0 }} {rules}</style><img src='svg/{svg_name}.svg'>"
    written(html, OwnFiles(), finisher=keep)
    return Underlay(**kept)


def _digest(svg_name: str) -> str:
    return hashlib.sha256((FOLDER / "svg" / f"{svg_name}.svg").read_bytes()).hexdigest()
