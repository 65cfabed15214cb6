"""What the end of a contract leaves owed, and no refund case takes up yet (12.3)."""

from django.db.models import Exists, OuterRef, QuerySet

from enrollment.models import EndingProposal, Order, ProviderEnding
from payments.models import RefundCase


def owed_after_ending(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Ended orders with money owed and no refund case, opened since the decision, that stands."""
    agreed = EndingProposal.objects.ended().filter(order=OuterRef("pk"), returned__gt=0)
    decided = ProviderEnding.objects.approved().filter(order=OuterRef("pk"), owed__gt=0)
    return orders.filter(
        Exists(agreed.filter(~taken_up_since("answered_at")))
        | Exists(decided.filter(~taken_up_since("approved_at")))
    )


def taken_up_since(decided_at: str) -> Exists:
    """True where a case of the order was opened since the decision and was not cancelled."""
    since = RefundCase.objects.filter(order=OuterRef("order"), opened_at__gte=OuterRef(decided_at))
    return Exists(since.filter(cancelled_at=None))
