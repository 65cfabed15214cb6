"""What the end of a contract leaves owed to its party, and no refund case decided yet (12.3)."""

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Least

from enrollment.models import EndingProposal, ForceMajeureContract, Order, ProviderEnding
from offer_site.money import ReportedMoneyField
from payments.models import RefundCase, RefundDecision
from payments.models.received import received_sum

MONEY = ReportedMoneyField()


def owed_after_ending(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Ended orders of which money is owed, with the sum as `owed`.

    What the agreement or the decision states, at most what came and did not go back before it, less
    what refund cases have granted since. A case about the order that nobody decided yet takes up
    all of it; a case about other money takes up nothing.
    """
    open_cases = RefundCase.objects.undecided().filter(order=OuterRef("pk"), entry=None)
    stated = orders.alias(
        stated=_of_the_end("returned", "owed", "owed"),
        decided_at=_of_the_end("answered_at", "approved_at", "settled_at"),
    ).filter(stated__gt=0)
    bounded = stated.alias(
        came=received_sum("pk"),
        before=_granted(approved_at__lt=OuterRef("decided_at")),
        since=_granted(approved_at__gte=OuterRef("decided_at")),
    )
    most = Least("stated", F("came") - F("before"), output_field=MONEY)
    owed = bounded.annotate(owed=most - F("since")).filter(owed__gt=0)
    return owed.filter(~Exists(open_cases))


def _of_the_end(agreed: str, by_academy: str, by_force_majeure: str) -> Coalesce:
    """A column of whichever decision ended the order: there is one (12.3)."""
    of_order = {"order": OuterRef("pk")}
    return Coalesce(
        Subquery(EndingProposal.objects.ended().filter(**of_order).values(agreed)[:1]),
        Subquery(ProviderEnding.objects.approved().filter(**of_order).values(by_academy)[:1]),
        Subquery(
            ForceMajeureContract.objects.ended().filter(**of_order).values(by_force_majeure)[:1]
        ),
    )


def _granted(**when: object) -> Coalesce:
    """What the approved decisions of cases about the order grant."""
    decisions = RefundDecision.objects.approved().filter(
        case__order=OuterRef("pk"), case__entry=None, case__cancelled_at=None, **when
    )
    sums = decisions.order_by().values("case__order").annotate(sum=Sum("granted")).values("sum")
    return Coalesce(Subquery(sums, output_field=MONEY), Value(0), output_field=MONEY)
