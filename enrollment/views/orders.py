"""What can be done with an order from its page."""

from functools import partial

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enrollment.forms.doubts import EmailDoubts
from enrollment.forms.fields import EmailField
from enrollment.operations.corrections.email import correct_email
from enrollment.operations.ordering.orders import cancel_order
from enrollment.operations.ordering.restoring import restore_order
from enrollment.operations.paper.contracts import contract_name, contract_pdf
from enrollment.rules.order_states import OrderState
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor
from offer_site.renderers import a_renderer
from offer_site.web.downloads import download

from .access import readable_order, remember_order
from .restoring import wishing_visitor
from .turns import status_of, take_turn


@require_POST
def cancellation(request: HttpRequest, code: str) -> HttpResponse:
    """Cancel an unpaid order at the buyer's wish (4.3)."""
    order = readable_order(request, code)
    cancel_order(
        order=order,
        by=actor(request.user),
        at=timezone.now(),
        no_payment_made=bool(request.POST.get("no_payment_made")),
    )
    return redirect(order)


@require_POST
def restoration(request: HttpRequest, code: str) -> HttpResponse:
    """Take the buyer's own cancellation back, while place and price are there (4.3, 4.6)."""
    order = readable_order(request, code)
    at = timezone.now()
    take_turn(request, at=at)
    restore_order(
        order=order, visitor=wishing_visitor(request, [order]), by=actor(request.user), at=at
    )
    return redirect(order)


class EmailForm(EmailDoubts):
    email = EmailField(
        label=gettext_lazy("E-mail"),
        help_text=gettext_lazy("The contract and the certificate come here"),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def email(request: HttpRequest, code: str) -> HttpResponse:
    """Correct a mistyped e-mail while the order is unpaid (3.1)."""
    order = readable_order(request, code)
    if order.state != OrderState.AWAITING_PAYMENT:
        return redirect(order)
    form = EmailForm(
        request.POST or None, initial={"email": order.party.email}, use_required_attribute=False
    )
    status = 200
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        try:
            take_turn(request, at=at)
            order = correct_email(
                order=order,
                email=form.cleaned_data["email"],
                confirmed=bool(form.confirmed),
                by=actor(request.user),
                at=at,
            )
        except RuleViolation as refused:
            form.add_error("email", str(refused))
            status = status_of(refused)
        else:
            response = redirect(order)
            remember_order(request, response, order)
            return response
    context = {"order": order, "form": form}
    return render(request, "enrollment/order_email.html", context, status=status)


@require_safe
def contract(request: HttpRequest, code: str) -> HttpResponse:
    """Download the proof of the contract, always the same bytes (2.3, 12.2.2)."""
    order = readable_order(request, code)
    if not hasattr(order, "acceptance"):
        raise Http404(_("There is no contract yet."))
    within = partial(a_renderer, order.code)
    pdf = contract_pdf(order, at=timezone.now(), within=within)
    return download(pdf, contract_name(order))
