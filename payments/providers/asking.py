"""Asking a provider over HTTPS: JSON there and back, with a time-out,
a size limit and no redirects.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from http.client import HTTPException
from typing import Any, NoReturn
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from django.conf import settings

from .base import ProviderError

SECONDS = 15
LONGEST_ANSWER = 200_000
WORTH_RETRYING = {408, 425, 429, 500, 502, 503, 504}


class _NoRedirects(HTTPRedirectHandler):
    """An answer that leads elsewhere would take the secret along."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


_opener = build_opener(_NoRedirects)
_direct_opener = build_opener(_NoRedirects, ProxyHandler({}))


def post_json(
    url: str,
    data: Mapping[str, Any],
    *,
    headers: Mapping[str, str] | None = None,
    seconds: float | None = None,
    longest: int = LONGEST_ANSWER,
) -> dict[str, Any]:
    """Ask once; return the answer's object, or raise ProviderError saying whether asking again may
    help.

    `seconds` is how long an answer is waited for, `longest` how many bytes of it are read.
    """
    address = urlsplit(url)
    at_home = address.hostname in ("localhost", "127.0.0.1", "::1")
    if not _may_be_spoken(address.scheme):
        raise ProviderError(f"{address.hostname} is asked over https only", retry=False)
    headers = {"Content-Type": "application/json", **(headers or {})}
    request = Request(url, data=as_json(data), headers=headers, method="POST")  # noqa: S310  checked above
    try:
        with (_direct_opener if at_home else _opener).open(
            request, timeout=seconds or SECONDS
        ) as response:
            body = response.read(longest + 1)
    except HTTPError as error:
        error.close()
        raise ProviderError(
            f"{address.path}: HTTP {error.code}", retry=error.code in WORTH_RETRYING
        ) from error
    except (OSError, HTTPException) as error:
        raise ProviderError(
            f"{address.path}: {type(error).__name__}: {error}", retry=True
        ) from error
    return _object(address.path, body, longest)


def as_json(data: Mapping[str, Any]) -> bytes:
    """Write an object as JSON; a Decimal becomes a number of two places,
    which no float ever was (M9).
    """
    pairs = (
        f"{json.dumps(name)}: {f'{value:.2f}' if isinstance(value, Decimal) else json.dumps(value)}"
        for name, value in data.items()
    )
    return f"{{{', '.join(pairs)}}}".encode()


def usable_link(url: object) -> str:
    """Take a page's address from an answer;
    raise ProviderError for one that no buyer may be sent to.
    """
    if not isinstance(url, str) or not _may_be_spoken(urlsplit(url).scheme):
        raise ProviderError("no usable link in the answer", retry=False)
    return url


def _may_be_spoken(scheme: str) -> bool:
    return scheme == "https" or (scheme == "http" and settings.SANDBOX_BANK)


def _object(path: str, body: bytes, longest: int) -> dict[str, Any]:
    if len(body) > longest:
        raise ProviderError(f"{path}: an answer of more than {longest} bytes", retry=False)
    try:
        answer = json.loads(body, parse_float=Decimal, parse_constant=_refuse)
    except ValueError as error:
        raise ProviderError(f"{path}: the answer is not JSON", retry=True) from error
    if not isinstance(answer, dict):
        raise ProviderError(f"{path}: the answer is not an object", retry=False)
    return answer


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
