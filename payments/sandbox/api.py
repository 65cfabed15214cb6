"""The sandbox bank's API, like the provider's: JSON with a key, one answer for each request id."""

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import wraps
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from offer_site.money import parse_reported_amount

from . import book
from .orders import BankOrder, new_number, number_for
from .telling import body_of, tell_until_taken

SHOWN = ("Amount", "Currency", "Email", "Description", "InvoiceId", "AccountId", "CultureName")


def with_key(
    view: Callable[[HttpRequest, dict[str, Any]], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Require the shop's Public ID and secret (HTTP Basic), and read the posted JSON."""

    @csrf_exempt
    @require_POST
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        key = b64encode(f"{settings.CARD_PUBLIC_ID}:{settings.CARD_API_SECRET}".encode()).decode()
        if not constant_time_compare(request.headers.get("Authorization", ""), f"Basic {key}"):
            return HttpResponse(status=401, headers={"WWW-Authenticate": "Basic"})
        try:
            data = json.loads(request.body or b"{}", parse_float=Decimal)
        except ValueError:
            return refusal("The request is not JSON")
        return (
            view(request, data)
            if isinstance(data, dict)
            else refusal("The request is not an object")
        )

    return guarded


def refusal(message: str) -> JsonResponse:
    return JsonResponse({"Success": False, "Message": message, "Model": None})


@with_key
def test(request: HttpRequest, data: dict[str, Any]) -> HttpResponse:
    """Answer that the key is right."""
    return JsonResponse({"Success": True, "Message": str(uuid4()), "Model": None})


@with_key
def create_order(request: HttpRequest, data: dict[str, Any]) -> HttpResponse:
    """Make an order link; without a currency it would be roubles, which this shop may not take."""
    try:
        amount = parse_reported_amount(str(data.get("Amount", "")))
    except ValueError:
        return refusal("Amount is required")
    if amount <= 0 or not data.get("Description"):
        return refusal("Amount and Description are required")
    if data.get("Currency", "RUB") != "KZT":
        return refusal("The currency is not allowed for this terminal")
    json_data = data.get("JsonData") or ""
    order = BankOrder(
        number=number_for(request.headers.get("X-Request-ID", "")),
        amount=str(amount),
        currency="KZT",
        description=str(data["Description"]),
        invoice_id=str(data.get("InvoiceId") or ""),
        account_id=str(data.get("AccountId") or ""),
        email=str(data.get("Email") or ""),
        offer_uri=str(data.get("OfferUri") or ""),
        culture=str(data.get("CultureName") or ""),
        success_url=str(data.get("SuccessRedirectUrl") or ""),
        fail_url=str(data.get("FailRedirectUrl") or ""),
        data=json_data if isinstance(json_data, str) else json.dumps(json_data, ensure_ascii=False),
        two_stages=data.get("RequireConfirmation") is True,
    )
    book.open_link(order.number)
    model = {name: data.get(name) for name in SHOWN} | {
        "Id": order.number,
        "Number": int(order.number, 16) % 10**8,
        "Url": settings.SITE_URL + reverse("sandbox_order", args=[order.token]),
        "RequireConfirmation": order.two_stages,
        "StatusCode": 0,
        "Status": "Created",
        "CreatedDateIso": f"{timezone.now():%Y-%m-%dT%H:%M:%S}",
        "PaymentDateIso": None,
    }
    return JsonResponse({"Success": True, "Message": None, "Model": model})


def once(view: Callable[[dict[str, Any]], Any]) -> Callable[[HttpRequest], HttpResponse]:
    """Give a repeated request its first answer; `view` returns the Model or raises Refused."""

    @with_key
    @wraps(view)
    def answered(request: HttpRequest, data: dict[str, Any]) -> HttpResponse:
        request_id = request.headers.get("X-Request-ID", "")
        if not request_id:
            return JsonResponse(_answer(view, data))
        answer = book.answer_of(request_id)
        if answer is None:
            try:
                answer = _answer(view, data)
            except BaseException:
                book.forget(request_id)
                raise
            book.keep_answer(request_id, answer)
        return JsonResponse(answer)

    return answered


def _answer(view: Callable[[dict[str, Any]], Any], data: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"Success": True, "Message": None, "Model": view(data)}
    except (book.Refused, ValueError, TypeError, KeyError) as error:
        return {
            "Success": False,
            "Message": str(error) or "The request is not right",
            "Model": None,
        }


@once
def cancel_order(data: dict[str, Any]) -> None:
    """Cancel a link that is not paid."""
    book.cancel_link(str(data["Id"]))


@once
def confirm(data: dict[str, Any]) -> None:
    """Take held money and notify the shop."""
    take(int(data["TransactionId"]), parse_reported_amount(str(data["Amount"])))


@once
def void(data: dict[str, Any]) -> None:
    """Release held money and notify the shop."""
    let_go(int(data["TransactionId"]))


@once
def refund(data: dict[str, Any]) -> dict[str, int]:
    """Give money back and notify the shop."""
    entry = give_back(int(data["TransactionId"]), parse_reported_amount(str(data["Amount"])))
    return {"TransactionId": entry.number}


@once
def get_payment(data: dict[str, Any]) -> dict[str, Any]:
    return row_of(book.find(int(data["TransactionId"])))


@once
def find_payment(data: dict[str, Any]) -> dict[str, Any]:
    """The latest operation of an invoice number."""
    return row_of(book.find_last(str(data["InvoiceId"])))


@once
def list_payments(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The operations between two times, oldest first, in pages of a hundred."""
    since = _bound(data["CreatedDateGte"])
    until = _bound(data["CreatedDateLte"])
    first = (int(data["PageNumber"]) - 1) * book.PAGE
    if first < 0:
        raise ValueError("PageNumber starts at 1")
    wanted = data.get("Statuses") or (book.HELD, book.TAKEN, book.RELEASED, book.DECLINED)
    found = [entry for entry in book.entries(since=since, until=until) if entry.status in wanted]
    return [row_of(entry) for entry in found[first : first + book.PAGE]]


def take(number: int, amount: Decimal) -> None:
    """Take held money for the shop or for its cabinet, and notify the shop."""
    tell_until_taken("confirm", body_of("confirm", book.confirm(number, amount)))


def let_go(number: int) -> None:
    """Release held money for the shop or for its cabinet, and notify the shop."""
    tell_until_taken("cancel", body_of("cancel", book.void(number)))


def give_back(number: int, amount: Decimal) -> book.Entry:
    """Give money back for the shop or for its cabinet, and notify the shop."""
    entry = book.refund(number, amount, refund_number=new_number(), at=timezone.now())
    tell_until_taken("refund", body_of("refund", entry))
    return entry


def row_of(entry: book.Entry) -> dict[str, Any]:
    """An operation as the API shows it."""
    return {
        "TransactionId": entry.number,
        "Amount": float(entry.amount),  # as the bank writes it; the shop reads a decimal
        "Currency": entry.currency,
        "InvoiceId": entry.invoice_id,
        "AccountId": entry.account_id,
        "Email": entry.email,
        "Description": entry.description,
        "CreatedDateIso": entry.at.replace(" ", "T"),
        "TestMode": True,
        "OriginalTransactionId": entry.of or None,
        "CardFirstSix": entry.first_six,
        "CardLastFour": entry.last_four,
        "CardType": entry.card_type,
        "Status": entry.status,
        "Type": 1 if entry.is_refund else 0,
        "GatewayName": "Test",
        "TotalFee": 0,
    }


def _bound(text: object) -> str:
    """A bound of the list; without a zone it is UTC."""
    at = datetime.fromisoformat(str(text))
    return book.written(at if at.tzinfo else at.replace(tzinfo=UTC))
