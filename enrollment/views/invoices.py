"""What a company can do with its invoice from its page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from enrollment.forms.report import InvoiceReportForm
from enrollment.models import ReportKind
from enrollment.operations.ordering.invoice_reports import report_invoice_payment
from enrollment.operations.ordering.invoices import cancel_invoice
from enrollment.operations.ordering.restoring import restore_invoice
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor
from offer_site.web.bodies import takes_a_document_of_anybody

from .access import readable_invoice
from .restoring import wishing_visitor
from .turns import status_of, take_document_turn, take_turn


@require_POST
def cancellation(request: HttpRequest, code: str) -> HttpResponse:
    """Cancel what is unpaid of an invoice at the company's wish (4.3)."""
    invoice = readable_invoice(request, code)
    cancel_invoice(
        invoice=invoice,
        by=actor(request.user),
        at=timezone.now(),
        no_payment_made=bool(request.POST.get("no_payment_made")),
    )
    return redirect(invoice)


@require_POST
def restoration(request: HttpRequest, code: str) -> HttpResponse:
    """Take the company's own cancellation back, while places and price are there (4.3, 4.6)."""
    invoice = readable_invoice(request, code)
    at = timezone.now()
    take_turn(request, at=at)
    visitor = wishing_visitor(request, invoice.orders.all())
    restore_invoice(invoice=invoice, visitor=visitor, by=actor(request.user), at=at)
    return redirect(invoice)


@takes_a_document_of_anybody
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, code: str) -> HttpResponse:
    """Take the report of a transfer for an invoice (4.3).

    The same report sent again changes nothing.
    """
    invoice = readable_invoice(request, code)
    at = timezone.now()
    unpaid = invoice.orders.awaiting_payment().order_by("placed_on")
    first = unpaid.filter(kept_until=None).first()
    if first is None:
        return redirect(invoice)
    typed = (request.POST, request.FILES) if request.method == "POST" else ()
    form = InvoiceReportForm(*typed, order=first, at=at)
    status = 200
    if form.is_valid():
        try:
            take_document_turn(request, form.cleaned_data["document"], at=at)
            report_invoice_payment(
                invoice=invoice,
                kind=ReportKind.TRANSFER,
                by=actor(request.user),
                at=at,
                **form.cleaned_data,
            )
        except RuleViolation as refused:
            status = status_of(refused)
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            return redirect(invoice)
    context = {"invoice": invoice, "order": first, "form": form, "is_over": at >= first.pay_before}
    return render(request, "enrollment/invoice_report.html", context, status=status)
