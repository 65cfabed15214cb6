"""Whether money may be taken for an order at this moment: asked before an attempt, and by the provider's pre-check."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import Q

from enrollment.models import Order, Place, Withdrawal
from enrollment.operations.places import claim_place, extend_hold
from enrollment.rules.order_states import OrderState
from payments.providers.bank_transfer.details import TransferDetails, transfer_details
from payments.rules.matching import Refusal, amount_due, may_not_be_paid

from .receipts import received_by


def due_now(order: Order) -> int:
    """Tell what is due for an order now, in whole tenge."""
    return amount_due(
        state=OrderState(order.state), price=order.price, prepayment=order.prepayment, received=received_so_far(order)
    )


def received_so_far(order: Order) -> Decimal | None:
    """Tell what an order that takes money has; the lock's own query may have asked. None where it does not matter."""
    if order.state not in (OrderState.AWAITING_PAYMENT, OrderState.PREPAID, OrderState.LAPSED):
        return None
    known: Decimal | None = getattr(order, "received", None)
    return received_by(order) if known is None else known


def refusal_now(order: Order, *, amount: int, at: datetime) -> Refusal | None:
    """Say why this amount may not be taken for a locked order now, places aside; None when it may (2.4, 4.3)."""
    refusal = may_not_be_paid(
        state=OrderState(order.state), amount=amount, due=due_now(order), pay_before=order.pay_before, at=at
    )
    if refusal or order.state != OrderState.AWAITING_PAYMENT:
        return refusal
    withdrawn = Withdrawal.objects.standing().filter(edition=order.edition_id).exists()
    return Refusal.CLOSED if withdrawn else None


def payable_by_transfer(order: Order, *, at: datetime) -> TransferDetails | None:
    """Say how an order can be paid by transfer now; None when it takes no money, or the bank is not known (4.4)."""
    due = due_now(order)
    details = transfer_details(order, amount=due)
    return None if details is None or refusal_now(order, amount=due, at=at) else details


def has_a_place(order: Order, *, at: datetime) -> bool:
    """Tell whether the order holds a place or could have one."""
    theirs = Q(order=order) | Q(order=None) | Q(held_until__lte=at)
    return Place.objects.filter(theirs, cohort=order.cohort_id).exists()


def judge_check(*, order: Order, amount: int, at: datetime) -> Refusal | None:
    """Judge a pre-check of an amount for a locked order; hold the place longer if it may go on (4.3, 4.6)."""
    refusal = refusal_now(order, amount=amount, at=at)
    if refusal is None and getattr(order, "learner_is_enrolled", False) and order.state != OrderState.PREPAID:
        return Refusal.CLOSED
    if refusal is None and order.state == OrderState.AWAITING_PAYMENT:
        until = at + timedelta(minutes=settings.PLACE_HOLD_AFTER_CHECK_MINUTES)
        if not extend_hold(order=order, until=until) and not _keeps_a_place(order, at=at, until=until):
            return Refusal.NO_PLACE
    return refusal


def _keeps_a_place(order: Order, *, at: datetime, until: datetime) -> bool:
    """Find the place that is held long enough already, or claim another when the hold had ended and it was taken."""
    return Place.objects.filter(order=order).exists() or claim_place(order=order, at=at, until=until)
