"""The mailbox of a development site at /dev/mail/; without DEBUG these pages are 404."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from offer_site.web.downloads import download

from .mailbox import StoredLetter, letter_named, newest_letters
from .previews import LETTER_POLICY


def debug_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A decorator: 404 without DEBUG."""

    @never_cache
    @require_safe
    @wraps(view)
    def found_in_debug(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not settings.DEBUG:
            raise Http404
        return view(request, *args, **kwargs)

    return found_in_debug


@debug_only
def dev_mail(request: HttpRequest) -> HttpResponse:
    return render(request, "notices/dev_mail.html", {"letters": list(newest_letters())})


@debug_only
def dev_mail_letter(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, "notices/dev_mail_letter.html", {"letter": find_letter(name)})


@debug_only
def dev_mail_html(request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponse(find_letter(name).html, headers={"Content-Security-Policy": LETTER_POLICY})


@debug_only
def dev_mail_attachment(request: HttpRequest, name: str, number: int) -> HttpResponse:
    attachments = find_letter(name).attachments
    if number >= len(attachments):
        raise Http404
    attachment = attachments[number]
    return download(
        attachment.content,
        attachment.filename,
        content_type=attachment.content_type,
        private=False,
    )


def find_letter(name: str) -> StoredLetter:
    letter = letter_named(name)
    if letter is None:
        raise Http404
    return letter
