"""Going to the bank's page and coming back; invoices and acts."""

import logging
from datetime import datetime
from functools import partial
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enrollment.views.access import (
    readable_invoice,
    readable_order,
    remember_order,
    shows_nothing,
)
from enrollment.views.turns import take_paper_turn
from offer_site.days import almaty_day
from offer_site.errors import RuleViolation, TooManyTriesError
from offer_site.journal.operations import actor
from offer_site.kept_papers import kept_paper
from offer_site.renderers import a_renderer
from offer_site.web.downloads import download
from payments.operations.books.acts import act_name, act_of
from payments.operations.paying.checks import (
    due_now,
    invoice_payable_by_transfer,
    payable_by_transfer,
    unpaid_of_invoice,
)
from payments.operations.paying.payments import note_return, start_payment
from payments.providers import CARD, starter_of
from payments.providers.bank_transfer.invoice import (
    InvoiceSheet,
    company_invoice_sheet,
    invoice_sheet,
)
from payments.providers.base import ProviderError

logger = logging.getLogger(__name__)


@require_POST
def payment_start(request: HttpRequest, code: str) -> HttpResponse:
    """Send the buyer to the bank's page (4.4).

    The order's page shows the sentence of a RuleViolation.
    """
    order = readable_order(request, code)
    provider = starter_of(request.POST.get("provider", CARD.slug))
    if provider is None:
        raise Http404
    language = get_language() or order.language
    by = actor(request.user)
    try:
        onward = start_payment(
            order=order, provider=provider, language=language, at=timezone.now(), by=by
        )
    except ProviderError as error:
        logger.error("%s: no payment page: %s", order.code, error)
        messages.error(
            request,
            _("The bank's page did not open. Nothing was taken. Try again in a few minutes."),
        )
        return redirect(order)
    response = HttpResponseRedirect(onward.url)
    remember_order(request, response, order)
    return response


@require_safe
def invoice(request: HttpRequest, code: str) -> HttpResponse:
    """The invoice for a bank transfer made today (4.4), made once as long as it says the same.

    RuleViolation is shown on the page.
    """
    order = readable_order(request, code)
    at = timezone.now()
    transfer = payable_by_transfer(order, at=at)
    if transfer is None:
        raise RuleViolation(_("This order does not take a payment now."), clause="4.3")
    sheet = invoice_sheet(order, transfer, issued_on=almaty_day(at))
    return _kept(request, order.code, sheet, at=at)


@require_safe
def company_invoice(request: HttpRequest, code: str) -> HttpResponse:
    """A company's invoice for all of it that is unpaid today (4.4)."""
    found = readable_invoice(request, code)
    at = timezone.now()
    orders = list(found.orders.with_people().prefetch_related("allocations").as_listed())
    transfer = invoice_payable_by_transfer(found, orders, at=at)
    if transfer is None:
        raise RuleViolation(_("This invoice does not take a payment now."), clause="4.3")
    unpaid = [(order, due_now(order)) for order in unpaid_of_invoice(orders, at=at)]
    sheet = company_invoice_sheet(found, unpaid, transfer, issued_on=almaty_day(at))
    return _kept(request, found.code, sheet, at=at)


def _kept(request: HttpRequest, code: str, sheet: InvoiceSheet, *, at: datetime) -> HttpResponse:
    turn = partial(take_paper_turn, request, code, at=at)
    pdf = kept_paper(of=code, made_from=sheet.made_from(), make=sheet.pdf, turn=turn)
    return download(pdf, f"{code}.pdf", inline=True)


@require_safe
def act(request: HttpRequest, code: str) -> HttpResponse:
    """A company's act of performed work, always the same bytes.

    The page shows the sentence of a RuleViolation.
    """
    order = readable_order(request, code)
    within = partial(a_renderer, order.code)
    pdf = act_of(order=order, by=actor(request.user), at=timezone.now(), within=within)
    return download(pdf, act_name(order), inline=True)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def payment_return(request: HttpRequest, code: str) -> HttpResponse:
    """Lead the buyer back to the order; what the browser says proves no payment and no decline.

    Whoever comes in a browser that may not open the order, as out of a bank's app, reads where the
    confirmation goes: the same for every code, known or not, and nothing of an order.
    """
    if request.method == "POST":
        # A form of another site brings no cookies. What it says is not read: it changes nothing.
        back = reverse("payment_return", args=[code])
        said = request.GET.urlencode() if {"payer", "result"} & set(request.GET) else ""
        return HttpResponseRedirect(f"{back}?{said}" if said else back, status=303)
    if request.GET.get("payer"):  # who pays for another may open the payment alone
        told = {"key": request.GET["payer"]}
        if request.GET.get("result") != "failed":
            told["returned"] = "1"
        return HttpResponseRedirect(f"{reverse('pay_for', args=[code])}?{urlencode(told)}")
    if shows_nothing(request, code):  # a bank's app opens this page; that is no try at an order
        return render(request, "payments/returned.html")
    try:
        order = readable_order(request, code)
    except (Http404, TooManyTriesError):
        return render(request, "payments/returned.html")
    if request.GET.get("result") == "failed":
        return redirect(order)
    note_return(order=order, at=timezone.now())
    return HttpResponseRedirect(f"{reverse('order', args=[order.code])}?returned=1")
