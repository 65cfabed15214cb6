"""While works go on: 503 for visitors; money, health and staff are served (2.5)."""

from collections.abc import Callable
from datetime import datetime
from math import ceil

from django.conf import settings
from django.contrib.auth import get_user
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils import timezone

from offer_site.languages import current_language
from offer_site.web.callbacks import without_log_line
from offer_site.web.visitor import language_of_path

from .models import Maintenance
from .now import maintenance_at

RETURN_FROM_BANK = "/payments/return/"
# Paths without their language. Staff sign in by the site's own pages.
SERVED = (
    "/callbacks/",
    "/live",
    "/ready",
    "/admin/",
    "/sign-in/",
    "/sign-out/",
    "/second-factor/",
    "/theme/",
    "/favicon.ico",
    "/site.",
    "/sandbox/",
    "/dev/mail/",
)


class MaintenanceMiddleware:
    """Before anything of a request is read; after the language, in which the answer speaks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        path = path[3:] if language_of_path(path) else path
        if not path.startswith(SERVED):
            now = timezone.now()
            works = maintenance_at(now)
            if works and works.is_going_on(now) and not _is_staff_looking(request):
                return closed(works, now, from_bank=path.endswith(RETURN_FROM_BANK))
        return self.get_response(request)


def _is_staff_looking(request: HttpRequest) -> bool:
    """True for a signed-in member of staff who opens a page; nothing is sent meanwhile."""
    if request.method not in ("GET", "HEAD"):
        return False
    # A visitor without a session is not asked for one.
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    try:
        return bool(getattr(get_user(request), "is_staff", False))
    except (DatabaseError, InterfaceError):
        return False  # the works are on the database itself


def closed(works: Maintenance, now: datetime, *, from_bank: bool = False) -> HttpResponse:
    """The answer meanwhile, in both languages, the visitor's own first.

    Whoever comes `from_bank` reads where the confirmation of the payment goes.
    """
    context = {"spoken_first": current_language(), "works": works, "from_bank": from_bank}
    response = HttpResponse(render_to_string("maintenance.html", context), status=503)
    response.headers["Retry-After"] = str(max(1, ceil((works.ends_at - now).total_seconds())))
    return without_log_line(response)  # nothing failed: an error a visitor would hide real ones
