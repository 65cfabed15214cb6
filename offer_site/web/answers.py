"""What every answer carries, whatever made it, and what is refused before anything looks at it."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.http.response import HttpResponseBase

from .callbacks import without_log_line

logger = logging.getLogger(__name__)
CALLBACKS = "/callbacks/"
LAST_PORT = 65_535
NO_STORE = "private, no-store"
# Pages without a word about anybody; all others are personal until they say otherwise.
PUBLIC = {
    "root",
    "home",
    "webinar",
    "offer",
    "offer_pdf",
    "offer_edition",
    "offer_edition_pdf",
    "offer_edition_text",
    "list_template",
    "picture",
    "robots",
    "share_card",
    "sitemap",
    "offer_site.web.views.favicon",
}
# For answers of which nothing is to be loaded and nothing sent on.
NOTHING = "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class AnswerMiddleware:
    """The outermost: it sees errors, redirects and refusals too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = refusal(request) or self.get_response(request)
        if not request.path_info.startswith(settings.STATIC_URL):
            for name, value in ALWAYS.items():
                response.headers.setdefault(name, value)
            response.headers.setdefault("Content-Security-Policy", NOTHING)
            if is_personal(request, response):
                response.headers.setdefault("Cache-Control", NO_STORE)
        return response


def refusal(request: HttpRequest) -> HttpResponse | None:
    """The answer to a request that nothing else may see; None for all others."""
    if has_impossible_port(request):
        logging.getLogger("django.security.DisallowedHost").warning(
            "a Host with an impossible port refused"
        )
        return without_log_line(HttpResponse(b"No such host.\n", "text/plain", status=400))
    if (
        settings.SECURE_SSL_REDIRECT
        and request.path_info.startswith(CALLBACKS)
        and not request.is_secure()
    ):
        # A redirect would be followed with the same secrets, or be taken for a broken link.
        logger.warning("a callback over plain http refused: %s", request.path_info[:80])
        answer = b"Callbacks are taken over https only.\n"
        return without_log_line(HttpResponse(answer, "text/plain", status=403))
    return None


def has_impossible_port(request: HttpRequest) -> bool:
    """True for a Host that Django accepts and no server can have."""
    try:
        _domain, port = split_domain_port(request.get_host())
    except DisallowedHost:
        return False  # Django refuses it by itself
    return bool(port) and not 0 < int(port) <= LAST_PORT


def is_personal(request: HttpRequest, response: HttpResponseBase) -> bool:
    """True for an answer that may say something of somebody: it is stored in no cache (5.4)."""
    view = request.resolver_match
    return (
        view is None
        or view.view_name not in PUBLIC
        or bool(response.cookies)
        or settings.SESSION_COOKIE_NAME in request.COOKIES
    )
