"""Who saw personal data is logged (5.4)."""

from datetime import datetime

from django.db import transaction

from enrollment.models import Order
from offer_site.journal.operations import record


@transaction.atomic(savepoint=False)
def show_personal_data(*, order: Order, reason: str, by: str, at: datetime) -> Order:
    """Give the order with the party's and the learner's protected values,
    and journal who saw them and why (5.4).
    """
    order = Order.objects.locked().with_people().get(pk=order.pk)
    record(
        "personal_data.seen",
        about=("order", order.code),
        order=order.code,
        facts={"reason": reason},
        by=by,
        at=at,
        clause="5.4",
    )
    return order
