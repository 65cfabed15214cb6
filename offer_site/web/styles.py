"""The one style sheet: the CSS files joined in a fixed order, once a process, without a build."""

import gzip
import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import reverse

CSS = Path(__file__).resolve().parent.parent / "static" / "css"
FOREVER = "public, max-age=31536000, immutable"


class StyleSheet(NamedTuple):
    body: bytes
    packed: bytes
    digest: str


def css_files() -> list[Path]:
    """The files in their order: tokens, base, layout, components by name, print."""
    named = [CSS / "tokens.css", CSS / "base.css", CSS / "layout.css"]
    return [*named, *sorted((CSS / "components").glob("*.css")), CSS / "print.css"]


def join_css() -> StyleSheet:
    """The files joined without comments; font URLs become those of the static files."""
    css = "\n".join(path.read_text(encoding="utf-8") for path in css_files())
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\n\s*", "\n", css).strip()
    css = re.sub(r'url\("\.\./([^"]+)"\)', lambda found: f'url("{static(found[1])}")', css)
    body = css.encode()
    return StyleSheet(body, gzip.compress(body, 9, mtime=0), hashlib.sha256(body).hexdigest()[:8])


@lru_cache(maxsize=1)
def joined_once() -> StyleSheet:
    return join_css()


def current_sheet() -> StyleSheet:
    """The sheet of this process; in debug, the files as they are now."""
    return join_css() if settings.DEBUG else joined_once()


def stylesheet_url() -> str:
    """The sheet's address, which changes with its content."""
    return reverse("site_css", args=[current_sheet().digest])


def stylesheet(request: HttpRequest, digest: str) -> HttpResponse:
    """The sheet, cached for ever under its own digest; any other digest gets it uncached."""
    sheet = current_sheet()
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(
        sheet.packed if packed else sheet.body, content_type="text/css; charset=utf-8"
    )
    if packed:
        response["Content-Encoding"] = "gzip"
    response["Vary"] = "Accept-Encoding"
    response["Cache-Control"] = FOREVER if digest == sheet.digest else "no-cache"
    return response
