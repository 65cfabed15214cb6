"""Requests to the card provider: JSON over HTTPS with Basic authentication."""

from base64 import b64encode
from typing import Any

from django.conf import settings

from offer_site.outgoing import LONGEST_ANSWER
from payments.providers.asking import post_json
from payments.providers.base import ProviderError

# A bank may need up to five minutes for a refund; a worker's task ends after five, so wait less.
REFUND_SECONDS = 280
LIST_SECONDS = 60  # for a whole page: it may be two megabytes on a slow line
LONGEST_LIST = 2_000_000  # bytes; a page has at most one hundred operations of two kilobytes each


def create_order(order: dict[str, Any], *, request_id: str) -> dict[str, Any]:
    """Make a payment link; the same `request_id` within an hour gives the same link."""
    return post("/orders/create", order, request_id=request_id)


def cancel_order(link_id: str, *, request_id: str) -> None:
    """Cancel an unpaid payment link."""
    post("/orders/cancel", {"Id": link_id}, request_id=request_id)


def post(
    path: str, data: dict[str, Any], *, request_id: str = "", seconds: float | None = None
) -> dict[str, Any]:
    """Ask once and return the answer's Model; raise ProviderError."""
    model = _ask(path, data, request_id=request_id, seconds=seconds)
    return model if isinstance(model, dict) else {}


def post_for_list(path: str, data: dict[str, Any]) -> list[dict[str, Any]]:
    """Ask once for a list; raise ProviderError when the answer has none."""
    model = _ask(path, data, seconds=LIST_SECONDS, longest=LONGEST_LIST)
    if not isinstance(model, list) or not all(isinstance(row, dict) for row in model):
        raise ProviderError(f"{path}: the answer has no list", retry=True)
    return model


def _ask(
    path: str,
    data: dict[str, Any],
    *,
    request_id: str = "",
    seconds: float | None = None,
    longest: int = LONGEST_ANSWER,
) -> Any:
    key = b64encode(f"{settings.CARD_PUBLIC_ID}:{settings.CARD_API_SECRET}".encode()).decode()
    headers = {"Authorization": f"Basic {key}"} | (
        {"X-Request-ID": request_id} if request_id else {}
    )
    answer = post_json(
        settings.CARD_API_URL + path, data, headers=headers, seconds=seconds, longest=longest
    )
    if answer.get("Success") is not True:
        raise ProviderError(f"{path}: refused: {str(answer.get('Message'))[:200]}", retry=False)
    return answer.get("Model")
