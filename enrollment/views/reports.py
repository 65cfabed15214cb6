"""The page on which a buyer reports a payment made today (4.3)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from enrollment.forms.report import ReportForm
from enrollment.models import PaymentReport
from enrollment.operations.ordering.readiness import is_ready
from enrollment.operations.ordering.reports import last_day_of, report_payment
from enrollment.rules.order_states import OrderState
from offer_site.days import end_of_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor
from offer_site.web.bodies import takes_a_document_of_anybody

from .access import keep_remembering, readable_order
from .turns import status_of, take_document_turn


@takes_a_document_of_anybody
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, code: str) -> HttpResponse:
    """Take the report of a payment (4.3).

    The same report sent again changes nothing.
    """
    order = readable_order(request, code)
    at = timezone.now()
    if (
        order.state != OrderState.AWAITING_PAYMENT
        or not is_ready(order)
        or PaymentReport.objects.standing().filter(order=order).exists()
    ):
        return redirect(order)
    typed = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ReportForm(*typed, order=order, at=at)
    status = 200
    if form.is_valid():
        try:
            take_document_turn(request, form.cleaned_data["document"], at=at)
            report_payment(order=order, by=actor(request.user), at=at, **form.cleaned_data)
        except RuleViolation as refused:
            status = status_of(refused)
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            response = redirect(order)
            keep_remembering(request, response, order)
            return response
    context = {
        "order": order,
        "form": form,
        "is_over": at >= order.pay_before,
        "kept_until": end_of_day(last_day_of(order)),
    }
    return render(request, "enrollment/order_report.html", context, status=status)
