"""The page of an issued certificate for its owner: its files, and the ways to show it to others.

It opens by the cabinet's sign-in, or by the link of the certificate's letter without a code. That
link opens nothing else; the browser keeps a mark of it, so that its key stays out of the address.
"""

from functools import partial
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from certificates.models import Certificate, PictureKind
from certificates.operations import certificate_file as stored_file
from certificates.operations import certificate_picture
from certificates.views.verification import unlisted
from enrollment.models import Order
from enrollment.operations.links import certificate_signature
from enrollment.views.tries import begin_try
from offer_site.renderers import a_renderer
from offer_site.web.downloads import PNG, download
from offer_site.web.visitor import cookie_name

COOKIE = "certificates"
SALT = "certificates.opened-in-this-browser"
KEPT = 30  # certificates a browser remembers
MARK = 16  # characters of the signature; the cookie itself is signed
SHARED = {kind.value: kind for kind in PictureKind}


@require_safe
@unlisted
@never_cache
def certificate(request: HttpRequest, code: str) -> HttpResponse:
    """The certificate with its files; a link with a key is answered by one without it."""
    order = readable_order(request, code)
    if request.GET.get("key"):
        response: HttpResponse = redirect("certificate", code=code)
        remember(request, response, order)
        return response
    context = {"certificate": issued(order), "order": order}
    return render(request, "certificates/certificate.html", context)


@require_safe
@unlisted
@never_cache
def certificate_of_link(request: HttpRequest, code: str) -> HttpResponse:
    """The PDF for whoever may open the page."""
    found = issued(readable_order(request, code))
    return download(stored_file(found), found.file_name)


@require_safe
@unlisted
@never_cache
def certificate_picture_of(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """A picture of the certificate: for a story, a post, print, or the page itself."""
    order = readable_order(request, code)
    found = issued(order)
    if kind not in SHARED:
        raise Http404
    within = partial(a_renderer, order.code)
    picture = certificate_picture(certificate=found, kind=SHARED[kind], within=within)
    is_shown = kind == PictureKind.SCREEN
    return download(picture.content, picture.file_name, content_type=PNG, inline=is_shown)


def issued(order: Order) -> Certificate:
    """The certificate that is in force; 404 where there is none, or none any more."""
    found = Certificate.objects.live().rendered().of_order(order.code).first()
    if found is None:
        raise Http404
    return found


def readable_order(request: HttpRequest, code: str) -> Order:
    """The order, for its signed-in owner, its letter's link and a browser that opened that.

    For anybody else it does not exist, and asking is a try (3.1 (5)).
    """
    marks = _remembered(request)
    visit = begin_try(request, is_vouched_for=code in marks)
    order = Order.objects.with_people().filter(code=code).first()
    if order is None:
        visit.refuse()
    signature = certificate_signature(order)
    user: Any = request.user
    if not (
        constant_time_compare(request.GET.get("key", ""), signature)
        or marks.get(code) == signature[:MARK]
        or (user.is_authenticated and user.email == order.party.email)
    ):
        visit.refuse()
    return order


def remember(request: HttpRequest, response: HttpResponse, order: Order) -> None:
    """Let this browser open the page until it is closed, or all links are ended."""
    known = {code: mark for code, mark in _remembered(request).items() if code != order.code}
    marks = {order.code: certificate_signature(order)[:MARK], **known}
    response.set_cookie(
        cookie_name(COOKIE),
        signing.dumps(dict(list(marks.items())[:KEPT]), salt=SALT),
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def _remembered(request: HttpRequest) -> dict[str, str]:
    try:
        return dict(signing.loads(request.COOKIES.get(cookie_name(COOKIE), ""), salt=SALT))
    except signing.BadSignature:
        return {}
