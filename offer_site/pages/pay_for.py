"""The page on which somebody else pays an order: the package, the sum and the ways, no data."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlencode

from csp.decorators import csp_update
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from enrollment.models import Order
from enrollment.operations.links import pay_link, pay_signature
from enrollment.rules.order_states import OrderState
from enrollment.views.paying import (
    has_followed_pay_link,
    is_ones_own,
    payable_order,
    remember_payer,
)
from offer_site.errors import RuleViolation
from payments.operations.paying.checks import due_now
from payments.operations.paying.payments import note_return, start_payment
from payments.providers import CARD, KASPI, page_origins, starter_of
from payments.providers.base import CanStart, ProviderError

from .live import GONE, Live, answers_live, live_order, moved_on
from .methods import open_methods_of
from .order import OrderPage, fetch_money, page_of
from .states import Look, OrderStage

logger = logging.getLogger(__name__)
# Stages at which the payer is told that the money has come.
PAID = (OrderStage.CONCLUDED, OrderStage.MONEY_WAITS)


@dataclass(frozen=True)
class PayForPage:
    """What the payer reads of the order's page: nothing but the package, the sum and the state."""

    page: OrderPage

    @property
    def stage(self) -> OrderStage:
        """The order's stage; the rest of 4.3.1, before its day too, is awaited."""
        stage = self.page.stage
        if self.asks_for_rest:
            return OrderStage.AWAITING
        return OrderStage.CONFIRMING if stage == OrderStage.REPORTED else stage

    @property
    def asks_for_rest(self) -> bool:
        return self.page.order.state == OrderState.PREPAID and not self.page.money_waits

    @property
    def is_looked_into(self) -> bool:
        """True while a person looks at money or at a report of it: nobody pays a second time."""
        return self.page.money_waits or self.page.stage == OrderStage.REPORTED

    @property
    def look(self) -> Look:
        return self.page.look

    @property
    def is_paid(self) -> bool:
        return self.stage in PAID

    @property
    def live(self) -> Live | None:
        if self.page.money_waits:
            return None
        guardian = self.page.guardian is not None
        stage = self.page.stage if self.is_looked_into else self.stage
        return live_order(stage, due=self.page.due, at=self.page.at, awaits_guardian=guardian)


def _page(order: Order, *, due: int, at: datetime) -> PayForPage:
    return PayForPage(page_of(order, due=due, at=at))


@csp_update({"form-action": page_origins()})  # type: ignore[arg-type]  # its stub knows no argument
@require_safe
def pay_for(request: HttpRequest, code: str) -> HttpResponse:
    """Opened by the pay link alone; it names neither the buyer nor the learner (5.4)."""
    order = payable_order(request, code)
    at = timezone.now()
    if request.GET.get("returned"):
        note_return(order=order, at=at)
        return _remembering(request, redirect(_address(order)), order)
    fetch_money(order)
    methods = open_methods_of(order, at=at).of_another()
    page = _page(order, due=methods.due, at=at)
    if page.is_looked_into:
        methods = replace(methods, ways=())
    context = {
        "page": page,
        "order": order,
        "methods": methods,
        "start_url": _address(order, "pay_for_start"),
        "pay_key": pay_signature(order),
        "own_link": pay_link(order) if is_ones_own(request, order) else "",
    }
    response = render(request, "pages/pay_for.html", context)
    response["Cache-Control"] = "private, no-store"
    return _remembering(request, response, order)


@answers_live
def pay_for_state(request: HttpRequest, code: str) -> HttpResponseBase:
    """What the page shows now, for a browser that has opened it."""
    if not has_followed_pay_link(request, code):
        return JsonResponse(GONE, status=404)
    order = payable_order(request, code)
    at = timezone.now()
    fetch_money(order)
    page = _page(order, due=due_now(order), at=at)
    return page.live.answer() if page.live else moved_on(page.stage, page.page.due)


@require_POST
def pay_for_start(request: HttpRequest, code: str) -> HttpResponse:
    """Send the payer to the bank's page, which is told nothing of the buyer (4.4)."""
    order = payable_order(request, code)
    provider = starter_of(request.POST.get("provider", CARD.slug))
    if provider is None:
        raise Http404
    return _start(request, order, provider)


@never_cache
@require_safe
def pay_for_kaspi(request: HttpRequest, code: str) -> HttpResponse:
    """The address in the QR code: Kaspi is asked for its page when a phone opens it, not before."""
    order = payable_order(request, code)
    if request.method == "HEAD" or not KASPI.is_open:
        return redirect(_address(order))
    return _start(request, order, KASPI)


@require_safe
def pay_for_qr(request: HttpRequest, code: str) -> HttpResponse:
    """A picture of the address at which Kaspi starts; a phone never asks for it."""
    order = payable_order(request, code)
    drawn = _drawn(pay_link(order, page="pay_for_kaspi"))
    return HttpResponse(drawn, content_type="image/svg+xml")


def _start(request: HttpRequest, order: Order, provider: CanStart) -> HttpResponse:
    fetch_money(order)
    if _page(order, due=due_now(order), at=timezone.now()).is_looked_into:
        return _remembering(request, redirect(_address(order)), order)  # the page says why
    try:
        onward = start_payment(
            order=order,
            provider=provider,
            language=get_language() or order.language,
            for_another=True,
            at=timezone.now(),
            by="visitor",
        )
    except ProviderError as error:
        logger.error("%s: no payment page: %s", order.code, error)
        words = _("The bank's page did not open. Nothing was taken. Try again in a few minutes.")
        messages.error(request, words)
    except RuleViolation as refused:
        messages.error(request, str(refused))
    else:
        return _remembering(request, HttpResponseRedirect(onward.url), order)
    return _remembering(request, redirect(_address(order)), order)


def _address(order: Order, page: str = "pay_for") -> str:
    key = urlencode({"key": pay_signature(order)})
    return f"{reverse(page, args=[order.code])}?{key}"


def _remembering(request: HttpRequest, response: HttpResponse, order: Order) -> HttpResponse:
    remember_payer(request, response, order)
    return response


@lru_cache(maxsize=64)
def _drawn(address: str) -> str:
    from offer_site.pdf import qr_svg  # it loads the PDF libraries, which most pages never need

    return qr_svg(address)
