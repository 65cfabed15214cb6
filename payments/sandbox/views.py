"""The pages on which the sandbox bank's links are paid."""

from decimal import Decimal

from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from offer_site.languages import speaking

from . import book
from .forms import CardForm
from .orders import CARDS, EXPIRED, Attempt, BankOrder, new_attempt, read_attempt, read_order
from .telling import body_of, tell, tell_until_taken


@never_cache
@require_http_methods(["GET", "POST"])
def order_page(request: HttpRequest, token: str) -> HttpResponse:
    """Take a card, ask the shop, and go on to 3-D Secure, to the result, or back with a refusal."""
    order = _order_or_404(token)
    form = CardForm(request.POST or None)
    with speaking(order.language):
        status = book.status_of_link(order.number)
        if status != book.OPEN:
            return render(
                request,
                "payments/sandbox/closed.html",
                {"order": order, "is_paid": status == book.PAID},
            )
        if not form.is_valid():
            context = {
                "order": order,
                "amount": Decimal(order.amount),
                "form": form,
                "cards": CARDS.values(),
            }
            return render(request, "payments/sandbox/card.html", context)
        card = form.cleaned_data["number"]
        attempt = new_attempt(
            card=card,
            expires=form.cleaned_data["expires"],
            tell_later=form.cleaned_data["told"] == "later",
            at=timezone.now(),
        )
        code = tell("check", body_of("check", attempt.entry(order)))
        if code != 0:
            return render(request, "payments/sandbox/refused.html", {"order": order, "code": code})
        if card.is_secure and attempt.decline_code != EXPIRED:
            context = {"order": order, "amount": Decimal(order.amount), "attempt": attempt}
            return render(request, "payments/sandbox/secure.html", context)
    return _finish(order, attempt)


@never_cache
@require_POST
def secure_page(request: HttpRequest, token: str) -> HttpResponse:
    """Take the answer to 3-D Secure."""
    order = _order_or_404(token)
    try:
        attempt = read_attempt(request.POST.get("attempt", ""))
    except BadSignature as error:
        raise Http404 from error
    if "confirm" not in request.POST:
        attempt = Attempt(**{**vars(attempt), "decline_code": "5206"})
    return _finish(order, attempt)


def _finish(order: BankOrder, attempt: Attempt) -> HttpResponse:
    """Notify the shop of the result, and send the buyer back."""
    kind = "fail" if attempt.decline_code else "pay"
    entry = attempt.entry(order)
    if book.add(entry):
        body = body_of(kind, entry, decline_code=attempt.decline_code)
        tell_until_taken(kind, body, later=attempt.tell_later)
    return HttpResponseRedirect(order.fail_url if attempt.decline_code else order.success_url)


def _order_or_404(token: str) -> BankOrder:
    try:
        return read_order(token)
    except BadSignature as error:
        raise Http404 from error
