"""Who may pay an order of another: whoever follows its pay link, and reads nothing of the order."""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from enrollment.models import Order
from enrollment.operations.links import pay_signature
from offer_site.web.visitor import cookie_name

from .access import opened_orders, shows_nothing
from .tries import begin_try

COOKIE = "paying"
SALT = "enrollment.orders-paid-by-this-browser"
KEPT = 10  # orders a browser remembers
MARK = 16  # characters of the signature: the cookie itself is signed


def payable_order(request: HttpRequest, code: str) -> Order:
    """The order, if this visitor may pay it; a stranger gets 404, as if there were none.

    The link's key is counted before it is looked at (3.1 (5)); who followed it before is not, so
    that a page which looks by itself is no row of tries.
    """
    marks = _remembered(request)
    visit = begin_try(request, is_vouched_for=code in marks)
    order = Order.objects.with_people().filter(code=code).first()
    if order is None:
        visit.refuse()
    signature = pay_signature(order)
    linked = constant_time_compare(request.GET.get("key", ""), signature)
    if not linked and marks.get(code) != signature[:MARK]:
        visit.refuse()
    return order


def has_followed_pay_link(request: HttpRequest, code: str) -> bool:
    """True if this browser has opened the pay page of such an order before."""
    return code in _remembered(request)


def remember_payer(request: HttpRequest, response: HttpResponse, order: Order) -> None:
    """Let this browser pay the order until the cookie ends, or the link does."""
    known = [(code, mark) for code, mark in _remembered(request).items() if code != order.code]
    marks = [(order.code, pay_signature(order)[:MARK]), *known][:KEPT]
    response.set_cookie(
        cookie_name(COOKIE),
        signing.dumps(dict(marks), salt=SALT),
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def is_ones_own(request: HttpRequest, order: Order) -> bool:
    """True for a visitor who may open the order itself, and so has the link to send on."""
    return not shows_nothing(request, order.code) and order.code in opened_orders(request)


def _remembered(request: HttpRequest) -> dict[str, str]:
    try:
        return dict(signing.loads(request.COOKIES.get(cookie_name(COOKIE), ""), salt=SALT))
    except signing.BadSignature:
        return {}
