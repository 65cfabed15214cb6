"""What an order has received, summed by the database at every read (M4)."""

from decimal import Decimal

from django.db.models import DecimalField, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from enrollment.models import Order

NOTHING = Value(Decimal(0), output_field=DecimalField(max_digits=14, decimal_places=2))


def received_sum(order: str) -> Coalesce:
    """The sum allocated to the order whose key is in this column (M4)."""
    orders = Order.objects.filter(pk=OuterRef(order)).order_by().values("pk")
    return Coalesce(
        Subquery(orders.annotate(total=Sum("allocations__amount")).values("total")), NOTHING
    )
