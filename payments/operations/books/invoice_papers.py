"""The papers of invoices, kept while their orders may be paid (4.3, 4.4)."""

from collections.abc import Sequence

from enrollment.models import Order
from enrollment.rules.order_states import OrderState
from offer_site.kept_papers import sweep_papers

PAYABLE = (OrderState.AWAITING_PAYMENT, OrderState.PREPAID)


def sweep_invoice_papers() -> list[str]:
    """Delete the papers of orders that ended or were paid, and of days that are over."""
    return sweep_papers(_payable)


def _payable(codes: Sequence[str]) -> set[str]:
    """Those codes of orders and invoices under which money may still be asked for."""
    payable = Order.objects.filter(state__in=PAYABLE)
    orders = payable.filter(code__in=codes).values_list("code", flat=True)
    invoices = payable.filter(invoice__code__in=codes).values_list("invoice__code", flat=True)
    return {*orders, *invoices}
