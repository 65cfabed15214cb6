"""The Bot API over HTTPS, with one error that says whether to retry.

The address contains the token, so no address is ever logged or raised.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from offer_site.outgoing import HttpAnswer, NotAskedError, OutgoingError, ask_sparingly, is_local

# A worker waits for the answer, and letters and certificates behind it.
SECONDS = 5
CONNECT_SECONDS = 3
BLOCKED = 403
# A wrong token, or too many requests: these stop all messages at once, so they are retried.
OURS_TO_MEND = {
    401,
    404,
    429,
}


class TelegramError(Exception):
    """A request to Telegram failed; `retry` says whether to try again, `after` when, in seconds.

    `was_asked` is False for one that was left alone, because others get no answer.
    """

    def __init__(
        self,
        message: str,
        *,
        retry: bool,
        code: int = 0,
        after: int = 0,
        was_asked: bool = True,
    ) -> None:
        super().__init__(message)
        self.was_asked = was_asked
        self.retry = retry
        self.code = code
        self.after = after


def call(method: str, data: Mapping[str, Any]) -> Any:
    """The result of one Bot API method over the network; raises TelegramError."""
    base = settings.TELEGRAM_API_URL
    scheme = urlsplit(base).scheme
    if scheme != "https" and not (scheme == "http" and is_local(base)):
        raise TelegramError("Telegram is asked over https only", retry=True)
    try:
        answer = ask_sparingly(
            f"{base}/bot{settings.TELEGRAM_BOT_TOKEN}/{method}",
            body=json.dumps(data).encode(),
            headers={"Content-Type": "application/json"},
            seconds=SECONDS,
            connect_seconds=CONNECT_SECONDS,
        )
    except OutgoingError as error:
        was_asked = not isinstance(error, NotAskedError)
        raise TelegramError(f"{method}: {error}", retry=True, was_asked=was_asked) from None
    return _result(method, answer)


def _result(method: str, answered: HttpAnswer) -> Any:
    status = answered.status
    try:
        answer = json.loads(answered.body)
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
