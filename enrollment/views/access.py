"""Whose order it is: of the browser that placed it, of its signed link, or of its owner."""

from datetime import datetime

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from enrollment.models import HalvesRequest, Invoice, Order, Party
from enrollment.operations.links import (
    halves_signature,
    invoice_signature,
    order_signature,
    reader_of,
)
from enrollment.operations.places.claims import note_mailbox_seen
from offer_site.web.visitor import cookie_name

from .tries import begin_try

COOKIE = "orders"
HALVES_COOKIE = "halves"
INVOICES_COOKIE = "invoices"
SALT = "enrollment.orders-and-emails-of-this-browser"
KEPT = 30  # orders a browser remembers
MARK = 16  # characters


def readable_order(request: HttpRequest, code: str) -> Order:
    """The order, if this visitor may see it; a stranger gets 404, as if there were none.

    That is a try, which is counted and kept (3.1 (5)).
    """
    is_vouched_for = code in _remembered(request) or _has(request, INVOICES_COOKIE)
    visit = begin_try(request, is_vouched_for=is_vouched_for)
    order = Order.objects.with_people().filter(code=code).first()
    if order is None or not (
        _placed_here(request, order)
        or _linked(request, order)
        or _owned(request, order)
        or (order.invoice and _invoice_opened_here(request, order.invoice))
    ):
        visit.refuse()
    return order


def shows_nothing(request: HttpRequest, code: str) -> bool:
    """True for a visitor who shows nothing that could open the order: no cookie, key or sign-in."""
    return not (
        request.GET.get("key")
        or request.user.is_authenticated
        or code in _remembered(request)
        or _has(request, INVOICES_COOKIE)
    )


def is_signed_in_as(request: HttpRequest, email: str) -> bool:
    """True if the visitor has proved, by a code, to read this mailbox."""
    return bool(request.user.is_authenticated and request.user.email == email)


def note_link(request: HttpRequest, order: Order, *, at: datetime) -> None:
    """Note that a letter's link to an order was opened; by a cookie alone nothing is noted."""
    if _linked(request, order):
        note_mailbox_seen(orders=[order], at=at)


def note_invoice_link(request: HttpRequest, invoice: Invoice, *, at: datetime) -> None:
    """The same for the orders of an invoice."""
    orders = list(invoice.orders.select_related("party"))
    signature = invoice_signature(invoice, {order.party.email for order in orders})
    if constant_time_compare(request.GET.get("key", ""), signature):
        note_mailbox_seen(orders=orders, at=at)


def remember_order(request: HttpRequest, response: HttpResponse, order: Order) -> None:
    """Let this browser open the order until the cookie ends, or the e-mail is corrected.

    Whoever followed a link sent to a mistyped address must not read on once the address is
    corrected.
    """
    _remember(request, response, COOKIE, order.code, _mark(order))


def opened_orders(request: HttpRequest) -> list[str]:
    """The codes of the orders that this browser may open now, with those of its invoices.

    A cookie opens nothing once the e-mail it was given under is corrected. A signed-in user's own
    orders are among them.
    """
    marks = _remembered(request)
    named = Order.objects.select_related("party").filter(code__in=list(marks)) if marks else []
    codes = [order.code for order in named if marks[order.code] == _mark(order)]
    if _has(request, INVOICES_COOKIE):
        invoices = Invoice.objects.filter(code__in=list(_remembered(request, INVOICES_COOKIE)))
        here = [each.pk for each in invoices if _invoice_opened_here(request, each)]
        codes += Order.objects.filter(invoice__in=here).values_list("code", flat=True)
    if request.user.is_authenticated:
        codes += Order.objects.belonging_to(request.user).values_list("code", flat=True)
    return codes


def readable_invoice(request: HttpRequest, code: str) -> Invoice:
    """The invoice, if this visitor may see it; a stranger gets 404.

    Its owner is the user whose e-mail all its orders have.
    """
    is_vouched_for = code in _remembered(request, INVOICES_COOKIE)
    visit = begin_try(request, is_vouched_for=is_vouched_for)
    found = Invoice.objects.filter(code=code).first()
    if found is None:
        visit.refuse()
    emails = _emails(found)
    user = request.user
    linked = constant_time_compare(request.GET.get("key", ""), invoice_signature(found, emails))
    if not (
        linked
        or (user.is_authenticated and emails == {user.email})
        or _invoice_opened_here(request, found)
    ):
        visit.refuse()
    return found


def remember_invoice(request: HttpRequest, response: HttpResponse, invoice: Invoice) -> None:
    """Let this browser open the invoice and its orders.

    It ends with the cookie, or when an e-mail of theirs is corrected.
    """
    mark = invoice_signature(invoice, _emails(invoice))[:MARK]
    _remember(request, response, INVOICES_COOKIE, invoice.code, mark)


def readable_request(request: HttpRequest, code: str) -> HalvesRequest:
    """The request for halves, if this visitor may see it; a stranger gets 404 (4.3.1)."""
    visit = begin_try(request, is_vouched_for=code in _remembered(request, HALVES_COOKIE))
    found = HalvesRequest.objects.with_tariff().filter(code=code).first()
    if found is None:
        visit.refuse()
    user = request.user
    linked = constant_time_compare(request.GET.get("key", ""), halves_signature(found))
    if not (
        _request_opened_here(request, found)
        or linked
        or (user.is_authenticated and reader_of(found) == user.email)
    ):
        visit.refuse()
    return found


def remember_request(request: HttpRequest, response: HttpResponse, found: HalvesRequest) -> None:
    _remember(request, response, HALVES_COOKIE, found.code, halves_signature(found)[:MARK])


def opened_requests(request: HttpRequest) -> list[str]:
    """The codes of the requests for halves that this browser may open now."""
    codes = list(_remembered(request, HALVES_COOKIE))
    named = HalvesRequest.objects.filter(code__in=codes) if codes else []
    return [each.code for each in named if _request_opened_here(request, each)]


def _remember(
    request: HttpRequest, response: HttpResponse, cookie: str, code: str, mark: str
) -> None:
    known = [(other, its) for other, its in _remembered(request, cookie).items() if other != code]
    response.set_cookie(
        cookie_name(cookie),
        signing.dumps(dict([(code, mark), *known][:KEPT]), salt=SALT),
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def _remembered(request: HttpRequest, cookie: str = COOKIE) -> dict[str, str]:
    try:
        return dict(signing.loads(request.COOKIES.get(cookie_name(cookie), ""), salt=SALT))
    except signing.BadSignature:
        return {}


def _has(request: HttpRequest, cookie: str) -> bool:
    """True if the browser has this cookie, and we signed it."""
    return cookie_name(cookie) in request.COOKIES and bool(_remembered(request, cookie))


def _invoice_opened_here(request: HttpRequest, invoice: Invoice) -> bool:
    mark = _remembered(request, INVOICES_COOKIE).get(invoice.code)
    return mark is not None and mark == invoice_signature(invoice, _emails(invoice))[:MARK]


def _request_opened_here(request: HttpRequest, found: HalvesRequest) -> bool:
    mark = _remembered(request, HALVES_COOKIE).get(found.code)
    return mark is not None and mark == halves_signature(found)[:MARK]


def _emails(invoice: Invoice) -> set[str]:
    return set(Party.objects.filter(order__invoice=invoice).values_list("email", flat=True))


def _mark(order: Order) -> str:
    """The beginning of the order's signature: it changes with the registered e-mail.

    It is enough, since the cookie itself is signed.
    """
    return order_signature(order)[:MARK]


def _placed_here(request: HttpRequest, order: Order) -> bool:
    return _remembered(request).get(order.code) == _mark(order)


def _linked(request: HttpRequest, order: Order) -> bool:
    return constant_time_compare(request.GET.get("key", ""), order_signature(order))


def _owned(request: HttpRequest, order: Order) -> bool:
    return request.user.is_authenticated and order.party.email == request.user.email
