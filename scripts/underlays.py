"""Draw the art of scripts/guilloche.py once, as the forms that papers are laid over:
`python scripts/underlays.py`.
"""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from offer_site.pdf.art import Underlay, draw
from offer_site.pdf.files import FOLDER

SHEETS = ("face-*", "back", "cover", "post-*")

for svg in sorted(path for name in SHEETS for path in (FOLDER / "svg").glob(f"{name}.svg")):
    width, height = (
        float(side) for side in re.findall(r'(?:width|height)="([\d.]+)mm"', svg.read_text())[:2]
    )
    if Underlay.kept(svg.stem) is None:
        draw(svg.stem, width, height).keep(svg.stem)
        print(svg.stem)
