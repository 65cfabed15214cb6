"""Asking the Bot API: JSON over HTTPS, with a time-out, a size limit, no redirects, and one
error that says whether to ask again. The token stands in the address, so no address is ever
logged or raised.
"""

import json
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from django.conf import settings

SECONDS = 15
LONGEST_ANSWER = 200_000
BLOCKED = 403
OURS_TO_MEND = {
    401,
    404,
    429,
}  # a wrong token, or too many questions: they wait, for all messages at once


class TelegramError(Exception):
    """Telegram did not do what was asked. `retry` says whether asking again may help,
    `after` in how many seconds.
    """

    def __init__(self, said: str, *, retry: bool, code: int = 0, after: int = 0) -> None:
        super().__init__(said)
        self.retry = retry
        self.code = code
        self.after = after


class _NoRedirects(HTTPRedirectHandler):
    """An answer that leads elsewhere would take the token along."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


_opener = build_opener(_NoRedirects)
_direct_opener = build_opener(_NoRedirects, ProxyHandler({}))


def call(method: str, data: Mapping[str, Any]) -> Any:
    """Ask once for a method of the Bot API and return its result; raise TelegramError."""
    base = urlsplit(settings.TELEGRAM_API_URL)
    at_home = base.hostname in ("localhost", "127.0.0.1", "::1")
    if base.scheme != "https" and not (base.scheme == "http" and at_home):
        raise TelegramError("Telegram is asked over https only", retry=True)
    request = Request(  # noqa: S310  checked above
        f"{settings.TELEGRAM_API_URL}/bot{settings.TELEGRAM_BOT_TOKEN}/{method}",
        data=json.dumps(data).encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    try:
        with (_direct_opener if at_home else _opener).open(request, timeout=SECONDS) as response:
            return _result(method, response.status, response.read(LONGEST_ANSWER + 1))
    except HTTPError as error:
        with error:
            return _result(method, error.code, error.read(LONGEST_ANSWER + 1))
    except (OSError, HTTPException) as error:
        raise TelegramError(f"{method}: {type(error).__name__}", retry=True) from None


def _result(method: str, status: int, body: bytes) -> Any:
    try:
        answer = json.loads(body) if len(body) <= LONGEST_ANSWER else None
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise TelegramError(
            f"{method}: HTTP {status}, the answer cannot be read",
            retry=status != BLOCKED,
            code=status,
        )
    if status == 200 and answer.get("ok") is True:
        return answer.get("result")
    code = answer["error_code"] if isinstance(answer.get("error_code"), int) else status
    more = answer.get("parameters")
    after = more.get("retry_after") if isinstance(more, dict) else 0
    raise TelegramError(
        f"{method}: {code} {str(answer.get('description'))[:300]}",
        retry=code in OURS_TO_MEND or code >= 500,
        code=code,
        after=after if isinstance(after, int) else 0,
    )
