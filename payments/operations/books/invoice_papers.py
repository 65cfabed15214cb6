"""The papers of invoices, kept while their orders may be paid (4.3, 4.4)."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from enrollment.models import Invoice, Order
from enrollment.rules.order_states import OrderState
from offer_site.days import almaty_day
from offer_site.file_names import file_name
from offer_site.kept_papers import kept_paper, sweep_papers
from offer_site.languages import speaking
from offer_site.notices.attachments import Attachment
from payments.operations.paying.checks import (
    due_now,
    invoice_payable_by_transfer,
    unpaid_of_invoice,
)
from payments.providers.bank_transfer.invoice import company_invoice_sheet

PAYABLE = (OrderState.AWAITING_PAYMENT, OrderState.PREPAID)


def invoice_attachment(key: str, *, at: datetime) -> list[Attachment]:
    """The invoice with this code for its letter; nothing once there is nothing to pay (4.4).

    It is the paper that the invoice's page gives: made once as long as it says the same.
    """
    invoice = Invoice.objects.get(code=key)
    orders = list(invoice.orders.with_people().prefetch_related("allocations").as_listed())
    transfer = invoice_payable_by_transfer(invoice, orders, at=at)
    if transfer is None:
        return []
    unpaid = [(order, due_now(order)) for order in unpaid_of_invoice(orders, at=at)]
    sheet = company_invoice_sheet(invoice, unpaid, transfer, issued_on=almaty_day(at))
    pdf = kept_paper(
        of=invoice.code, made_from=sheet.made_from(), make=sheet.pdf, turn=lambda: None
    )
    return [Attachment(invoice_name(invoice), "application/pdf", pdf)]


def invoice_name(invoice: Invoice) -> str:
    """The name of the file for people, in the invoice's language."""
    with speaking(invoice.language):
        return file_name(_("Invoice for payment"), invoice.code, ending="pdf")


def sweep_invoice_papers(*, dry_run: bool = False) -> list[str]:
    """Delete the papers of orders that ended or were paid, and of days that are over."""
    return sweep_papers(_ended, dry_run=dry_run)


def _ended(codes: Sequence[str]) -> set[str]:
    """Those codes of orders and invoices under which no money is asked for any more."""
    payable = Order.objects.filter(state__in=PAYABLE, invoice__code__in=codes)
    orders = Order.objects.filter(code__in=codes).exclude(state__in=PAYABLE)
    invoices = Invoice.objects.filter(code__in=codes).exclude(pk__in=payable.values("invoice"))
    return {*orders.values_list("code", flat=True), *invoices.values_list("code", flat=True)}
