"""Going to the bank and coming back."""

import logging

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from enrollment.views.access import readable_order, remember_order
from offer_site.journal.operations import actor
from payments.operations.payments import note_return, start_payment
from payments.providers import CARD, PROVIDERS
from payments.providers.base import ProviderError

logger = logging.getLogger(__name__)


@require_POST
def payment_start(request: HttpRequest, code: str) -> HttpResponse:
    """Send the buyer to the bank's page (4.4). A RuleViolation becomes a sentence on the order's page."""
    order = readable_order(request, code)
    provider = PROVIDERS.get(request.POST.get("provider", CARD.slug))
    if provider is None or not provider.is_open:
        raise Http404
    language, by = get_language() or order.language, actor(request.user)
    try:
        onward = start_payment(order=order, provider=provider, language=language, at=timezone.now(), by=by)
    except ProviderError as error:
        logger.error("%s: no payment page: %s", order.code, error)
        messages.error(request, _("The bank's page did not open. Nothing was taken. Try again in a few minutes."))
        return redirect(order)
    response = HttpResponseRedirect(onward.url)
    remember_order(request, response, order)
    return response


@never_cache
@require_safe
def payment_return(request: HttpRequest, code: str) -> HttpResponse:
    """Lead the buyer back to the order. What the browser says is never proof of a payment, nor of a decline."""
    order = readable_order(request, code)
    if request.GET.get("result") == "failed":
        return redirect(order)
    note_return(order=order, at=timezone.now())
    return HttpResponseRedirect(f"{reverse('order', args=[order.code])}?returned=1")
