"""Asks axe of each page, and whether it scrolls sideways, at every width in both themes."""

from pathlib import Path

from django.http import HttpResponseBase
from django.test import Client
from playwright.sync_api import Browser, Page

from tests.browser.camera import SETTLED, Camera
from tests.browser.pages import axe_findings, scrolls_sideways

WIDTHS = (320, 360, 768, 1280)
OFFICE = "/admin"


class Examiner(Camera):
    """Goes where the camera goes and keeps what is wrong with each page instead of its picture."""

    def __init__(self, browser: Browser) -> None:
        super().__init__(browser, Path())
        self.found: list[str] = []

    def take_page(
        self,
        name: str,
        response: HttpResponseBase,
        *,
        language: str,
        widths: tuple[int, ...],
        visitor: Client,
    ) -> None:
        """Examine a page at all widths, whichever it is photographed at."""
        del widths
        super().take_page(name, response, language=language, widths=WIDTHS, visitor=visitor)

    def take_letter(self, name: str, html: str, *, language: str) -> None:
        """Leave letters out: mail programs lay them out, not a browser."""

    def take_paper(self, name: str, paper: bytes, *, language: str) -> None:
        """Leave papers out: they are no pages."""

    def _look(self, name: str, address: str, page: Page) -> None:
        page.goto(address)
        page.evaluate(SETTLED)
        self.found += [f"{name}: {finding}" for finding in axe_findings(page)]
        is_office = OFFICE in address  # its tables are wider than a phone (tests/staff)
        if scrolls_sideways(page) and not is_office:
            self.found.append(f"{name}: scrolls sideways")
