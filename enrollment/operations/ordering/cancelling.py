"""What it means that a buyer gives up unpaid orders; the caller locks them and writes (4.3)."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from enrollment.models import Order
from enrollment.operations.places.lapses import end_unpaid
from offer_site.days import almaty_day
from offer_site.errors import RuleViolation

CANCELLED = "order.cancelled"
NO_PAYMENT = "no_payment_made"


class PaymentIsAwaited(RuleViolation):
    """The buyer reported a payment that we wait for: it may be on its way."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "You told us that you paid, and we wait for the money. "
                "Cancel only if no payment was made: tick it, then cancel."
            ),
            clause="4.3",
            field=NO_PAYMENT,
        )


def give_up(
    orders: Sequence[Order], *, by: str, at: datetime, no_payment_made: bool = False
) -> None:
    """End locked unpaid orders at their buyer's wish.

    Raises PaymentIsAwaited while a report keeps one of them and the buyer does not say that no
    payment was made. Who says so is written down with it.
    """
    kept = {order.pk for order in orders if order.is_kept(at)}
    if kept and not no_payment_made:
        raise PaymentIsAwaited
    for order in orders:
        facts = {NO_PAYMENT: True} if order.pk in kept else {}
        end_unpaid(order, verb=CANCELLED, facts=facts, by=by, at=at)


def restorable_facts(order: Order, *, at: datetime) -> dict[str, str]:
    """For the letter: until when the order cancelled now may be restored, if its day is not over.

    It is restored on the day of the cancellation only, whatever day staff gave it.
    """
    return {"restore_on": almaty_day(at).isoformat()} if at < order.pay_before else {}
