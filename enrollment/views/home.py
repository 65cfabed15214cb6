"""The home page: what the course gives, what it costs, and until when."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from offer_site.web.answers import NO_STORE
from offer_site.web.visitor import cookie_name

from .shop import open_shop
from .strip import strip_of

WEBINAR_COOKIE = "webinar"


def webinar_code(request: HttpRequest) -> str:
    """The webinar code of this visitor: of the link followed now, or of an earlier one."""
    return request.GET.get("webinar", "") or request.COOKIES.get(cookie_name(WEBINAR_COOKIE), "")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the course, its packages and prices (4.1).

    A valid webinar code opens the lowest level until the code's own end.
    """
    at = timezone.now()
    shop = open_shop(at=at, webinar_code=webinar_code(request))
    academy = shop.edition.academy if shop.edition else None
    context = {"shop": shop, "edition": shop.edition, "academy": academy, "now": at}
    context["hold_minutes"] = settings.PLACE_HOLD_UNSEEN_MINUTES
    context["longer_minutes"] = settings.PLACE_HOLD_MINUTES
    context["kaspi_is_open"] = bool(settings.KASPI_SERVICE and settings.KASPI_ALLOWED_ADDRESSES)
    context["strip"] = strip = strip_of(request, at=at)
    response = render(request, "enrollment/home.html", context)
    if strip:
        response["Cache-Control"] = NO_STORE  # it says whose order waits
    _keep_webinar_code(request, response, shop.level == "webinar", shop.level_ends_at)
    return response


@require_safe
def webinar(request: HttpRequest, code: str) -> HttpResponse:
    """The short address that a webinar shows: it passes the code on to the packages."""
    response = redirect(f"{request.path_info.rsplit('webinar/', 1)[0]}?webinar={code}#packages")
    return response


def _keep_webinar_code(
    request: HttpRequest, response: HttpResponse, valid: bool, ends_at: object
) -> None:
    typed = request.GET.get("webinar", "")
    if typed and valid and typed != request.COOKIES.get(cookie_name(WEBINAR_COOKIE)):
        response.set_cookie(
            cookie_name(WEBINAR_COOKIE),
            typed,
            expires=ends_at,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
