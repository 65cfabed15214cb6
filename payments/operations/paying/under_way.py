"""Is money of an order on its way, as far as a payment system told us or its buyer went?"""

from datetime import datetime

from django.db.models import Q

from enrollment.models import Order
from payments.models import Hold, InstallmentApplication, LedgerEntry, Payment
from payments.models.installment import Decision
from payments.models.payment import LINK_IS_FRESH_FOR


def is_under_way(order: Order, *, at: datetime) -> bool:
    """True if the bank holds the money, a bank decides on a credit, money waits for a person, or
    the buyer opened a payment's link in the last half hour.
    """
    payments = Payment.objects.of_order(order)
    if payments.undecided().filter(started_at__gt=at - LINK_IS_FRESH_FOR).exists():
        return True
    if Hold.objects.open().of_order(order).exists():
        return True
    applied = InstallmentApplication.objects.filter(order=order).exclude(decision=Decision.REFUSED)
    if applied.exists():
        return True
    named = Q(invoice_id=order.code) | Q(invoice_id__in=payments.values("invoice_id"))
    return LedgerEntry.objects.waiting().filter(named).exists()
