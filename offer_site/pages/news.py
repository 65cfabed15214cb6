"""The page that switches news and discounts off, from any letter, without signing in (5.3.5).

Mail scanners open every address of a letter: opening this one changes nothing. A mail program's own
button posts without cookies; the signed address says whose wish it is (RFC 8058).
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from enrollment.models import ConsentWay
from enrollment.operations.ordering.consents import ConsentOrigin, stop_marketing
from offer_site.addresses import client_address
from offer_site.notices.models import Notice
from offer_site.notices.news import letter_of_link

ONE_CLICK = ("List-Unsubscribe", "One-Click")


@csrf_exempt  # the address is signed, and a mail program has no cookie to show
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def news_off(request: HttpRequest, number: int, signature: str) -> HttpResponse:
    """One button; a mail program that posts gets a plain answer and no redirect."""
    letter = letter_of_link(number, signature)
    if letter is None:
        raise Http404
    is_one_click = request.POST.get(ONE_CLICK[0]) == ONE_CLICK[1]
    is_off = request.method == "POST"
    if is_off:
        _switch_off(request, letter, ConsentWay.ONE_CLICK if is_one_click else ConsentWay.LETTER)
    if is_one_click:
        response = HttpResponse("OK", content_type="text/plain; charset=utf-8")
    else:
        response = render(request, "pages/news_off.html", {"is_off": is_off})
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _switch_off(request: HttpRequest, letter: Notice, way: ConsentWay) -> None:
    origin = ConsentOrigin(
        way, client_address(request) or "", request.headers.get("User-Agent", "")[:300]
    )
    stop_marketing(
        email=letter.recipient,
        order=letter.order_code,
        by="visitor",
        at=timezone.now(),
        origin=origin,
    )
