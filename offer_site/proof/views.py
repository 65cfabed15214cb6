"""The student's page of a contract's proof, with one button that makes it (2.3)."""

import logging

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor
from offer_site.pages.cabinet_views import own_order
from offer_site.renderers import a_renderer
from offer_site.signing import SigningKeyError

from .downloads import NO_KEY, TooOftenError, as_file, take_turn
from .making import make_proof

log = logging.getLogger(__name__)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def proof(request: HttpRequest, code: str) -> HttpResponse:
    """What the proof holds; a POST makes it: it states an address, so a link is not enough."""
    order = own_order(request, code)
    at = timezone.now()
    refusal = ""
    status = 200
    if request.method == "POST":
        try:
            with a_renderer(order.code):  # who is turned away has not used up a turn
                take_turn(request.user, at=at)
                return as_file(make_proof(order=order, by=actor(request.user), at=at))
        except RuleViolation as refused:
            refusal = str(refused.message)
            status = 429 if isinstance(refused, TooOftenError) else 409
        except SigningKeyError:
            log.exception("the proof of %s cannot be signed", order.code)
            refusal = str(NO_KEY)
            status = 503
    return render(request, "proof/page.html", {"order": order, "refusal": refusal}, status=status)
