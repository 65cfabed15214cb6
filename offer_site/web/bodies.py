"""Bodies of requests: one that is larger than its page can need is refused before it is received.

Django reads a form with files whole before any view looks at it, whatever the page is for. Files
stay in memory until they are stored encrypted: a temporary file would hold them in plain (S2).
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest, HttpResponse

from offer_site.documents import LARGEST_DOCUMENT

from .views import plain_page

MARGIN = 2 * 1024 * 1024  # bytes: a document a little too large is refused by its page
WITH_A_DOCUMENT = LARGEST_DOCUMENT + MARGIN


def largest_body(size: int, *, is_public: bool = False) -> Callable[[Any], Any]:
    """Let a view take bodies of so many bytes; all others take what a form without files needs.

    More than that is taken from those alone who are signed in, unless the view `is_public`.
    """

    def marked(view: Any) -> Any:
        view.largest_body = size
        view.takes_from_strangers = is_public
        return view

    return marked


takes_a_document = largest_body(WITH_A_DOCUMENT)
takes_a_document_of_anybody = largest_body(WITH_A_DOCUMENT, is_public=True)


class FilesInMemory(MemoryFileUploadHandler):
    """Files of every size stay in memory: the middleware below bounds the body as a whole."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        self.activated = True


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
    """The bytes that a view takes from this visitor.

    The office's forms have files, for those who may enter it. Who a visitor is costs a query: it is
    asked of large bodies only.
    """
    small: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if announced(request) <= small:
        return small
    usual: int = getattr(view, "largest_body", small)
    is_office = request.resolver_match is not None and request.resolver_match.app_name == "admin"
    if is_office:
        return max(usual, WITH_A_DOCUMENT) if request.user.is_staff else small
    if getattr(view, "takes_from_strangers", False) or request.user.is_authenticated:
        return usual
    return small
