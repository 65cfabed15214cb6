"""Papers as PDF: text set for each person over line art that is drawn once.

`Underlay.drawn("face-vip")` is a sheet of line art as one compressed PDF form (art.py). `set_text`
renders the text alone, puts the forms under its first pages and stamps (stamps.py) where the text
leaves room for them: no second library, no merging of files, and the file stays valid PDF/A. The
same input and identifier give the same bytes. A paper may read only the files of `static/pdf`, and
what its caller passes as `given`.
"""

from .art import Underlay
from .files import FOLDER, PaperError
from .fit import Fit, Measure, measure
from .setting import TAGGED, Enclosure, set_text
from .shared import NotSharedError, SharedPages, shared_pages
from .stamps import qr_svg
from .styles import Style, style

__all__ = [
    "FOLDER",
    "TAGGED",
    "Enclosure",
    "Fit",
    "Measure",
    "NotSharedError",
    "PaperError",
    "SharedPages",
    "Style",
    "Underlay",
    "measure",
    "qr_svg",
    "set_text",
    "shared_pages",
    "style",
]
