"""Anyone verifies a certificate, by its code or by its file: valid, replaced, revoked,
changed or unknown (9.1, C4).
"""

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
from certificates.operations import FileIs, check_file, current_certificate, find_certificate
from certificates.rules import code_lines
from offer_site.attempts.operations import Attempts, attempts_of
from offer_site.codes import normalize_secret_code
from offer_site.languages import other_language

# After so many unknown codes and files an address learns no more of what is unknown. What was
# issued is still found, so that nobody who shares the address is shut off: in 2 to the power of 128
# codes there is nothing to gain by it (C1).
GUESSES = 30
# After so many an address is not listened to at all: it costs us no look-up and no file any more.
CEILING = 300
PERIOD = 10 * 60  # seconds in which they are counted
LARGEST_BODY = (
    20 * 1024 * 1024
)  # bytes that are let run by, so that the answer arrives; more is not even received


def unlisted(view: Any) -> Any:
    """Keep a page about one person out of search engines and shared caches."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = view(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Cache-Control"] = "private, no-store"
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response

    return answered


@csrf_exempt  # until it is said how a file is taken; then `dropped` is protected
@require_http_methods(["GET", "HEAD", "POST"])
@unlisted
def verify(request: HttpRequest) -> HttpResponse:
    """Ask for a code or a file; lead a whole code to its own page,
    so that the address says what was verified.
    """
    if request.method == "POST":
        return _taken(request)
    typed = request.GET.get("code", "").strip()
    if not typed:
        return page(request)
    code = normalize_secret_code(typed)
    if code is None:
        return page(request, typed=typed[:200], is_incomplete=True, status=404)
    return HttpResponseRedirect(reverse("verify_code", args=[code]))


@require_safe
@unlisted
def verify_code(request: HttpRequest, code: str) -> HttpResponse:
    """Say whether the certificate with this code stands."""
    at = timezone.now()
    attempts = _attempts_of(request)
    typed = code[:200]
    if attempts.made(at=at) >= CEILING:
        return too_often(request, typed=typed)
    # What is no code is looked up like one that nobody has: both take the same time and read the
    # same.
    certificate = find_certificate(normalize_secret_code(code) or "")
    if certificate is None:
        if attempts.add(at=at) > GUESSES:
            return too_often(request, typed=typed)
        return page(request, typed=typed, is_unknown=True, status=404)
    return page(request, certificate=certificate, current=current_certificate(certificate))


def _taken(request: HttpRequest) -> HttpResponse:
    """Decide whether a file is received at all, and make sure that it touches no disk."""
    if _attempts_of(request).made(at=timezone.now()) >= CEILING:
        return too_often(request)
    said = request.META.get("CONTENT_LENGTH") or ""
    announced = int(said) if said.isdecimal() else 0
    if announced > LARGEST_BODY:
        return page(request, form=DroppedFileForm.refusing(announced), status=413)
    request.upload_handlers = [InMemoryOnly(request)]
    response: HttpResponse = dropped(request)
    return response


@csrf_protect
def dropped(request: HttpRequest) -> HttpResponse:
    """Say what a file is that somebody dropped on the page."""
    form = DroppedFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return page(request, form=form, status=413 if form.has_error("file", "too_large") else 200)
    file = check_file(form.cleaned_data["file"])
    if file.is_what is FileIs.ISSUED and file.certificate:
        current = current_certificate(file.certificate)
        return page(request, certificate=file.certificate, current=current, is_its_file=True)
    if _attempts_of(request).add(at=timezone.now()) > GUESSES:
        return too_often(request)
    return page(request, file=file)


def too_often(request: HttpRequest, **context: Any) -> HttpResponse:
    """Ask a visitor to wait, and say for how long."""
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
    """Render the page in one of its states."""
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
