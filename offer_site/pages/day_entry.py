"""Who has just paid in this browser enters the cabinet without a code on that day (3.1).

What vouches is the browser's cookie of the order, asked again at every page. It vouches for the
order alone: an e-mail is what anybody can type, so whoever pays an order under the e-mail of
another must not read that other's contracts. Decision 0071.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from enrollment.models import HalvesRequest, Order
from enrollment.views.access import (
    opened_by_cookies,
    opened_requests,
    orders_placed_here,
    readable_order,
)
from offer_site.accounts.day_sessions import enter_for_the_day, entered_by
from offer_site.accounts.models import User
from offer_site.accounts.operations import admitted_user
from offer_site.days import almaty_day, end_of_day, start_of_day

# Pages of the cabinet that show what is being learned. Whatever gives data away, ends something or
# answers for the student asks for a code, and so does every page that is not named here.
OPEN_FOR_THE_DAY = {
    "cabinet",
    "course",
    "material",
    "certificate_file",
    "certificate_preview",
    "certificate_picture",
    "cabinet_documents",
    "course_calendar",
    "cabinet_letters",
    "cabinet_letter",
    "cabinet_work",
    "cabinet_work_file",
    "order_cabinet",
    "account_logout",
}


@require_POST
def order_cabinet(request: HttpRequest, code: str) -> HttpResponse:
    """Enter the cabinet from an order's page; whoever may not is asked for a code there."""
    at = timezone.now()
    order = readable_order(request, code)
    if not request.user.is_authenticated:
        paid = [each for each in paid_here_today(request, at=at) if each.pk == order.pk]
        user = user_of(paid[0], request) if paid else None
        if user is not None:
            until = end_of_day(almaty_day(at))
            enter_for_the_day(request, user, code=order.code, until=until)
    return redirect("cabinet")


def way_in(request: HttpRequest) -> str:
    """The address that lets this visitor in without a code; empty for all others.

    Named in settings.SIGN_IN_AT_ONCE. Two buyers of one browser each enter from their own order.
    """
    if entered_by(request.session):
        return ""  # the page that was asked for wants a code
    paid = paid_here_today(request, at=timezone.now())
    if len({order.party.email for order in paid}) != 1 or not _may_enter(request, paid[0]):
        return ""
    return reverse("order_cabinet", args=[paid[0].code])


def paid_here_today(request: HttpRequest, *, at: datetime) -> list[Order]:
    """The orders that this browser's cookie opens and that were paid today; no cookie, no query."""
    placed = [order.pk for order in orders_placed_here(request)]
    if not placed:
        return []
    since = start_of_day(almaty_day(at))
    today = Q(acceptance__accepted_at__gte=since, acceptance__accepted_at__lte=at)
    return list(Order.objects.select_related("party").filter(today, pk__in=placed))


def user_of(order: Order, request: HttpRequest) -> User | None:
    """The user of an order paid in this browser; None where a code must be asked for."""
    if not _may_enter(request, order):
        return None
    return admitted_user(email=order.party.email)


def _may_enter(request: HttpRequest, order: Order) -> bool:
    """True if all that the e-mail's user would see is what this browser opens already."""
    email = order.party.email
    theirs = set(Order.objects.of_email(email).values_list("code", flat=True))
    if not theirs <= set(opened_by_cookies(request)):
        return False
    asked = Q(order=None, email=email) | Q(order__party__email=email)
    requests = set(HalvesRequest.objects.filter(asked).values_list("code", flat=True))
    if requests and not requests <= set(opened_requests(request)):
        return False
    known = User.objects.filter(email=email)
    guarded = Q(is_staff=True) | Q(is_superuser=True) | Q(is_active=False)
    return not (
        known.filter(guarded).exists() or Authenticator.objects.filter(user__email=email).exists()
    )


class DayEntryMiddleware:
    """Asks at every page whether a session that an order opened still may be one.

    Where it may not, it ends; where a page asks for a code, the visitor is nobody.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, _named: Any
    ) -> HttpResponse | None:
        # A visitor without a session is not asked for one.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        code = entered_by(request.session)
        if not code:
            return None
        match = request.resolver_match
        if match is None or match.url_name not in OPEN_FOR_THE_DAY:
            request.user = AnonymousUser()
            return None
        paid = {order.code: order for order in paid_here_today(request, at=timezone.now())}
        order = paid.get(code)
        email = getattr(request.user, "email", "")
        if order is None or order.party.email != email or not _may_enter(request, order):
            logout(request)
        return None
