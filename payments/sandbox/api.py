"""The sandbox bank's API, as the provider's own is: JSON with a key,
and one answer a request's id.
"""

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
        return (
            view(request, asked)
            if isinstance(asked, dict)
            else refusal("The request is not an object")
        )

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
        number=number_for(request.headers.get("X-Request-ID", "")),
        amount=str(amount),
        currency="KZT",
        description=str(asked["Description"]),
        invoice_id=str(asked.get("InvoiceId") or ""),
        account_id=str(asked.get("AccountId") or ""),
        email=str(asked.get("Email") or ""),
        offer_uri=str(asked.get("OfferUri") or ""),
        culture=str(asked.get("CultureName") or ""),
        success_url=str(asked.get("SuccessRedirectUrl") or ""),
        fail_url=str(asked.get("FailRedirectUrl") or ""),
        data=data if isinstance(data, str) else json.dumps(data, ensure_ascii=False),
        two_stages=asked.get("RequireConfirmation") is True,
    )
    book.open_link(order.number)
    model = {name: asked.get(name) for name in SHOWN} | {
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
    """Answer a request's repetition as the request was; `view` gives the Model,
    or raises Refused.
    """

    @with_key
    @wraps(view)
    def answered(request: HttpRequest, asked: dict[str, Any]) -> HttpResponse:
        request_id = request.headers.get("X-Request-ID", "")
        if not request_id:
            return JsonResponse(_answer(view, asked))
        answer = book.answer_of(request_id)
        if answer is None:
            try:
                answer = _answer(view, asked)
            except BaseException:
                book.forget(request_id)
                raise
            book.keep_answer(request_id, answer)
        return JsonResponse(answer)

    return answered


def _answer(view: Callable[[dict[str, Any]], Any], asked: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"Success": True, "Message": None, "Model": view(asked)}
    except (book.Refused, ValueError, TypeError, KeyError) as error:
        return {
            "Success": False,
            "Message": str(error) or "The request is not right",
            "Model": None,
        }


@once
def cancel_order(asked: dict[str, Any]) -> None:
    """Cancel a link that is not paid."""
    book.cancel_link(str(asked["Id"]))


@once
def confirm(asked: dict[str, Any]) -> None:
    """Take held money, and tell the shop."""
    take(int(asked["TransactionId"]), parse_reported_amount(str(asked["Amount"])))


@once
def void(asked: dict[str, Any]) -> None:
    """Let held money go, and tell the shop."""
    let_go(int(asked["TransactionId"]))


@once
def refund(asked: dict[str, Any]) -> dict[str, int]:
    """Give money back, and tell the shop."""
    entry = give_back(int(asked["TransactionId"]), parse_reported_amount(str(asked["Amount"])))
    return {"TransactionId": entry.number}


@once
def get_payment(asked: dict[str, Any]) -> dict[str, Any]:
    """Show one operation."""
    return row_of(book.find(int(asked["TransactionId"])))


@once
def find_payment(asked: dict[str, Any]) -> dict[str, Any]:
    """Show the latest operation of an invoice number."""
    return row_of(book.find_last(str(asked["InvoiceId"])))


@once
def list_payments(asked: dict[str, Any]) -> list[dict[str, Any]]:
    """List the operations of a time, a page of a hundred, oldest first."""
    since = _bound(asked["CreatedDateGte"])
    until = _bound(asked["CreatedDateLte"])
    first = (int(asked["PageNumber"]) - 1) * book.PAGE
    if first < 0:
        raise ValueError("PageNumber starts at 1")
    wanted = asked.get("Statuses") or (book.HELD, book.TAKEN, book.RELEASED, book.DECLINED)
    found = [entry for entry in book.entries(since=since, until=until) if entry.status in wanted]
    return [row_of(entry) for entry in found[first : first + book.PAGE]]


def take(number: int, amount: Decimal) -> None:
    """Take held money at the wish of the shop or of its cabinet, and tell it."""
    tell_until_taken("confirm", body_of("confirm", book.confirm(number, amount)))


def let_go(number: int) -> None:
    """Let held money go at the wish of the shop or of its cabinet, and tell it."""
    tell_until_taken("cancel", body_of("cancel", book.void(number)))


def give_back(number: int, amount: Decimal) -> book.Entry:
    """Give money back at the wish of the shop or of its cabinet, and tell it."""
    entry = book.refund(number, amount, refund_number=new_number(), at=timezone.now())
    tell_until_taken("refund", body_of("refund", entry))
    return entry


def row_of(entry: book.Entry) -> dict[str, Any]:
    """Write an operation as the API shows it."""
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
    """Read a bound of the list; without a zone it is UTC."""
    at = datetime.fromisoformat(str(text))
    return book.written(at if at.tzinfo else at.replace(tzinfo=UTC))
