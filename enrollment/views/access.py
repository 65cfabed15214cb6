"""Whose order is it: of the browser that placed it, of a signed link from its letter, or of its signed-in owner."""

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from enrollment.models import Order
from enrollment.operations.links import order_signature

COOKIE = "orders"
SALT = "enrollment.orders-of-this-browser"
KEPT = 30  # orders a browser remembers


def readable_order(request: HttpRequest, code: str) -> Order:
    """Find an order that this visitor may see; a stranger gets 404, as if there were none."""
    order = Order.objects.with_people().filter(code=code).first()
    if order is None or not (_placed_here(request, order) or _linked(request, order) or _owned(request, order)):
        raise Http404
    return order


def remember_order(request: HttpRequest, response: HttpResponse, order: Order) -> None:
    """Let this browser open the order until it is closed; the code is signed, so it cannot be made up."""
    codes = [code for code in opened_orders(request) if code != order.code]
    response.set_cookie(
        COOKIE, signing.dumps([order.code, *codes][:KEPT], salt=SALT), httponly=True, samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip


def opened_orders(request: HttpRequest) -> list[str]:
    try:
        return list(signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT))
    except signing.BadSignature:
        return []


def _placed_here(request: HttpRequest, order: Order) -> bool:
    return order.code in opened_orders(request)


def _linked(request: HttpRequest, order: Order) -> bool:
    return constant_time_compare(request.GET.get("key", ""), order_signature(order))


def _owned(request: HttpRequest, order: Order) -> bool:
    return request.user.is_authenticated and order.party.email == request.user.email
