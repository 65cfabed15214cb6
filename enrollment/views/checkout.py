"""Checkout: one page from a tariff to an order, without an account (3.1, 4.1, 5.1).

The address names a package; another one is chosen inside the form, at the price shown beside it.
"""

from functools import partial

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from enrollment.forms.checkout import CheckoutForm
from enrollment.models import Package, PartyKind
from enrollment.operations.ordering.orders import (
    OrderAwaitsElsewhere,
    OtherOrderAwaits,
    place_order,
)
from enrollment.operations.ordering.taking import by_partner
from enrollment.rules.masks import masked_email
from offer_site.days import almaty_day
from offer_site.emails import one_spelling
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor
from offer_site.languages import current_language

from .access import is_signed_in_as, opened_orders, remember_order
from .browser import origin_of
from .drafts import (
    FORM,
    choose_what_to_show_in,
    data_of_last_order,
    is_only_shown,
    keep_what_was_chosen,
    typed,
)
from .home import webinar_code
from .partners import partner_of
from .shop import OfferedPackage, Shop, open_shop
from .turns import status_of, take_turn


@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest, tariff: str) -> HttpResponse:
    """Show the form and place the order; a refused one keeps everything that was typed."""
    at = timezone.now()
    choose_what_to_show_in(request)
    look = partial(open_shop, at=at, webinar_code=webinar_code(request), with_programme=False)
    chosen = request.POST.get("package", tariff)
    orders = request.method == "POST" and not is_only_shown(request)
    shop = look(package=chosen) if orders else look()
    offered = shop.package(chosen)
    if (
        shop.edition is None
        or offered is None
        or not shop.open
        or (shop.sold_out and request.method == "GET")
    ):
        if not Package.objects.filter(slug=chosen).exists():
            raise Http404
        return render(request, "enrollment/checkout_closed.html", {"shop": shop})

    academy = shop.edition.academy
    partner = partner_of(request)
    asked_to_replace = False
    again = None
    status = 200
    initial = {"kind": PartyKind.PERSON.value}
    if request.method != "POST":
        initial |= data_of_last_order(request)
    if request.GET.get("kind") == PartyKind.COMPANY:
        initial["kind"] = PartyKind.COMPANY.value
    form = CheckoutForm(
        typed(request),
        academy=academy,
        day=almaty_day(at),
        initial=initial,
        is_shown_again=is_only_shown(request),
        offers_company=PartyKind.COMPANY
        in (request.POST.get("kind"), request.GET.get("kind"), initial["kind"]),
    )
    if orders and form.is_valid():
        try:
            require_what_was_shown(request, shop, offered, beside=tariff)
            take_turn(request, at=at)
            application = form.application(**origin_of(request))
            order, _is_new = place_order(
                tariff=offered.tariff,
                cohort=shop.cohort,
                language=current_language(),
                at=at,
                by=actor(request.user),
                opened=opened_orders(request),
                replace=form.cleaned_data["replace"],
                email_is_seen=is_signed_in_as(request, application.party.email),
                taken=by_partner(partner),
                application=application,
            )
        except RuleViolation as refused:
            form.add_error(refused.field, str(refused))
            asked_to_replace = isinstance(refused, OtherOrderAwaits)
            again = order_again(refused, form)
            status = status_of(refused)
        else:
            response = redirect(order)
            remember_order(request, response, order)
            return response
    if orders:
        shop = look()  # a refused form offers all packages again
        offered = shop.package(chosen) or offered
    context = {
        "form": form,
        "form_id": FORM,
        "hold_minutes": settings.PLACE_HOLD_UNSEEN_MINUTES,
        "shop": shop,
        "offered": offered,
        "named": tariff,
        "edition": shop.edition,
        "academy": academy,
        "today": almaty_day(at),
        "ask_to_replace": asked_to_replace or "replace" in form.data,
        "again": again,
        "partner": partner,
    }
    response = render(request, "enrollment/checkout.html", context, status=status)
    keep_what_was_chosen(request, response)
    return response


def order_again(refused: RuleViolation, form: CheckoutForm) -> dict[str, str] | None:
    """Where an unpaid order waits that another browser placed: to which mailbox its link goes.

    The mailbox is the one that was typed; of the order nothing is told (decision 0042).
    """
    if not isinstance(refused, OrderAwaitsElsewhere):
        return None
    typed = one_spelling(form.data.get("email", ""))
    return {"typed": typed, "email": masked_email(typed)}


def require_what_was_shown(
    request: HttpRequest, shop: Shop, offered: OfferedPackage, *, beside: str = ""
) -> None:
    """Raise RuleViolation if the price or the edition is not the one that the page showed.

    The amount that was sent is never used; it only tells that the page is old (2.1, 4.1,
    12.2). `beside` is the package of the page's address: of every other package that may be chosen
    there the page sends a price of its own.
    """
    slug = offered.package.slug
    price = "shown_price" if beside in ("", slug) else f"shown_price_{slug}"
    if request.POST.get("shown_edition") != str(shop.edition):
        raise RuleViolation(
            _("The offer was changed while this page was open. Read the new text, then order."),
            clause="12.2",
        )
    if request.POST.get(price) != str(offered.price):
        raise RuleViolation(
            _(
                "The price changed while this page was open. The new one is shown here: "
                "order again if it suits you."
            ),
            clause="4.1",
        )
