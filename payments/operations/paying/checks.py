"""Whether money may be taken for an order now: asked at the start and by a provider's pre-check."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import Q

from enrollment.models import LIVE, Edition, Enrollment, Invoice, Order, Place, Withdrawal
from enrollment.operations.ordering.guardians import awaits_guardian
from enrollment.operations.places.places import claim_place, extend_hold
from enrollment.rules.order_states import OrderState
from offer_site.journal.models import Entry
from payments.models import Hold, HoldDecision
from payments.operations.ledger.locking import LockedOrder
from payments.operations.ledger.receipts import received_by
from payments.providers.bank_transfer.details import (
    TransferDetails,
    invoice_details,
    transfer_details,
)
from payments.rules.matching import Refusal, amount_due, may_not_be_paid


def due_now(order: Order, *, received: Decimal | None = None) -> int:
    """The sum due for an order now, in whole tenge; `received` where the caller has summed it."""
    return amount_due(
        state=OrderState(order.state),
        price=order.price,
        prepayment=order.prepayment,
        received=_received_so_far(order, received),
    )


def _received_so_far(order: Order, known: Decimal | None) -> Decimal | None:
    """The sum received by an order that takes money; None for an order that takes none."""
    if order.state not in (OrderState.AWAITING_PAYMENT, OrderState.PREPAID, OrderState.LAPSED):
        return None
    return received_by(order) if known is None else known


def refusal_now(
    order: Order, *, amount: int, at: datetime, received: Decimal | None = None
) -> Refusal | None:
    """Why this amount may not be taken for a locked order now; None when it may (1.1, 2.4, 4.3).

    An order that its buyer has not confirmed takes none (2.6).
    Free places are not checked here.
    """
    refusal = may_not_be_paid(
        state=OrderState(order.state),
        amount=amount,
        due=due_now(order, received=received),
        pay_before=order.pay_before,
        at=at,
    )
    if refusal or order.state != OrderState.AWAITING_PAYMENT:
        return refusal
    if order.awaits_confirmation:
        return Refusal.CLOSED
    if Withdrawal.objects.standing().filter(edition=order.edition_id).exists():
        return Refusal.CLOSED
    return Refusal.GUARDIAN if awaits_guardian(order) else None


def payable_by_transfer(order: Order, *, at: datetime) -> TransferDetails | None:
    """The details for paying an order by transfer now (4.4).

    None when the order takes no money, or the academy's bank details are not known.
    """
    due = due_now(order)
    details = transfer_details(order, amount=due)
    return None if details is None or refusal_now(order, amount=due, at=at) else details


def unpaid_of_invoice(orders: Sequence[Order], *, at: datetime) -> list[Order]:
    """The orders of an invoice that can be paid now (4.3).

    The caller has prefetched their allocations.
    """
    return [
        order
        for order in orders
        if order.state == OrderState.AWAITING_PAYMENT
        and at < order.pay_before
        and due_now(order) > 0
    ]


def invoice_payable_by_transfer(
    invoice: Invoice, orders: Sequence[Order], *, at: datetime
) -> TransferDetails | None:
    """The details for paying all unpaid orders of an invoice by one transfer (4.3, 4.4).

    None when nothing of it can be paid now.
    """
    unpaid = unpaid_of_invoice(orders, at=at)
    if not unpaid:
        return None
    editions = {order.edition_id for order in unpaid}
    if Withdrawal.objects.standing().filter(edition__in=editions).exists():
        return None
    return invoice_details(invoice, unpaid[0], amount=sum(due_now(order) for order in unpaid))


def has_a_place(order: Order, *, at: datetime) -> bool:
    """True when the order holds a place or could get one."""
    theirs = Q(order=order) | Q(order=None) | Q(held_until__lte=at)
    return Place.objects.filter(theirs, cohort=order.cohort_id).exists()


def judge_check(*, locked: LockedOrder, amount: int, at: datetime) -> Refusal | None:
    """Judge a pre-check of an amount for a locked order (4.3, 4.6).

    When there is no refusal, the place is held longer.
    """
    order = locked.order
    refusal = refusal_now(order, amount=amount, at=at, received=locked.received)
    if (
        refusal is None
        and locked.obstacles.learner_is_enrolled
        and order.state != OrderState.PREPAID
    ):
        return Refusal.CLOSED
    if refusal is None and order.state == OrderState.AWAITING_PAYMENT:
        until = at + timedelta(minutes=settings.PLACE_HOLD_AFTER_CHECK_MINUTES)
        if not extend_hold(order=order, until=until) and not _keeps_a_place(
            order, at=at, until=until
        ):
            return Refusal.NO_PLACE
    return refusal


def judge_hold(*, hold: Hold, locked: LockedOrder, at: datetime) -> Refusal | None:
    """Judge held money of a locked order as a pre-check at the bank's time of the hold would.

    Clauses 2.4, 4.3 and 4.6. The place is kept if the money may be taken. An order that the clock
    lapsed meanwhile is judged as on its day (O3); one that its buyer cancelled takes nothing.
    """
    if hold.held_at is None:
        raise ValueError(f"the hold {hold.name} has no time to be judged by")
    order = locked.order
    state = OrderState(order.state)
    is_revived = state == OrderState.LAPSED and at >= order.pay_before and not _was_cancelled(order)
    if is_revived:
        state = OrderState.AWAITING_PAYMENT
    received = _received_so_far(order, locked.received)
    due = amount_due(state=state, price=order.price, prepayment=order.prepayment, received=received)
    refusal = may_not_be_paid(
        state=state, amount=int(hold.amount), due=due, pay_before=order.pay_before, at=hold.held_at
    )
    others = (
        Hold.objects.open()
        .of_order(order)
        .filter(decision=HoldDecision.CONFIRM)
        .exclude(pk=hold.pk)
    )
    if refusal is None and others.exists():
        return Refusal.PAID
    if refusal or state != OrderState.AWAITING_PAYMENT:
        return refusal
    editions = Q(edition=order.edition_id)
    if is_revived:
        editions |= Q(edition__in=Edition.objects.in_force(at).values("pk"))
    of_learner = {"learner_key": order.learner_key, "cohort": order.cohort_id}
    is_closed = (
        order.awaits_confirmation
        or Withdrawal.objects.standing().filter(editions).exists()
        or Enrollment.objects.filter(**of_learner, state__in=LIVE).exists()
        or (is_revived and Order.objects.awaiting_payment().filter(**of_learner).exists())
    )
    if is_closed:
        return Refusal.CLOSED
    if awaits_guardian(order):
        return Refusal.GUARDIAN
    until = at + timedelta(minutes=settings.PLACE_HOLD_AFTER_CHECK_MINUTES)
    if not extend_hold(order=order, until=until) and not _keeps_a_place(order, at=at, until=until):
        return Refusal.NO_PLACE
    return None


def _was_cancelled(order: Order) -> bool:
    """True when the buyer ended a lapsed order, not the clock, by the last such journal entry."""
    ends = Entry.objects.of_order(order.code).filter(verb__in=["order.lapsed", "order.cancelled"])
    return ends.values_list("verb", flat=True).last() == "order.cancelled"


def _keeps_a_place(order: Order, *, at: datetime, until: datetime) -> bool:
    """True when the order has a place: one held long enough already, or a free one claimed now."""
    return Place.objects.filter(order=order).exists() or claim_place(
        order=order, at=at, until=until
    )
