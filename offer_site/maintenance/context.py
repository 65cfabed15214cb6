"""The banner that announces works, on every page."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from .now import maintenance_at


def maintenance(request: HttpRequest) -> dict[str, Any]:
    """`maintenance` for all templates: works that go on or come; no query of its own."""
    return {"maintenance": maintenance_at(timezone.now())}
