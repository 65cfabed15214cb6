"""The page on which a buyer reports an application for credit at a bank (4.4)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from enrollment.operations.ordering.readiness import is_ready
from enrollment.rules.order_states import OrderState
from enrollment.views.access import readable_order
from enrollment.views.turns import status_of, take_document_turn
from offer_site.days import almaty_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor
from offer_site.web.bodies import takes_a_document_of_anybody
from payments.models import InstallmentBank
from payments.operations.paying.checks import due_now
from payments.operations.paying.installments import state_application
from payments.rules.fees import monthly_sum

from .forms import ApplicationForm


@takes_a_document_of_anybody
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def instalments(request: HttpRequest, code: str) -> HttpResponse:
    """Show the banks, then the form of one; an approval of today holds the order (4.3)."""
    order = readable_order(request, code)
    at = timezone.now()
    if order.state != OrderState.AWAITING_PAYMENT or not is_ready(order):
        return redirect(order)
    banks = list(InstallmentBank.objects.offered())
    chosen = request.GET.get("bank", "")
    bank = next((each for each in banks if len(banks) == 1 or str(each.pk) == chosen), None)
    context = {"order": order, "banks": banks, "bank": bank}
    if bank is None:
        return render(request, "payments/instalments.html", context)
    due = due_now(order)
    a_month = monthly_sum(due, months=bank.months) if bank.months else None
    context |= {"due": due, "a_month": a_month}
    typed = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ApplicationForm(*typed, bank=bank, initial={"decided_on": f"{almaty_day(at):%d.%m.%Y}"})
    status = 200
    if form.is_valid():
        document = form.cleaned_data["document"]
        by = actor(request.user)
        try:
            take_document_turn(request, document, at=at)
            _application, report = state_application(
                order=order, bank=bank, answer=form.answer(), document=document, by=by, at=at
            )
        except RuleViolation as refused:
            status = status_of(refused)
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            if report is None:
                messages.success(
                    request, _("We have noted it. Tell us on this page when the bank approves.")
                )
                return redirect("order_instalments", code=order.code)
            return redirect(order)
    return render(request, "payments/instalments.html", context | {"form": form}, status=status)
