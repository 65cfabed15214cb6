"""Style sheets with their fonts, read once a process."""

import atexit
from functools import lru_cache

from .files import BASE_URL, OwnFiles, one_at_a_time


class Style:
    """Style sheets of `static/pdf/css` with their fonts; reading them is as slow as a paper.

    Use `style("certificate")`, which makes one a process.
    """

    def __init__(self, *css_names: str) -> None:
        from weasyprint import CSS
        from weasyprint.text.fonts import FontConfiguration

        self.fonts = FontConfiguration()
        self.sheets = [
            CSS(url=f"{BASE_URL}css/{name}.css", url_fetcher=OwnFiles(), font_config=self.fonts)
            for name in ("paper", *css_names)
        ]


@lru_cache
def style(*css_names: str) -> Style:
    """One Style for each set of style sheets, kept for the process; `paper.css` comes first."""
    with one_at_a_time:
        return Style(*css_names)


# Fonts must be freed before the interpreter shuts down.
atexit.register(style.cache_clear)
