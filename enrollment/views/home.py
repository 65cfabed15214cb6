"""The home page: what the course gives, what it costs, and until when."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from enrollment.models import HomePage
from enrollment.share import card_of, kept_card
from offer_site.documents import StoredFileError, read_anything
from offer_site.languages import speaking
from offer_site.pictures import FOREVER
from offer_site.web.answers import NO_STORE
from offer_site.web.downloads import PNG
from offer_site.web.visitor import cookie_name

from .shop import Shop, open_shop
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
    strip = strip_of(request, at=at)
    response = render(request, "enrollment/home.html", home_context(shop) | {"strip": strip})
    if strip:
        response["Cache-Control"] = NO_STORE  # it says whose order waits
    _keep_webinar_code(request, response, shop.level == "webinar", shop.level_ends_at)
    return response


@require_safe
@never_cache
@permission_required("enrollment.change_course")
def preview(request: HttpRequest) -> HttpResponse:
    """Show staff the home page as its draft would make it; visitors never see this address."""
    shop = open_shop(at=timezone.now())
    page = HomePage.objects.filter(course=shop.course).first() if shop.course else None
    page = page or HomePage.objects.order_by("pk").first()
    if page:
        shop.course = page.course
        shop.home = page.drafted
    return render(request, "enrollment/home.html", home_context(shop) | {"preview": True})


@require_safe
def share_card(request: HttpRequest, name: str) -> HttpResponse:
    """The picture of a link to this page, under the digest of what it says.

    A page that was shared before a price changed still has its picture, once it was drawn.
    """
    with speaking(name[:2]):
        card = card_of(open_shop(at=timezone.now()))
    if card is not None and card.name == name:
        content = kept_card(card)
    else:
        try:
            content = read_anything(f"share/{name}")
        except StoredFileError as missing:
            raise Http404 from missing
    response = HttpResponse(content, content_type=PNG)
    response.headers["Cache-Control"] = FOREVER
    return response


@require_safe
def webinar(request: HttpRequest, code: str) -> HttpResponse:
    """The short address that a webinar shows: it passes the code on to the home page."""
    return redirect(f"{request.path_info.rsplit('webinar/', 1)[0]}?webinar={code}")


def home_context(shop: Shop) -> dict[str, Any]:
    return {
        "shop": shop,
        "edition": shop.edition,
        "academy": shop.edition.academy if shop.edition else None,
        "hold_minutes": settings.PLACE_HOLD_UNSEEN_MINUTES,
        "longer_minutes": settings.PLACE_HOLD_MINUTES,
        "kaspi_is_open": bool(settings.KASPI_SERVICE and settings.KASPI_ALLOWED_ADDRESSES),
    }


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
