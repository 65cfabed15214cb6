"""The files that a paper may read, and the one function that writes papers."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from mimetypes import guess_type
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import unquote, urlsplit

import pydyf

FOLDER = Path(__file__).resolve().parent.parent / "static" / "pdf"
BASE_URL = FOLDER.as_uri() + "/"

# Pango's font maps are not thread-safe, and a style is shared by all threads.
one_at_a_time = Lock()


class PaperError(RuntimeError):
    """A paper asked for something that is not one of the project's own files."""


class OwnFiles:
    """WeasyPrint's fetcher for the files of `static/pdf` and what was given; it refuses all else.

    The default fetcher would put /etc/passwd into a paper whose text asked for it.
    """

    _fail_on_errors = True  # read by WeasyPrint: without it, a paper would silently lack its art

    def __init__(self, given: Mapping[str, bytes] | None = None) -> None:
        self.given = {f"{BASE_URL}given/{name}": content for name, content in (given or {}).items()}

    def __call__(self, url: str) -> Any:
        from weasyprint.urls import URLFetcherResponse

        kind = {"Content-Type": guess_type(urlsplit(url).path)[0] or "application/octet-stream"}
        if url in self.given:
            return URLFetcherResponse(url, self.given[url], kind)
        parts = urlsplit(url)
        path = Path(unquote(parts.path)).resolve()
        if (
            parts.scheme != "file"
            or parts.netloc
            or not path.is_relative_to(FOLDER)
            or not path.is_file()
        ):
            raise PaperError(f"a paper may not read {url}")
        return URLFetcherResponse(url, path.read_bytes(), kind)


def written(
    html: str,
    files: OwnFiles,
    *,
    finisher: Callable[[Any, Any], None] | None = None,
    prepare: Callable[[Any], None] = lambda document: None,
    font_config: Any = None,
    **options: Any,
) -> bytes:
    """The PDF of a page; `prepare` gets the document when it is laid out, and before it is drawn.

    Raises PaperError if the page asks for a file that is not the project's own.
    """
    with one_at_a_time, only_own_files():
        document = laid_out(html, files, font_config=font_config, **options)
        prepare(document)
        pdf: bytes = document.write_pdf(finisher=finisher, **options)
    return pdf


def laid_out(html: str, files: OwnFiles, **options: Any) -> Any:
    """WeasyPrint's document of a page, not yet drawn; `one_at_a_time` must be held."""
    from weasyprint import HTML

    return HTML(string=html, base_url=BASE_URL, url_fetcher=files).render(**options)


@contextmanager
def only_own_files() -> Iterator[None]:
    """Raise PaperError where a page asked for a file that is not the project's own."""
    from weasyprint.urls import FatalURLFetchingError

    try:
        yield
    except FatalURLFetchingError as error:  # a BaseException, which would end a worker
        raise PaperError(str(error)) from error


def is_page(thing: object) -> bool:
    """True if an object of a PDF is one of its pages."""
    return isinstance(thing, pydyf.Dictionary) and thing.get("Type") == "/Page"
