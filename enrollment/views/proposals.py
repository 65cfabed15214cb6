"""The page of a letter's link where a student answers the academy's proposal (4.6, 10.2, 12.4)."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from enrollment.models import Order
from enrollment.models.link_answer import NOBODY
from enrollment.operations.agreements.by_link import answer_by_link
from enrollment.operations.agreements.proposals import Proposal, find_proposal
from enrollment.operations.links import proposal_in_cabinet, proposal_signature
from offer_site.errors import RuleViolation

from .letter_links import opened_by_link, press_of
from .turns import status_of, take_turn

ANSWERS = {"agree": True, "decline": False}


@dataclass(frozen=True)
class Refusal:
    """Why nothing was done, and the status of the page that says so."""

    words: str
    status: int = 200


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def proposal(request: HttpRequest, code: str, subject: str, number: int) -> HttpResponse:
    """Opened by the signed link of the letter alone; a look changes nothing."""
    at = timezone.now()
    found = opened_by_link(request, lambda: _find(code, subject, number, at=at), _signature)
    refused = None
    if request.method == "POST":
        refused = _answer(request, found, at=at)
        if refused is None:
            return redirect(request.get_full_path())
        found = find_proposal(found.order, subject, number, at=at) or found
    context = {
        "order": found.order,
        "proposal": found,
        "words": found.words(),
        "refused": refused.words if refused else "",
        "in_cabinet": proposal_in_cabinet(found.order, found.subject, found.number),
        "academy": found.order.edition.academy,
    }
    status = refused.status if refused else 200
    return render(request, "enrollment/proposal.html", context, status=status)


def _find(code: str, subject: str, number: int, *, at: datetime) -> Proposal | None:
    order = Order.objects.with_people().filter(code=code).first()
    return find_proposal(order, subject, number, at=at) if order else None


def _signature(found: Proposal) -> str:
    return proposal_signature(found.order, found.subject, found.number)


def _answer(request: HttpRequest, found: Proposal, *, at: datetime) -> Refusal | None:
    """Call the operation; None when the answer is recorded, or was before."""
    accepts = ANSWERS.get(request.POST.get("answer", ""))
    if accepts is None:
        return Refusal(_("Press one of the two buttons."))
    press = press_of(request, role=NOBODY)
    try:
        take_turn(request, at=at)
        answer_by_link(
            order=found.order,
            subject=found.subject,
            number=found.number,
            key=request.GET.get("key", ""),
            about=request.POST.get("about", ""),
            accepts=accepts,
            language=press.language,
            origin=press.origin,
            by=press.by,
            at=at,
        )
    except RuleViolation as refused:
        return Refusal(str(refused), status_of(refused))
    return None
