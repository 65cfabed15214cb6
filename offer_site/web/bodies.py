"""Bodies of requests: one that is larger than its page can need is refused before it is received.

Django reads a form with files whole before any view looks at it, whatever the page is for.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from offer_site.documents import LARGEST_DOCUMENT

from .views import plain_page

MARGIN = 2 * 1024 * 1024  # bytes: a document a little too large is refused by its page
WITH_A_DOCUMENT = LARGEST_DOCUMENT + MARGIN


def largest_body(size: int) -> Callable[[Any], Any]:
    """Let a view take bodies of so many bytes; all others take what a form without files needs."""

    def marked(view: Any) -> Any:
        view.largest_body = size
        return view

    return marked


takes_a_document = largest_body(WITH_A_DOCUMENT)


class BodyMiddleware:
    """Answer 413 to an announced body that is too large; it must stand before the check of CSRF."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if announced(request) <= size_allowed(request, view):
            return None
        return plain_page("413.html", 413)


def announced(request: HttpRequest) -> int:
    """The bytes of the body that the head announces; without a head there is none."""
    length = request.META.get("CONTENT_LENGTH") or ""
    return int(length) if length.isdecimal() else 0


def size_allowed(request: HttpRequest, view: Any) -> int:
    """The bytes that a view takes: the office's forms have files, for those who may enter it."""
    usual: int = getattr(view, "largest_body", settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    is_office = request.resolver_match is not None and request.resolver_match.app_name == "admin"
    if is_office and request.user.is_staff:
        return max(usual, WITH_A_DOCUMENT)
    return usual
