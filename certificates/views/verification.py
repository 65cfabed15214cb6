"""Public verification by code or file: valid, replaced, revoked, changed or unknown (9.1, C4)."""

from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from certificates.forms import LARGEST_FILE, DroppedFileForm, InMemoryOnly
from certificates.models import Certificate
from certificates.operations import FileVerdict, check_file, current_certificate, find_certificate
from certificates.rules import code_lines, number_in
from offer_site.attempts.operations import Attempts, attempts_of
from offer_site.codes import normalize_secret_code
from offer_site.languages import other_language
from offer_site.web.bodies import largest_body

# After so many unknown codes and files an IP address gets 429 for unknown ones. What was issued
# is still found, so that others at the same address are not shut off: among 2 to the power of 128
# codes a guess gains nothing (C1).
GUESSES = 30
# After so many, any code or file from the IP address gets 429, without a look-up or an upload.
CEILING = 300
PERIOD = 10 * 60  # seconds in which they are counted
LONGEST_TYPED = 500  # characters that are shown again; addresses with marks of a feed are long
# Bytes that are read and dropped, so that the browser gets the answer; more is not received.
LARGEST_BODY = 20 * 1024 * 1024
# Up to here the page itself says that the file is too large; beyond, a plain page does.
LARGEST_ANNOUNCED = 1024 * 1024 * 1024


def unlisted(view: Any) -> Any:
    """A decorator for pages about one person: no search engines, no shared caches."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = view(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Cache-Control"] = "private, no-store"
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response

    return answered


@largest_body(LARGEST_ANNOUNCED, is_public=True)
@csrf_exempt  # the upload handler must be set before CSRF reads the body; `dropped` is protected
@require_http_methods(["GET", "HEAD", "POST"])
@unlisted
def verify(request: HttpRequest) -> HttpResponse:
    """The form for a code or a file; a whole code redirects to its own page."""
    if request.method == "POST":
        return _taken(request)
    typed = request.GET.get("code", "").strip()
    if not typed:
        return page(request)
    code = normalize_secret_code(typed)
    if code is None:
        return _without_code(request, typed[:LONGEST_TYPED])
    return HttpResponseRedirect(reverse("verify_code", args=[code]))


@require_safe
@unlisted
def verify_code(request: HttpRequest, code: str) -> HttpResponse:
    """Whether the certificate with this code is valid."""
    at = timezone.now()
    attempts = _attempts_of(request)
    typed = code[:LONGEST_TYPED]
    if attempts.made(at=at) >= CEILING:
        return too_often(request, typed=typed)
    if number_in(typed):
        return _without_code(request, typed)
    # A malformed code is looked up like an unknown one: both take the same time and answer.
    certificate = find_certificate(normalize_secret_code(code) or "")
    if certificate is None:
        if attempts.add(at=at) > GUESSES:
            return too_often(request, typed=typed)
        return page(request, typed=typed, is_unknown=True, status=404)
    return page(request, certificate=certificate, current=current_certificate(certificate))


def _without_code(request: HttpRequest, typed: str) -> HttpResponse:
    """Say what was typed: a certificate's number, which finds nothing, or a part of a code."""
    number = number_in(typed)
    return page(request, typed=typed, number=number, is_incomplete=not number, status=404)


def _taken(request: HttpRequest) -> HttpResponse:
    """An upload that is too large or too frequent is refused; any other stays off the disk."""
    if _attempts_of(request).made(at=timezone.now()) >= CEILING:
        return too_often(request)
    length = request.META.get("CONTENT_LENGTH") or ""
    announced = int(length) if length.isdecimal() else 0
    if announced > LARGEST_BODY:
        return page(request, form=DroppedFileForm.refusing(announced), status=413)
    request.upload_handlers = [InMemoryOnly(request)]
    response: HttpResponse = dropped(request)
    return response


@csrf_protect
def dropped(request: HttpRequest) -> HttpResponse:
    """What a dropped file is; it is protected by CSRF."""
    form = DroppedFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return page(request, form=form, status=413 if form.has_error("file", "too_large") else 200)
    file = check_file(form.cleaned_data["file"])
    if file.verdict is FileVerdict.ISSUED and file.certificate:
        current = current_certificate(file.certificate)
        return page(request, certificate=file.certificate, current=current, is_its_file=True)
    if _attempts_of(request).add(at=timezone.now()) > GUESSES:
        return too_often(request)
    return page(request, file=file)


def too_often(request: HttpRequest, **context: Any) -> HttpResponse:
    """429 with the time to wait."""
    response = page(request, is_too_often=True, status=429, **context)
    response["Retry-After"] = str(PERIOD)
    return response


def page(
    request: HttpRequest,
    *,
    certificate: Certificate | None = None,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """The page in one of its states."""
    lines = code_lines(certificate.code) if certificate else []
    context = {
        "certificate": certificate,
        "code_lines": lines,
        "form": DroppedFileForm(),
        "largest": LARGEST_FILE,
        **context,
    }
    if request.method == "POST":
        context["alternate_url"] = f"{reverse('verify')}?lang={other_language()}"
    return render(request, "certificates/verify.html", context, status=status)


def _attempts_of(request: HttpRequest) -> Attempts:
    return attempts_of(request, "verify", seconds=PERIOD)
