"""The page of a letter's link where an order taken on the phone is confirmed (2.6, 5.1)."""

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from enrollment.forms.confirmation import ConsentsForm
from enrollment.models import ConfirmationSubject, Order
from enrollment.operations.ordering.confirmations import OPEN, ConfirmedFrom, confirm_consents
from enrollment.rules.masks import masked_address, masked_phone
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor
from offer_site.languages import current_language

from .access import note_link, readable_order, remember_order
from .browser import origin_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirmation(request: HttpRequest, code: str, subject: str) -> HttpResponse:
    """Show what was agreed on, and take the confirmation; to open the link confirms nothing.

    Each subject has a form and an operation of its own (2.6).
    """
    order = readable_order(request, code)
    at = timezone.now()
    if subject not in ConfirmationSubject.values:
        raise Http404
    if request.method != "POST" and request.GET.get("key"):
        note_link(request, order, at=at)
        # The key stays out of the browser's history.
        response: HttpResponse = redirect("order_confirmation", code=code, subject=subject)
        remember_order(request, response, order)
        return response
    if not order.awaits_confirmation or order.state not in OPEN:
        return redirect(order)
    form = ConsentsForm(request.POST or None, academy=order.edition.academy)
    if request.method == "POST" and form.is_valid() and _confirm(request, order, form, at=at):
        return redirect(order)
    context = {
        "order": order,
        "form": form,
        "edition": order.edition,
        "phone": masked_phone(order.party.phone),
        "address": masked_address(order.party.address),
    }
    return render(request, "enrollment/order_confirmation.html", context)


def _confirm(request: HttpRequest, order: Order, form: ConsentsForm, *, at: datetime) -> bool:
    """Call the operation; False with the refusal in the form."""
    origin = origin_of(request)
    try:
        confirm_consents(
            order=order,
            consents=form.given(),
            language=current_language(),
            origin=ConfirmedFrom(
                address=origin["origin_address"],
                agent=origin["origin_agent"],
                browser=origin["origin_browser"],
            ),
            by=actor(request.user),
            at=at,
        )
    except RuleViolation as refused:
        form.add_error(None, str(refused))
        return False
    return True
