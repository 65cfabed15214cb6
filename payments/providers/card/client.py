"""Asking the card provider: JSON over HTTPS with Basic authentication."""

from base64 import b64encode
from typing import Any

from django.conf import settings

from payments.providers.asking import post_json
from payments.providers.base import ProviderError


def create_order(order: dict[str, Any], *, request_id: str) -> dict[str, Any]:
    """Make a payment link; the same `request_id` within an hour gives the same link."""
    return post("/orders/create", order, request_id=request_id)


def cancel_order(link_id: str, *, request_id: str) -> None:
    """Cancel an unpaid payment link."""
    post("/orders/cancel", {"Id": link_id}, request_id=request_id)


def post(path: str, data: dict[str, Any], *, request_id: str) -> dict[str, Any]:
    """Ask once; return the answer's Model, or raise ProviderError saying whether asking again may help."""
    key = b64encode(f"{settings.CARD_PUBLIC_ID}:{settings.CARD_API_SECRET}".encode()).decode()
    headers = {"Authorization": f"Basic {key}", "X-Request-ID": request_id}
    answer = post_json(settings.CARD_API_URL + path, data, headers=headers)
    if answer.get("Success") is not True:
        raise ProviderError(f"{path}: refused: {str(answer.get('Message'))[:200]}", retry=False)
    model = answer.get("Model")
    return model if isinstance(model, dict) else {}
