"""Takes pictures: of a page at each width, of a letter, of each sheet of a paper."""

import mimetypes
from pathlib import Path
from typing import Any

import pypdfium2
from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpResponseBase
from django.test import Client
from playwright.sync_api import Browser, Page, Route

ORIGIN = "http://localhost:8000"
HEIGHT = 800
LETTER_WIDTHS = (360, 640)
THEMES = {"light": "", "dark": "-dark"}  # what a picture's name ends with
PNG = b"\x89PNG"
PAPER_SCALE = 1.5  # of 72 dots to an inch
# A page must not go on by itself while it is photographed.
DROPPED = {"refresh", "content-length", "set-cookie"}

# A list of choices keeps the height of the font before the site's own came: it is laid out again.
# The browser goes to the summary of errors sooner or later: the page is shown from its top.
SETTLED = """async () => {
  await document.fonts.ready;
  for (const choices of document.querySelectorAll("select")) {
    choices.style.display = "none";
    choices.getBoundingClientRect();
    choices.style.display = "";
  }
  const frame = () => new Promise(requestAnimationFrame);
  await frame();
  await frame();
  scrollTo({top: 0, behavior: "instant"});
  await frame();
}"""


class Camera:
    """Photographs what a scene shows; a page's files come from the site, without a network."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self.browser = browser
        self.folder = folder
        self.pages: dict[tuple[str, int], Page] = {}
        self.files: dict[str, dict[str, Any]] = {}
        self.shown: dict[str, Any] = {}
        self.visitor = Client()

    def take_page(
        self,
        name: str,
        response: HttpResponseBase,
        *,
        language: str,
        widths: tuple[int, ...],
        visitor: Client,
    ) -> None:
        """Photograph an answer of the site as the browser of a visitor shows it."""
        self.shown = answer_of(response)
        self.visitor = visitor
        address = ORIGIN + response.request["PATH_INFO"]  # type: ignore[attr-defined]
        for width in widths:
            page = self._page(language, width)
            for theme, end in THEMES.items():
                page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
                self._look(f"{name}-{language}-{width}{end}", address, page)

    def take_letter(self, name: str, html: str, *, language: str) -> None:
        self.shown = {
            "status": 200,
            "headers": {"content-type": "text/html; charset=utf-8"},
            "body": html.encode(),
        }
        for width in LETTER_WIDTHS:
            page = self._page(language, width)
            page.emulate_media(color_scheme="light")
            self._look(f"{name}-{language}-{width}", f"{ORIGIN}/letter", page)

    def take_paper(self, name: str, paper: bytes, *, language: str) -> None:
        """Keep a paper sheet by sheet; what is a picture already is kept as it is."""
        if paper.startswith(PNG):
            (self.folder / f"{name}-{language}.png").write_bytes(paper)
            return
        document = pypdfium2.PdfDocument(paper)
        for number, sheet in enumerate(document, start=1):
            target = self.folder / f"{name}-{language}-sheet{number}.png"
            sheet.render(scale=PAPER_SCALE).to_pil().save(target)
        document.close()

    def _page(self, language: str, width: int) -> Page:
        if (language, width) not in self.pages:
            context = self.browser.new_context(
                locale=f"{language}-KZ",
                timezone_id="Asia/Almaty",
                viewport={"width": width, "height": HEIGHT},
                reduced_motion="reduce",
            )
            page = context.new_page()
            page.route("**/*", self._serve)
            self.pages[language, width] = page
        return self.pages[language, width]

    def _look(self, name: str, address: str, page: Page) -> None:
        """Photograph a page; whoever looks otherwise overrides it."""
        target = self.folder / f"{name}.png"
        page.goto(address)
        page.evaluate(SETTLED)
        page.screenshot(path=target, full_page=True, animations="disabled", caret="hide")

    def _serve(self, route: Route) -> None:
        if route.request.is_navigation_request():
            route.fulfill(**self.shown)
        elif route.request.url.startswith(ORIGIN):
            route.fulfill(**self._file(route.request.url.removeprefix(ORIGIN)))
        else:
            route.abort()

    def _file(self, path: str) -> dict[str, Any]:
        if path in self.files:
            return self.files[path]
        if path.startswith(settings.STATIC_URL):
            self.files[path] = static_file(path.removeprefix(settings.STATIC_URL))
            return self.files[path]
        answer = answer_of(self.visitor.get(path))
        if path.endswith(".css"):  # its address changes with its content
            self.files[path] = answer
        return answer


def static_file(name: str) -> dict[str, Any]:
    found = finders.find(name)
    if found is None:
        return {"status": 404}
    content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return {
        "status": 200,
        "headers": {"content-type": content_type},
        "body": Path(found).read_bytes(),
    }


def answer_of(response: Any) -> dict[str, Any]:
    """Put an answer of the site as Playwright gives it to the browser."""
    headers = {
        name.lower(): value for name, value in response.items() if name.lower() not in DROPPED
    }
    body = response.getvalue() if response.streaming else response.content
    return {"status": response.status_code, "headers": headers, "body": body}
