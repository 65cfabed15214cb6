"""Names of files that people save: words of their language, joined so that no program cuts them."""

import re

LONGEST = 80
UNFIT = re.compile(r"[^\w.]+")


def file_name(*parts: str, ending: str) -> str:
    """`Шарт-SMMARKETING-22.11.2026.pdf`: letters, digits and points of each part, in any script."""
    words = [UNFIT.sub("-", part).strip("-.") for part in parts]
    stem = "-".join(word for word in words if word)
    return f"{stem[:LONGEST].rstrip('-.')}.{ending}"
