"""Kaspi's link service, and a page that plays its app, with every way a payment may come."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from offer_site.languages import current_language, speaking

from .forms import KaspiCodeForm, KaspiWayForm
from .kaspi_orders import KaspiOperation, KaspiOrder, ask, new_txn_id, read_operation, read_order

NOMINAL = "1.00"  # the sum of a check, sent before the amount is known
ASKED_FOR = ("TranId", "OrderId", "Amount", "Service", "returnUrl")


@csrf_exempt
@require_POST
def online(request: HttpRequest) -> HttpResponse:
    """Make a payment link for the shop: JSON, the amount in tiyn."""
    try:
        fields = json.loads(request.body)
    except ValueError:
        return _refusal("The request is not JSON")
    if not isinstance(fields, dict) or any(not fields.get(name) for name in ASKED_FOR):
        return _refusal("A field is missing")
    if fields["Service"] != settings.KASPI_SERVICE:
        return _refusal("The service is not known")
    if not isinstance(fields["Amount"], int) or len(str(fields["OrderId"])) > 16:
        return _refusal("A field is not of its form")
    back = str(fields["returnUrl"])
    language = "ru" if back.startswith(f"{settings.SITE_URL}/ru/") else "kk"
    page = reverse(
        "sandbox_kaspi_order", args=[KaspiOrder(str(fields["OrderId"]), back, language).token]
    )
    return JsonResponse(
        {"code": 0, "message": "", "redirectUrl": settings.SITE_URL + page, "qrCodeImage": None}
    )


def _refusal(message: str) -> JsonResponse:
    return JsonResponse({"code": 1, "message": message, "redirectUrl": None, "qrCodeImage": None})


@never_cache
@require_http_methods(["GET", "POST"])
def app(request: HttpRequest) -> HttpResponse:
    """The app's page of the service, where the order's code is typed."""
    form = KaspiCodeForm(request.POST or None)
    if form.is_valid():
        order = KaspiOrder(form.cleaned_data["account"], language=current_language())
        return redirect("sandbox_kaspi_order", order.token)
    return render(
        request,
        "payments/sandbox/kaspi_code.html",
        {"form": form, "service": settings.KASPI_SERVICE_NAME},
    )


@never_cache
@require_http_methods(["GET", "POST"])
def order_page(request: HttpRequest, token: str) -> HttpResponse:
    """Ask the shop what is due, and take a payment in the way that the person chooses."""
    order = _order_or_404(token)
    form = KaspiWayForm(request.POST or None)
    with speaking(order.language):
        if form.is_valid():
            operation = _operation_or_404(request.POST.get("operation", ""))
            return _pay(request, order, form.operation(operation, at=timezone.now()))
        operation = KaspiOperation(new_txn_id(), NOMINAL)
        answer = ask("check", order, operation)
        if answer is None or answer["result"] != 0:
            return render(request, "payments/sandbox/kaspi_refused.html", _context(order, answer))
        operation = replace(operation, sum=f"{answer['sum']:.2f}")
        context = _context(order, answer) | {"form": form, "operation": operation}
        return render(request, "payments/sandbox/kaspi.html", context)


@never_cache
@require_POST
def again(request: HttpRequest, token: str) -> HttpResponse:
    """Repeat an operation under the same number, unchanged or with another sum."""
    order = _order_or_404(token)
    operation = _operation_or_404(request.POST.get("operation", ""))
    if "another" in request.POST:
        operation = replace(operation, sum=f"{Decimal(operation.sum) + 1:.2f}")
    with speaking(order.language):
        return _pay(request, order, operation)


def _pay(request: HttpRequest, order: KaspiOrder, operation: KaspiOperation) -> HttpResponse:
    answer = ask("pay", order, operation)
    context = _context(order, answer) | {"operation": operation, "paid_sum": Decimal(operation.sum)}
    return render(request, "payments/sandbox/kaspi_told.html", context)


def _context(order: KaspiOrder, answer: dict[str, Any] | None) -> dict[str, Any]:
    return {"order": order, "answer": answer, "service": settings.KASPI_SERVICE_NAME}


def _order_or_404(token: str) -> KaspiOrder:
    try:
        return read_order(token)
    except BadSignature as error:
        raise Http404 from error


def _operation_or_404(token: str) -> KaspiOperation:
    try:
        return read_operation(token)
    except BadSignature as error:
        raise Http404 from error
