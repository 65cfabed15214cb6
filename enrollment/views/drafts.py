"""What was typed into a checkout and not sent: shown again, and begun with (1.14–1.17 of the look).

The switches of language and theme are buttons of the form itself: nothing typed is lost, nothing is
judged, and no script is needed.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict

from enrollment.models import Order, PartyKind
from offer_site.languages import current_language
from offer_site.web.visitor import (
    THEMES,
    choose_theme,
    keep_language,
    keep_theme,
)

from .access import opened_orders

SWITCH = "show_in"  # what the buttons of language and theme send, instead of an order
FORM = "order"  # the id of the form they belong to
OF_PARTY = ("kind", "surname", "name", "patronymic", "phone", "email", "relation")
OF_COMPANY = ("company_name", "bin", "postal_address", "position")
OF_LEARNER = ("surname", "name", "patronymic")


def is_only_shown(request: HttpRequest) -> bool:
    """True for a form that was sent to be seen in another language or theme."""
    return request.method == "POST" and SWITCH in request.POST


def typed(request: HttpRequest) -> QueryDict | None:
    """What the form is bound to; None for a page that is only opened.

    A consent was ticked beside words in one language: in the other one it is asked anew, since what
    was shown is what is recorded (5.1).
    """
    if request.method != "POST":
        return None
    if not is_only_shown(request) or request.POST[SWITCH] in THEMES:
        return request.POST
    data = request.POST.copy()
    for name in [name for name in data if name.startswith("consent_")]:
        del data[name]
    return data


def choose_what_to_show_in(request: HttpRequest) -> None:
    """Draw this page in the theme that was chosen with it."""
    if is_only_shown(request) and request.POST[SWITCH] in THEMES:
        choose_theme(request, request.POST[SWITCH])


def keep_what_was_chosen(request: HttpRequest, response: HttpResponse) -> None:
    """Store the theme or the language for the pages that follow."""
    if not is_only_shown(request):
        return
    if request.POST[SWITCH] in THEMES:
        keep_theme(response, request.POST[SWITCH])
    else:
        keep_language(response, current_language())


def data_of_last_order(request: HttpRequest) -> dict[str, Any]:
    """What a second order begins with: data of the last order that this browser may open.

    No IIN, no birth date, no home address, and nothing of a guardian who consents. A browser
    without an order asks the database nothing.
    """
    codes = opened_orders(request)
    last = (
        Order.objects.filter(code__in=codes)
        .exclude(party__salt="")
        .select_related("party", "learner")
        .order_by("-placed_at")
        .first()
        if codes
        else None
    )
    if last is None:
        return {}
    party = last.party
    data = {name: getattr(party, name) for name in OF_PARTY}
    if party.kind == PartyKind.COMPANY:
        data |= {name: getattr(party, name) for name in OF_COMPANY}
        data["bin"] = party.bin or party.iin
        data["company_address"] = party.address
    if party.kind in (PartyKind.GUARDIAN, PartyKind.COMPANY):
        data |= {f"learner_{name}": getattr(last.learner, name) for name in OF_LEARNER}
    return data
