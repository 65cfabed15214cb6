"""HTTP requests to other servers: one attempt, a deadline, a size limit, no redirects.

No address, header or body goes to a log or into an error: each may hold a secret.
"""

import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from socket import SHUT_RDWR, socket
from threading import Lock, Timer
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from offer_site.breakers import ServerAwayError, breaker_of

SECONDS = 15
CONNECT_SECONDS = 10
LONGEST_ANSWER = 200_000  # bytes
LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}


class OutgoingError(Exception):
    """No whole answer came; whether the other side did what was asked is unknown.

    `retry` says whether asking again may help.
    """

    def __init__(self, message: str, *, retry: bool) -> None:
        super().__init__(message)
        self.retry = retry


class NotAskedError(OutgoingError):
    """The request never left: the server does not answer others, so nothing was done there."""


@dataclass(frozen=True)
class HttpAnswer:
    """An answer of any status; the body of a refusal that broke off is empty."""

    status: int
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


def ask(
    url: str,
    *,
    method: str = "POST",
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
    connect_seconds: float = CONNECT_SECONDS,
    longest: int = LONGEST_ANSWER,
) -> HttpAnswer:
    """The answer to one request over the network; raises OutgoingError.

    `seconds` is the time for the whole exchange, from the first byte sent to the last one read,
    `connect_seconds` the part of it in which the server must take the connection; an answer longer
    than `longest` bytes is not read further.
    """
    # Uncompressed: a small answer must not grow past the limit by unpacking.
    headers = {"Accept-Encoding": "identity", "Connection": "close", **(headers or {})}
    deadline = _Deadline(seconds)
    try:
        with (
            deadline,
            httpx.Client(
                timeout=httpx.Timeout(seconds, connect=min(seconds, connect_seconds)),
                verify=_trusted(),
                trust_env=not _is_ours(url),
                follow_redirects=False,
            ) as client,
            client.stream(
                method, url, content=body, headers=headers, extensions={"trace": deadline.watch}
            ) as response,
        ):
            answer = HttpAnswer(response.status_code, b"")
            try:
                content = _read(response, longest)
                deadline.require()
            except (httpx.HTTPError, OutgoingError):
                if answer.is_success:
                    raise
                return answer
            return HttpAnswer(response.status_code, content)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
        raise OutgoingError(type(error).__name__, retry=False) from None
    except httpx.HTTPError as error:
        deadline.require()
        detail = f": {error}" if isinstance(error, httpx.NetworkError) else ""
        raise OutgoingError(f"{type(error).__name__}{detail}", retry=True) from None
    except (OSError, ImportError, ValueError) as error:
        # This machine's own trouble: no more sockets, or a proxy that it cannot speak to.
        raise OutgoingError(type(error).__name__, retry=True) from None


def ask_sparingly(url: str, *, is_long: bool = False, **request: Any) -> HttpAnswer:
    """As `ask`, for a server that people or other work wait for: a silent one costs two threads.

    While it is left alone, NotAskedError comes at once. A request that may take longer than a page
    is `is_long`: such ones never take all of the threads.
    """
    server = urlsplit(url).netloc
    try:
        with breaker_of(server).asking(is_long=is_long):
            return ask(url, **request)
    except ServerAwayError as error:
        raise NotAskedError(f"not asked: {error}", retry=True) from None


def is_local(url: str) -> bool:
    """True for a server on this machine."""
    return httpx.URL(url).host in LOCAL_HOSTS


def _is_ours(url: str) -> bool:
    """True for servers that are reached without the proxy of the environment."""
    return is_local(url) or httpx.URL(url).host == httpx.URL(settings.SITE_URL).host


def _read(response: httpx.Response, longest: int) -> bytes:
    content = b""
    for piece in response.iter_raw():
        content += piece
        if len(content) > longest:
            raise OutgoingError(f"an answer of more than {longest} bytes", retry=False)
    return content


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities of this machine, read once: reading takes as long as several requests."""
    return ssl.create_default_context()


class _Deadline:
    """Cuts the connection when the time is over.

    httpx limits each single read, so a server that sends one byte a second would hold a worker for
    as long as it likes.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.is_over = False
        self.sockets: list[socket] = []
        self.lock = Lock()
        self.timer = Timer(seconds, self.cut)
        self.timer.daemon = True

    def __enter__(self) -> Self:
        self.timer.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.timer.cancel()
        with self.lock:
            for each in self.sockets:
                each.close()
            self.sockets.clear()

    def watch(self, event: str, info: dict[str, Any]) -> None:
        """Remember a connection; httpx calls this at every step of a request."""
        if event == "connection.connect_tcp.complete":
            with self.lock:
                # A copy: TLS takes over the socket itself.
                self.sockets.append(info["return_value"].get_extra_info("socket").dup())
            self.require()

    def cut(self) -> None:
        with self.lock:
            self.is_over = True
            for each in self.sockets:
                with suppress(OSError):
                    each.shutdown(SHUT_RDWR)

    def require(self) -> None:
        """Raise OutgoingError once the time is over: a body that was cut may look whole."""
        if self.is_over:
            raise OutgoingError(f"no whole answer in {self.seconds:g} seconds", retry=True)
