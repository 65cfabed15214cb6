"""The sandbox bank's API and its pages."""

import json
from base64 import b64encode
from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from offer_site.languages import speaking
from offer_site.money import parse_reported_amount

from .forms import CardForm
from .orders import CARDS, EXPIRED, Attempt, BankOrder, new_attempt, number_for, read_attempt, read_order
from .telling import body_of, tell, tell_until_taken

SHOWN = ("Amount", "Currency", "Email", "Description", "InvoiceId", "AccountId", "CultureName")


def with_key(view: Callable[[HttpRequest, dict[str, Any]], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Ask for the shop's Public ID and secret (HTTP Basic), and read the JSON that was posted."""

    @csrf_exempt
    @require_POST
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        key = b64encode(f"{settings.CARD_PUBLIC_ID}:{settings.CARD_API_SECRET}".encode()).decode()
        if not constant_time_compare(request.headers.get("Authorization", ""), f"Basic {key}"):
            return HttpResponse(status=401, headers={"WWW-Authenticate": "Basic"})
        try:
            asked = json.loads(request.body or b"{}", parse_float=Decimal)
        except ValueError:
            return refusal("The request is not JSON")
        return view(request, asked) if isinstance(asked, dict) else refusal("The request is not an object")

    return guarded


def refusal(message: str) -> JsonResponse:
    return JsonResponse({"Success": False, "Message": message, "Model": None})


@with_key
def test(request: HttpRequest, asked: dict[str, Any]) -> HttpResponse:
    """Say that the key is right."""
    return JsonResponse({"Success": True, "Message": str(uuid4()), "Model": None})


@with_key
def create_order(request: HttpRequest, asked: dict[str, Any]) -> HttpResponse:
    """Make an order link. Without a currency it would be roubles, which this shop may not take."""
    try:
        amount = parse_reported_amount(str(asked.get("Amount", "")))
    except ValueError:
        return refusal("Amount is required")
    if amount <= 0 or not asked.get("Description"):
        return refusal("Amount and Description are required")
    if asked.get("Currency", "RUB") != "KZT":
        return refusal("The currency is not allowed for this terminal")
    data = asked.get("JsonData") or ""
    order = BankOrder(
        number=number_for(request.headers.get("X-Request-ID", "")), amount=str(amount), currency="KZT",
        description=str(asked["Description"]), invoice_id=str(asked.get("InvoiceId") or ""),
        account_id=str(asked.get("AccountId") or ""), email=str(asked.get("Email") or ""),
        offer_uri=str(asked.get("OfferUri") or ""), culture=str(asked.get("CultureName") or ""),
        success_url=str(asked.get("SuccessRedirectUrl") or ""), fail_url=str(asked.get("FailRedirectUrl") or ""),
        data=data if isinstance(data, str) else json.dumps(data, ensure_ascii=False),
    )  # fmt: skip
    model = {name: asked.get(name) for name in SHOWN} | {
        "Id": order.number,
        "Number": int(order.number, 16) % 10**8,
        "Url": settings.SITE_URL + reverse("sandbox_order", args=[order.token]),
        "RequireConfirmation": False,
        "StatusCode": 0,
        "Status": "Created",
        "CreatedDateIso": f"{timezone.now():%Y-%m-%dT%H:%M:%S}",
        "PaymentDateIso": None,
    }
    return JsonResponse({"Success": True, "Message": None, "Model": model})


@with_key
def cancel_order(request: HttpRequest, asked: dict[str, Any]) -> HttpResponse:
    """Take a cancellation; this bank keeps no tables, so it is the shop's answer to Check that stops a payment."""
    if not asked.get("Id"):
        return refusal("Id is required")
    return JsonResponse({"Success": True, "Message": None, "Model": None})


@never_cache
@require_http_methods(["GET", "POST"])
def order_page(request: HttpRequest, token: str) -> HttpResponse:
    """Take a card, ask the shop, and go on: to 3-D Secure, to the result, or back with a refusal."""
    order = _order_or_404(token)
    form = CardForm(request.POST or None)
    with speaking(order.language):
        if not form.is_valid():
            context = {"order": order, "amount": Decimal(order.amount), "form": form, "cards": CARDS.values()}
            return render(request, "payments/sandbox/card.html", context)
        card = form.cleaned_data["number"]
        attempt = new_attempt(
            card=card, expires=form.cleaned_data["expires"], tell_later=form.cleaned_data["told"] == "later",
            at=timezone.now(),
        )  # fmt: skip
        code = tell("check", body_of("check", order, attempt))
        if code != 0:
            return render(request, "payments/sandbox/refused.html", {"order": order, "code": code})
        if card.is_secure and attempt.decline_code != EXPIRED:
            context = {"order": order, "amount": Decimal(order.amount), "attempt": attempt}
            return render(request, "payments/sandbox/secure.html", context)
    return _finish(order, attempt)


@never_cache
@require_POST
def secure_page(request: HttpRequest, token: str) -> HttpResponse:
    """Take the answer to 3-D Secure."""
    order = _order_or_404(token)
    try:
        attempt = read_attempt(request.POST.get("attempt", ""))
    except BadSignature as error:
        raise Http404 from error
    if "confirm" not in request.POST:
        attempt = Attempt(**{**vars(attempt), "decline_code": "5206"})
    return _finish(order, attempt)


def _finish(order: BankOrder, attempt: Attempt) -> HttpResponse:
    """Tell the shop what came of it, and send the buyer back."""
    kind = "fail" if attempt.decline_code else "pay"
    tell_until_taken(kind, body_of(kind, order, attempt), later=attempt.tell_later)
    return HttpResponseRedirect(order.fail_url if attempt.decline_code else order.success_url)


def _order_or_404(token: str) -> BankOrder:
    try:
        return read_order(token)
    except BadSignature as error:
        raise Http404 from error
