"""The papers of invoices, kept while their orders may be paid (4.3, 4.4)."""

from collections.abc import Sequence

from enrollment.models import Invoice, Order
from enrollment.rules.order_states import OrderState
from offer_site.kept_papers import sweep_papers

PAYABLE = (OrderState.AWAITING_PAYMENT, OrderState.PREPAID)


def sweep_invoice_papers(*, dry_run: bool = False) -> list[str]:
    """Delete the papers of orders that ended or were paid, and of days that are over."""
    return sweep_papers(_ended, dry_run=dry_run)


def _ended(codes: Sequence[str]) -> set[str]:
    """Those codes of orders and invoices under which no money is asked for any more."""
    payable = Order.objects.filter(state__in=PAYABLE, invoice__code__in=codes)
    orders = Order.objects.filter(code__in=codes).exclude(state__in=PAYABLE)
    invoices = Invoice.objects.filter(code__in=codes).exclude(pk__in=payable.values("invoice"))
    return {*orders.values_list("code", flat=True), *invoices.values_list("code", flat=True)}
