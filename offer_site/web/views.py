"""The doors that belong to no app: the first page, the visitor's theme,
and what is said when a page fails.
"""

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
from offer_site.web.visitor import keep_theme


@require_safe
def root(request: HttpRequest) -> HttpResponse:
    """Lead to the home page in the visitor's language: chosen before, else the browser's,
    else Kazakh.
    """
    response = redirect("home")
    patch_vary_headers(response, ("Accept-Language", "Cookie"))
    return response


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Lead browsers that ask at the old address, on pages of the admin for example,
    to the icon there is.
    """
    return redirect(static("img/favicon.svg"), permanent=True)


@csrf_exempt  # a theme harms nobody, and a token would cost every anonymous page a cookie
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme that was chosen and return to the page it was chosen on."""
    page = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        page, {request.get_host()}, require_https=request.is_secure()
    ):
        page = reverse("home")
    response = HttpResponseRedirect(page)
    keep_theme(response, request.POST.get("theme", ""))
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that the request was not understood, without reading anything more of it."""
    return plain_page("400.html", 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that this page is not for this person."""
    return render(request, "403.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that there is no such page, and where to go."""
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that the fault is ours, with nothing on the page that could fail again."""
    return plain_page("500.html", 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the page had grown old before it was sent, and that nothing was done."""
    return plain_page("403_csrf.html", 403)


def plain_page(name: str, status: int) -> HttpResponse:
    """Render a page that needs no request, no session and no database."""
    return HttpResponse(render_to_string(name, {"spoken_first": current_language()}), status=status)
