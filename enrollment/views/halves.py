"""Half now, half later: the request, its own page, and the checkout agreed on (4.3.1)."""

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from enrollment.forms.checkout import CheckoutForm
from enrollment.forms.halves import HalvesForm
from enrollment.models import HalvesProposal, HalvesRequest, Package, PartyKind, Tariff
from enrollment.operations.halves.chat import about
from enrollment.operations.halves.requests import request_halves, tariff_now
from enrollment.operations.ordering.orders import OtherOrderAwaits, place_order
from enrollment.operations.ordering.taking import by_partner
from enrollment.rules.halves import HalvesState
from enrollment.rules.prices import OfferedLevel
from offer_site.days import almaty_day, last_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor
from offer_site.languages import current_language
from offer_site.money import halves as halves_of
from offer_site.telegram.operations import deep_link, give_link, is_open

from .access import (
    is_signed_in_as,
    opened_orders,
    opened_requests,
    readable_request,
    remember_order,
    remember_request,
)
from .browser import origin_of
from .checkout import order_again, require_what_was_shown
from .drafts import (
    FORM,
    choose_what_to_show_in,
    is_only_shown,
    keep_what_was_chosen,
    typed,
)
from .home import webinar_code
from .partners import partner_of
from .shop import OfferedPackage, Shop, open_shop
from .turns import status_of, take_turn


@dataclass(frozen=True)
class Halves:
    """A proposal on a page: both halves in whole tenge, the day of the rest, how long it holds."""

    first: int
    rest: int
    rest_on: date
    valid_until: datetime

    @classmethod
    def of(cls, tariff: Tariff, proposal: HalvesProposal) -> "Halves":
        return cls(*halves_of(tariff.price), proposal.rest_on, proposal.valid_until)

    @property
    def valid_on(self) -> date:
        return last_day(self.valid_until)


@require_http_methods(["GET", "HEAD", "POST"])
def halves_ask(request: HttpRequest, package: str) -> HttpResponse:
    """Show the form and take the request, at the price level open now (4.3.1).

    A refused one keeps what was typed.
    """
    at = timezone.now()
    shop = open_shop(at=at, webinar_code=webinar_code(request), package=package)
    offered = shop.package(package)
    if (
        shop.edition is None
        or offered is None
        or not shop.open
        or (shop.sold_out and request.method == "GET")
    ):
        if not Package.objects.filter(slug=package).exists():
            raise Http404
        return render(request, "enrollment/checkout_closed.html", {"shop": shop})

    status = 200
    form = HalvesForm(request.POST or None, academy=shop.edition.academy, with_bot=is_open())
    if request.method == "POST" and form.is_valid():
        try:
            require_what_was_shown(request, shop, offered)
            take_turn(request, at=at)
            asked, _is_new = request_halves(
                tariff=offered.tariff,
                cohort=shop.cohort,
                application=form.application(**origin_of(request)),
                language=current_language(),
                at=at,
                by=actor(request.user),
                opened=opened_requests(request),
            )
        except RuleViolation as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
            status = status_of(refused)
        else:
            response = redirect(asked)
            remember_request(request, response, asked)
            return response
    first, rest = halves_of(offered.price)
    context = {
        "form": form,
        "shop": shop,
        "offered": offered,
        "edition": shop.edition,
        "first": first,
        "rest": rest,
    }
    return render(request, "enrollment/halves_ask.html", context, status=status)


@never_cache
@require_safe
def halves(request: HttpRequest, code: str) -> HttpResponse:
    """Show a request to the browser that made it, and to its signed link."""
    found = readable_request(request, code)
    at = timezone.now()
    if request.GET.get("key"):
        # The link's key stays out of the history and of what is shared.
        response: HttpResponse = redirect(found)
        remember_request(request, response, found)
        return response
    proposal = found.proposal
    chat = give_link(about=about(found), language=found.language, at=at) if is_open() else None
    context = {
        "asked": found,
        "halves": Halves.of(found.tariff, proposal) if proposal else None,
        "state": _state_now(found, at=at),
        "chat": chat,
        "bot": deep_link(chat) if chat else "",
    }
    return render(request, "enrollment/halves.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def halves_checkout(request: HttpRequest, code: str) -> HttpResponse:
    """Show the checkout of an agreement and place its one order (4.3.1)."""
    found = readable_request(request, code)
    at = timezone.now()
    choose_what_to_show_in(request)
    if request.GET.get("key"):
        response: HttpResponse = redirect("halves_checkout", code=code)
        remember_request(request, response, found)
        return response
    proposal = found.proposal
    if proposal is None or _state_now(found, at=at) != HalvesState.AGREED:
        return redirect(found)
    try:
        tariff = tariff_now(found, at=at)
    except RuleViolation as refused:
        return render(
            request,
            "enrollment/halves_over.html",
            {"asked": found, "why": str(refused)},
            status=409,
        )
    shop, offered = _shop_of(found, tariff)
    initial = {"kind": PartyKind.PERSON.value, "email": found.email, "phone": found.phone}
    # If the surname is in the name too, the visitor writes both again, each in its field.
    if " " not in found.name:
        initial["name"] = found.name
    form = CheckoutForm(
        typed(request),
        academy=tariff.edition.academy,
        day=almaty_day(at),
        initial=initial,
        is_shown_again=is_only_shown(request),
    )
    partner = partner_of(request)
    asked_to_replace = False
    again = None
    status = 200
    if request.method == "POST" and not is_only_shown(request) and form.is_valid():
        try:
            require_what_was_shown(request, shop, offered)
            take_turn(request, at=at)
            application = form.application(**origin_of(request))
            order, _is_new = place_order(
                tariff=tariff,
                cohort=found.cohort,
                language=current_language(),
                at=at,
                by=actor(request.user),
                opened=opened_orders(request),
                replace=form.cleaned_data["replace"],
                halves=found,
                email_is_seen=is_signed_in_as(request, application.party.email),
                taken=by_partner(partner),
                application=application,
            )
        except RuleViolation as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
            asked_to_replace = isinstance(refused, OtherOrderAwaits)
            again = order_again(refused, form)
            status = status_of(refused)
        else:
            response = redirect(order)
            remember_order(request, response, order)
            return response
    context = {
        "form": form,
        "form_id": FORM,
        "hold_minutes": settings.PLACE_HOLD_UNSEEN_MINUTES,
        "shop": shop,
        "offered": offered,
        "edition": tariff.edition,
        "academy": tariff.edition.academy,
        "today": almaty_day(at),
        "halves": Halves.of(tariff, proposal),
        "ask_to_replace": asked_to_replace or "replace" in form.data,
        "again": again,
        "partner": partner,
    }
    response = render(request, "enrollment/checkout.html", context, status=status)
    keep_what_was_chosen(request, response)
    return response


def _state_now(found: HalvesRequest, *, at: datetime) -> str:
    """The state at this moment, even if the clock has not ended the request yet."""
    over = (
        found.state in (HalvesState.PROPOSED, HalvesState.AGREED)
        and found.valid_until
        and at >= found.valid_until
    )
    return HalvesState.ENDED if over else found.state


def _shop_of(found: HalvesRequest, tariff: Tariff) -> tuple[Shop, OfferedPackage]:
    """The agreed tariff in the shop's form: its level is the agreed one, whatever is open now."""
    offered = OfferedPackage(tariff.package, tariff, None)
    shop = Shop(
        edition=tariff.edition,
        cohort=found.cohort,
        offered=OfferedLevel(tariff.level, None),
        packages=[offered],
    )
    return shop, offered
