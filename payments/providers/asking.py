"""Requests to a provider over HTTPS: JSON in both directions."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn
from urllib.parse import urlsplit

from django.conf import settings

from offer_site.outgoing import LONGEST_ANSWER, OutgoingError, ask_sparingly

from .base import ProviderError

# A buyer waits for the answer, and a thread of the shop with them.
SECONDS = 5
CONNECT_SECONDS = 3
WORTH_RETRYING = {408, 425, 429, 500, 502, 503, 504}


def post_json(
    url: str,
    data: Mapping[str, Any],
    *,
    headers: Mapping[str, str] | None = None,
    seconds: float | None = None,
    longest: int = LONGEST_ANSWER,
) -> dict[str, Any]:
    """Ask once; return the answer's object, or raise ProviderError.

    `seconds` is the limit for the whole answer, `longest` the most bytes of it that are read. A
    provider that does not answer is left alone for a while: then ProviderError comes at once.
    """
    address = urlsplit(url)
    if not _may_be_spoken(address.scheme):
        raise ProviderError(f"{address.hostname} is asked over https only", retry=False)
    headers = {"Content-Type": "application/json", **(headers or {})}
    try:
        answer = ask_sparingly(
            url,
            is_long=seconds is not None and seconds > SECONDS,
            body=as_json(data),
            headers=headers,
            seconds=seconds or SECONDS,
            connect_seconds=CONNECT_SECONDS,
            longest=longest,
        )
    except OutgoingError as error:
        raise ProviderError(f"{address.path}: {error}", retry=error.retry) from error
    if not answer.is_success:
        raise ProviderError(
            f"{address.path}: HTTP {answer.status}", retry=answer.status in WORTH_RETRYING
        )
    return _object(address.path, answer.body)


def as_json(data: Mapping[str, Any]) -> bytes:
    """An object as JSON; a Decimal becomes a number with two places and is never a float (M9)."""
    pairs = (
        f"{json.dumps(name)}: {f'{value:.2f}' if isinstance(value, Decimal) else json.dumps(value)}"
        for name, value in data.items()
    )
    return f"{{{', '.join(pairs)}}}".encode()


def usable_link(url: object) -> str:
    """A page's address from an answer; raises ProviderError for one no buyer may be sent to."""
    if not isinstance(url, str) or not _may_be_spoken(urlsplit(url).scheme):
        raise ProviderError("no usable link in the answer", retry=False)
    return url


def _may_be_spoken(scheme: str) -> bool:
    return scheme == "https" or (scheme == "http" and settings.SANDBOX_BANK)


def _object(path: str, body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(
            body, parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_without_repetition
        )
    except ValueError as error:
        raise ProviderError(f"{path}: the answer is not JSON", retry=True) from error
    if not isinstance(answer, dict):
        raise ProviderError(f"{path}: the answer is not an object", retry=False)
    return answer


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names stand once each: of two values nobody can say which was meant."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a name that stands twice")
    return fields


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
