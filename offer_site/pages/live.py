"""The line of a page that looks by itself: what is awaited, and the JSON that the script asks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps

from django.http import Http404, HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from offer_site.days import ALMATY
from offer_site.errors import TooManyTriesError

from .states import InvoiceStage, OrderStage

SOON = 5  # seconds: the bank answers within a minute
LATER = 30  # seconds


@dataclass(frozen=True)
class Live:
    """What a page says while it looks.

    `state` is what the page shows: another one renews it. `refresh` is for who has no script, in
    seconds.
    """

    state: str
    lead: str
    words: str
    refresh: int = LATER

    def answer(self) -> JsonResponse:
        return JsonResponse({"state": self.state, "words": self.words})


def live_order(
    stage: OrderStage, *, due: int, at: datetime, awaits_guardian: bool = False
) -> Live | None:
    """The line of an order's page, and of who pays it; None where nothing is awaited."""
    looks = _("The page looks by itself, last at %(clock)s.") % {"clock": _clock(at)}
    not_twice = _("If you have paid, do not pay again.")
    state = f"{stage}-{due}"
    if awaits_guardian:
        lead = _("Your parent or guardian has not consented yet.")
        return Live(f"{state}-guardian", lead, looks)
    if stage in (OrderStage.AWAITING, OrderStage.DECLINED):
        return Live(state, _("The payment has not come yet."), f"{looks} {not_twice}")
    if stage == OrderStage.CONFIRMING:
        return Live(state, _("We await the bank's answer."), looks, SOON)
    if stage == OrderStage.REPORTED:
        return Live(state, _("The payment is not seen yet."), looks)
    if stage == OrderStage.MONEY_WAITS:
        return Live(state, _("A person looks at your payment."), looks)
    if stage == OrderStage.OVERDUE:
        return Live(state, _("The rest has not come yet."), f"{looks} {not_twice}")
    return None


def live_invoice(stage: InvoiceStage, *, due: int, at: datetime) -> Live | None:
    """The line of an invoice's page."""
    looks = _("The page looks by itself, last at %(clock)s.") % {"clock": _clock(at)}
    state = f"{stage}-{due}"
    if stage == InvoiceStage.AWAITING:
        seen = _("We see it when the bank sends its statement.")
        return Live(state, _("The payment has not come yet."), f"{seen} {looks}")
    if stage == InvoiceStage.REPORTED:
        return Live(state, _("The payment is not seen yet."), looks)
    if stage == InvoiceStage.MONEY_WAITS:
        return Live(state, _("A person looks at your payment."), looks)
    return None


def answers_live(
    view: Callable[[HttpRequest, str], HttpResponseBase],
) -> Callable[[HttpRequest, str], HttpResponseBase]:
    """A view that a script asks: whoever may not see the thing gets JSON too, of another state."""

    @require_safe
    @wraps(view)
    def wrapper(request: HttpRequest, code: str) -> HttpResponseBase:
        try:
            return view(request, code)
        except Http404:
            return JsonResponse(GONE, status=404)
        except TooManyTriesError:
            return JsonResponse(GONE, status=429)

    return wrapper


# A page of this state is asked for anew, and says what became of it.
GONE = {"state": "gone", "words": ""}


def moved_on(stage: str, due: int) -> JsonResponse:
    """The answer for a stage at which nothing is awaited any more."""
    return JsonResponse({"state": f"{stage}-{due}", "words": ""})


def _clock(at: datetime) -> str:
    return f"{at.astimezone(ALMATY):%H:%M:%S}"
