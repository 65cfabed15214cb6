"""What tells one visitor's browser from another's, before there is an account."""

import hashlib
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from offer_site.addresses import client_address


def browser_digest(request: HttpRequest) -> str:
    """A digest of the CSRF cookie: two tabs are one buyer, a stranger is another."""
    token = request.COOKIES.get(settings.CSRF_COOKIE_NAME, "")
    return hashlib.sha256(f"browser:{token}".encode()).hexdigest()


def origin_of(request: HttpRequest) -> dict[str, Any]:
    """Where an application comes from, as keyword arguments of the form."""
    return {
        "origin_address": client_address(request),
        "origin_agent": request.headers.get("User-Agent", ""),
        "origin_browser": browser_digest(request),
    }
