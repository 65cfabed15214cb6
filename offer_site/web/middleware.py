"""Middleware of the site."""

import logging
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from offer_site.documents import StoredFileError
from offer_site.errors import RuleViolation, TooManyTriesError
from offer_site.renderers import TRY_AGAIN_AFTER, AllBusyError
from offer_site.web.views import plain_page

log = logging.getLogger(__name__)
NOT_HANDED_OUT = gettext_noop(
    "The stored file is lost or was altered, so it is not handed out. Write to us."
)


class RuleViolationMiddleware:
    """A RuleViolation becomes a message on the page the person came from.

    For posts without typed input; a view with a form catches it. A stored file that is not what was
    recorded is answered likewise, and stands in the log as an error. Where all renderers are busy,
    or too much was tried, the answer says when to ask again.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, AllBusyError):
            response = plain_page("busy.html", 503)
            response.headers["Retry-After"] = str(TRY_AGAIN_AFTER)
            return response
        if isinstance(error, TooManyTriesError):
            response = plain_page("429.html", 429)
            response.headers["Retry-After"] = str(error.seconds)
            return response
        if not isinstance(error, RuleViolation | StoredFileError):
            return None
        said = str(error)
        if isinstance(error, StoredFileError):
            log.error("%s; nothing was handed out", error)
            said = _(NOT_HANDED_OUT)
        messages.error(request, said)
        back = request.META.get("HTTP_REFERER", "")
        if back == request.build_absolute_uri():
            back = ""
        if not url_has_allowed_host_and_scheme(
            back, {request.get_host()}, require_https=request.is_secure()
        ):
            back = "/"
        return HttpResponseRedirect(back)
