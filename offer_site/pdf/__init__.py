"""Papers: text that is set for each person over art that is drawn once, and the fit of names
between them.

`Underlay.drawn("face-vip")` gives a sheet of line art as one compressed PDF form (art.py).
`set_text` renders the text alone, slips the forms under its first pages and puts stamps (stamps.py)
where the text leaves room for them: no second library, no merging of files, and PDF/A stays whole.
The same input and identifier give the same bytes. What a paper may read are the files of
`static/pdf`, and what its maker hands over as `given`.
"""

from .art import Underlay
from .files import FOLDER, PaperError
from .fit import Fit, Measure, measure
from .setting import TAGGED, Enclosure, Style, set_text, style
from .stamps import qr_svg

__all__ = [
    "FOLDER",
    "TAGGED",
    "Enclosure",
    "Fit",
    "Measure",
    "PaperError",
    "Style",
    "Underlay",
    "measure",
    "qr_svg",
    "set_text",
    "style",
]
