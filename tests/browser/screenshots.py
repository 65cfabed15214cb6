"""`make screenshots`: pictures of the pages in both languages, on a phone and on a desk,
into var/screenshots.
"""

import itertools
import sys
import tempfile
from pathlib import Path

from tests.browser.pages import chromium
from tests.processes import PROJECT
from tests.services import set_environment
from tests.sites import embedded

PAGES = {
    "home": "",
    "offer": "offer/",
    "checkout": "checkout/birge/",
    "sign-in": "sign-in/",
    "not-found": "orders/AAAA-AAAA/",
}
LANGUAGES = ("kk", "ru")
WIDTHS = (360, 1280)


def main(wanted: list[str]) -> None:
    """Take pictures of the pages named, or of all."""
    set_environment()
    target = PROJECT / "var" / "screenshots"
    target.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded(Path(folder)) as site,
        chromium() as browser,
    ):
        for language, width in itertools.product(LANGUAGES, WIDTHS):
            page = browser.new_page(
                locale=f"{language}-KZ", viewport={"width": width, "height": 800}
            )
            for name in wanted or PAGES:
                page.goto(f"{site.url}/{language}/{PAGES[name]}")
                picture = target / f"{name}-{language}-{width}.png"
                page.screenshot(path=picture, full_page=True)
                print(picture.relative_to(PROJECT))
            page.close()


if __name__ == "__main__":
    main(sys.argv[1:])
