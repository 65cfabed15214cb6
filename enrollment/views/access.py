"""Whose order it is: of the browser that placed it, of its signed link, or of its owner."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from enrollment.models import HalvesRequest, Invoice, Order, Party
from enrollment.operations.links import (
    first_order_signature,
    halves_signature,
    invoice_signature,
    order_signature,
    reader_of,
)
from enrollment.operations.places.claims import note_mailbox_seen
from enrollment.rules.masks import masked_email
from offer_site.web.lost import LostPage
from offer_site.web.visitor import cookie_name

from .tries import begin_try

COOKIE = "orders"
HALVES_COOKIE = "halves"
INVOICES_COOKIE = "invoices"
SALT = "enrollment.orders-and-emails-of-this-browser"
KEPT = 30  # orders a browser remembers
MARK = 16  # characters
# The day after an order's last one its page still opens, to say that the order lapsed.
TOLD_FOR = timedelta(days=1)
LONGEST_CODE = 16  # characters; more is no code of ours


@dataclass(frozen=True)
class Remembered:
    """What a browser's cookie says of one thing: the beginning of its signature, and until when."""

    mark: str
    ends: int | None = None  # seconds; None in a cookie that ends with the browser


def readable_order(request: HttpRequest, code: str) -> Order:
    """The order, if this visitor may see it; a stranger gets 404, as if there were none.

    That is a try, which is counted and kept (3.1 (5)). The page of the 404 is the same for an order
    that exists and for one that does not; only a browser that opened this very order, and was
    signed out since, reads the beginning of its e-mail.
    """
    is_vouched_for = code in _remembered(request) or _has(request, INVOICES_COOKIE)
    visit = begin_try(request, is_vouched_for=is_vouched_for, lost=_lost(code))
    order = Order.objects.with_people().filter(code=code).first()
    if order is None or not (
        _placed_here(request, order)
        or _linked(request, order)
        or _owned(request, order)
        or (order.invoice and _invoice_opened_here(request, order.invoice))
    ):
        if order is not None and _was_opened_here(request, order):
            visit.lost = _lost(code, email=masked_email(order.party.email))
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
    """Let this browser open the order until the day after its last, or the e-mail is corrected.

    Whoever followed a link sent to a mistyped address must not read on once the address is
    corrected. The browser keeps the cookie when it is closed: those inside other programs are
    closed by a thumb.
    """
    ends = max(order.lapses_at, timezone.now()) + TOLD_FOR
    _remember(request, response, COOKIE, order.code, _mark(order), ends=ends)


def keep_remembering(request: HttpRequest, response: HttpResponse, order: Order) -> None:
    """Let a browser that has the cookie keep it for as long as a report now keeps the order."""
    order.refresh_from_db(fields=["kept_until"])
    if _placed_here(request, order):
        remember_order(request, response, order)


def orders_placed_here(request: HttpRequest) -> list[Order]:
    """The orders that this browser's cookie opens; one statement, and none without the cookie."""
    known = _remembered(request)
    if not known:
        return []
    named = Order.objects.select_related("party", "tariff__package").filter(code__in=list(known))
    return [order for order in named if known[order.code].mark == _mark(order)]


def opened_orders(request: HttpRequest) -> list[str]:
    """The codes of the orders that this browser may open now, with those of its invoices.

    A cookie opens nothing once the e-mail it was given under is corrected. A signed-in user's own
    orders are among them.
    """
    codes = opened_by_cookies(request)
    if request.user.is_authenticated:
        codes += Order.objects.belonging_to(request.user).values_list("code", flat=True)
    return codes


def opened_by_cookies(request: HttpRequest) -> list[str]:
    """The same without a sign-in: what this browser may open, whoever sits before it."""
    codes = [order.code for order in orders_placed_here(request)]
    if _has(request, INVOICES_COOKIE):
        invoices = Invoice.objects.filter(code__in=list(_remembered(request, INVOICES_COOKIE)))
        here = [each.pk for each in invoices if _invoice_opened_here(request, each)]
        codes += Order.objects.filter(invoice__in=here).values_list("code", flat=True)
    return codes


def readable_invoice(request: HttpRequest, code: str) -> Invoice:
    """The invoice, if this visitor may see it; a stranger gets 404.

    Its owner is the user whose e-mail all its orders have.
    """
    is_vouched_for = code in _remembered(request, INVOICES_COOKIE)
    visit = begin_try(request, is_vouched_for=is_vouched_for, lost=_lost(code))
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

    It ends the day after the last day of its last order, or when an e-mail of theirs is corrected.
    """
    mark = invoice_signature(invoice, _emails(invoice))[:MARK]
    ends = max([timezone.now(), *(order.lapses_at for order in invoice.orders.all())]) + TOLD_FOR
    _remember(request, response, INVOICES_COOKIE, invoice.code, mark, ends=ends)


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
    request: HttpRequest,
    response: HttpResponse,
    cookie: str,
    code: str,
    mark: str,
    *,
    ends: datetime | None = None,
) -> None:
    """Add a thing to a cookie, the newest first; it lives as long as the longest thing in it.

    Without `ends` it is forgotten with the browser, as are all others of its cookie.
    """
    new = Remembered(mark, int(ends.timestamp()) if ends else None)
    known = [(other, its) for other, its in _remembered(request, cookie).items() if other != code]
    kept = dict([(code, new), *known][:KEPT])
    last = max((each.ends for each in kept.values() if each.ends), default=None)
    response.set_cookie(
        cookie_name(cookie),
        signing.dumps({its: _written(each) for its, each in kept.items()}, salt=SALT),
        max_age=last - int(timezone.now().timestamp()) if last else None,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def _written(each: Remembered) -> str | list[str | int]:
    return each.mark if each.ends is None else [each.mark, each.ends]


def _remembered(request: HttpRequest, cookie: str = COOKIE) -> dict[str, Remembered]:
    """What the cookie names, without what has ended: the moment is signed too.

    A mark without a moment is of a cookie that ends with the browser.
    """
    try:
        said = dict(signing.loads(request.COOKIES.get(cookie_name(cookie), ""), salt=SALT))
    except signing.BadSignature:
        return {}
    now = timezone.now().timestamp()
    known = {
        code: Remembered(its) if isinstance(its, str) else Remembered(*its)
        for code, its in said.items()
    }
    return {code: each for code, each in known.items() if each.ends is None or now < each.ends}


def _has(request: HttpRequest, cookie: str) -> bool:
    """True if the browser has this cookie, and we signed it."""
    return cookie_name(cookie) in request.COOKIES and bool(_remembered(request, cookie))


def _invoice_opened_here(request: HttpRequest, invoice: Invoice) -> bool:
    known = _remembered(request, INVOICES_COOKIE).get(invoice.code)
    return known is not None and known.mark == invoice_signature(invoice, _emails(invoice))[:MARK]


def _request_opened_here(request: HttpRequest, found: HalvesRequest) -> bool:
    known = _remembered(request, HALVES_COOKIE).get(found.code)
    return known is not None and known.mark == halves_signature(found)[:MARK]


def _emails(invoice: Invoice) -> set[str]:
    return set(Party.objects.filter(order__invoice=invoice).values_list("email", flat=True))


def _mark(order: Order) -> str:
    """The beginning of the order's signature: it changes with the registered e-mail.

    It is enough, since the cookie itself is signed.
    """
    return order_signature(order)[:MARK]


def _placed_here(request: HttpRequest, order: Order) -> bool:
    known = _remembered(request).get(order.code)
    return known is not None and known.mark == _mark(order)


def _was_opened_here(request: HttpRequest, order: Order) -> bool:
    """True for a browser that opened the order under this e-mail, and was signed out since.

    A cookie from before the e-mail was corrected is of another mailbox: nothing is told to it.
    """
    known = _remembered(request).get(order.code)
    return known is not None and known.mark == first_order_signature(order)[:MARK]


def _lost(code: str, *, email: str = "") -> LostPage:
    """The page of an order that does not open here; it repeats what stands in its address."""
    told = code if len(code) <= LONGEST_CODE else ""
    return LostPage("enrollment/order_lost.html", {"code": told, "email": email})


def _linked(request: HttpRequest, order: Order) -> bool:
    return constant_time_compare(request.GET.get("key", ""), order_signature(order))


def _owned(request: HttpRequest, order: Order) -> bool:
    return request.user.is_authenticated and order.party.email == request.user.email
