"""Views that belong to no app: the first page, the theme, and error pages."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from offer_site.languages import current_language
from offer_site.web.lost import LostPage
from offer_site.web.visitor import keep_theme

TRY_AGAIN_AFTER = 30  # seconds


@require_safe
def root(request: HttpRequest) -> HttpResponse:
    """Redirect to home in the visitor's language: chosen before, the browser's, or Kazakh."""
    response = redirect("home")
    patch_vary_headers(response, ("Accept-Language", "Cookie"))
    return response


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Redirect for browsers that ask at the fixed address, as on pages of the admin."""
    return redirect(static("img/favicon.svg"), permanent=True)


@csrf_exempt  # a theme does no harm, and a token would cost every anonymous page a cookie
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Store the chosen theme and return to the same page."""
    page = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        page, {request.get_host()}, require_https=request.is_secure()
    ):
        page = reverse("home")
    response = HttpResponseRedirect(page)
    keep_theme(response, request.POST.get("theme", ""))
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, without reading anything more of the request."""
    return plain_page("400.html", 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "403.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, LostPage):
        return render(request, exception.template, exception.context, status=404)
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a page with nothing on it that could fail again; 503 while the database is away."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        response = plain_page("503.html", 503)
        response.headers["Retry-After"] = str(TRY_AGAIN_AFTER)
        return response
    return plain_page("500.html", 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the page was too old when it was sent, and nothing was done."""
    return plain_page("403_csrf.html", 403)


def plain_page(name: str, status: int) -> HttpResponse:
    """A page that needs no request, no session and no database."""
    return HttpResponse(render_to_string(name, {"spoken_first": current_language()}), status=status)
