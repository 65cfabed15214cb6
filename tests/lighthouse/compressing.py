"""The site behind a proxy that compresses pages, as `docs/proxy.nginx.conf` does."""

import gzip
from collections.abc import Callable, Iterable
from typing import Any

from offer_site.wsgi import application as site

LEVEL = 5
SMALLEST = 1000  # bytes


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer as the site does; a page that is not small is compressed."""
    answered: list[Any] = []

    def remember(status: str, headers: list[tuple[str, str]], *more: Any) -> None:
        answered[:] = [status, headers]

    answer = site(environ, remember)
    try:
        body = b"".join(answer)
    finally:
        close = getattr(answer, "close", None)
        if close is not None:
            close()
    status, headers = answered
    named = {name.lower(): value for name, value in headers}
    is_page = named.get("content-type", "").startswith("text/html")
    is_asked = "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")
    if is_page and is_asked and len(body) >= SMALLEST and "content-encoding" not in named:
        body = gzip.compress(body, LEVEL)
        headers = [each for each in headers if each[0].lower() != "content-length"]
        headers += [("Content-Length", str(len(body))), ("Content-Encoding", "gzip")]
    start_response(status, headers)
    return [body]
