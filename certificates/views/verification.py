"""Anyone verifies a certificate: valid, replaced, revoked or unknown, and nothing private (9.1, C4)."""

import hashlib
from functools import wraps
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from certificates.models import Certificate
from certificates.operations import current_certificate, find_certificate
from certificates.rules import code_lines
from offer_site.addresses import client_address
from offer_site.codes import normalize_secret_code

GUESSES = 30  # unknown codes that one address may try
PERIOD = 10 * 60  # seconds in which they are counted


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


@require_safe
@unlisted
def verify(request: HttpRequest) -> HttpResponse:
    """Ask for a code; lead a whole one to its own page, so that the address says what was verified."""
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
    counter = counter_of(request)
    guesses = cache.get(counter, 0)
    if guesses >= GUESSES:
        response = page(request, typed=code[:200], is_too_often=True, status=429)
        response["Retry-After"] = str(PERIOD)
        return response
    normalized = normalize_secret_code(code)
    certificate = find_certificate(normalized) if normalized else None
    if certificate is None:
        cache.set(counter, guesses + 1, PERIOD)
        return page(request, typed=code[:200], is_unknown=True, status=404)
    current = current_certificate(certificate)
    return page(request, certificate=certificate, current=current, status=200)


def page(
    request: HttpRequest, *, certificate: Certificate | None = None, status: int = 200, **context: Any
) -> HttpResponse:
    """Render the page in one of its states."""
    lines = code_lines(certificate.code) if certificate else []
    context |= {"certificate": certificate, "code_lines": lines}
    return render(request, "certificates/verify.html", context, status=status)


def counter_of(request: HttpRequest) -> str:
    """Name the counter of the visitor's address, without the address in it."""
    address = client_address(request) or ""
    return f"verify:{hashlib.sha256(address.encode()).hexdigest()[:32]}"
