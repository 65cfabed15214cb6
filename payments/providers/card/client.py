"""Asking the card provider: JSON over HTTPS with Basic authentication, a time-out and a size limit."""

import json
from base64 import b64encode
from decimal import Decimal
from http.client import HTTPException
from typing import Any, NoReturn
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from django.conf import settings

from payments.providers.base import ProviderError

SECONDS = 15
LONGEST_ANSWER = 200_000
WORTH_RETRYING = {408, 425, 429, 500, 502, 503, 504}


class _NoRedirects(HTTPRedirectHandler):
    """An answer that leads elsewhere would take the secret along."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


_opener = build_opener(_NoRedirects)
_direct_opener = build_opener(_NoRedirects, ProxyHandler({}))


def create_order(order: dict[str, Any], *, request_id: str) -> dict[str, Any]:
    """Make a payment link; the same `request_id` within an hour gives the same link."""
    return post("/orders/create", order, request_id=request_id)


def cancel_order(link_id: str, *, request_id: str) -> None:
    """Cancel an unpaid payment link."""
    post("/orders/cancel", {"Id": link_id}, request_id=request_id)


def post(path: str, data: dict[str, Any], *, request_id: str) -> dict[str, Any]:
    """Ask once; return the answer's Model, or raise ProviderError saying whether asking again may help."""
    url = settings.CARD_API_URL + path
    address = urlsplit(url)
    at_home = address.hostname in ("localhost", "127.0.0.1", "::1")
    if address.scheme != "https" and not settings.SANDBOX_BANK:
        raise ProviderError("the card provider is asked over https only", retry=False)
    key = b64encode(f"{settings.CARD_PUBLIC_ID}:{settings.CARD_API_SECRET}".encode()).decode()
    headers = {"Content-Type": "application/json", "Authorization": f"Basic {key}", "X-Request-ID": request_id}
    request = Request(url, data=json.dumps(data).encode(), headers=headers, method="POST")  # noqa: S310  checked above
    try:
        with (_direct_opener if at_home else _opener).open(request, timeout=SECONDS) as response:
            body = response.read(LONGEST_ANSWER + 1)
    except HTTPError as error:
        error.close()
        raise ProviderError(f"{path}: HTTP {error.code}", retry=error.code in WORTH_RETRYING) from error
    except (OSError, HTTPException) as error:
        raise ProviderError(f"{path}: {type(error).__name__}: {error}", retry=True) from error
    return _model(path, body)


def _model(path: str, body: bytes) -> dict[str, Any]:
    if len(body) > LONGEST_ANSWER:
        raise ProviderError(f"{path}: an answer of more than {LONGEST_ANSWER} bytes", retry=False)
    try:
        answer = json.loads(body, parse_float=Decimal, parse_constant=_refuse)
    except ValueError as error:
        raise ProviderError(f"{path}: the answer is not JSON", retry=True) from error
    if not isinstance(answer, dict) or answer.get("Success") is not True:
        said = answer.get("Message") if isinstance(answer, dict) else None
        raise ProviderError(f"{path}: refused: {str(said)[:200]}", retry=False)
    model = answer.get("Model")
    return model if isinstance(model, dict) else {}


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
