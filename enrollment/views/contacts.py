"""The home address, told after the payment by whoever may open the order (5.2, 9.3)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from enrollment.forms.contacts import AddressForm
from enrollment.operations.clarification.questions import UNDER_CONTRACT
from enrollment.operations.corrections.contacts import tell_address
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor

from .access import readable_order
from .turns import status_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def address(request: HttpRequest, code: str) -> HttpResponse:
    """Ask for the address while there is none; the order's page has the same field."""
    order = readable_order(request, code)
    if order.state not in UNDER_CONTRACT or not order.party.lacks_address:
        return redirect(order)
    form = AddressForm(request.POST or None, use_required_attribute=False)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            tell_address(
                order=order,
                address=form.cleaned_data["address"],
                confirmed=bool(form.confirmed),
                by=actor(request.user),
                at=timezone.now(),
            )
        except RuleViolation as refused:
            form.add_error("address", str(refused))
            status = status_of(refused)
        else:
            messages.success(request, _("Thank you, the address is kept."))
            return redirect(order)
    context = {"order": order, "form": form}
    return render(request, "enrollment/order_address.html", context, status=status)
