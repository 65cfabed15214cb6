"""One function for each kind of message; it locks the order that the message names (M6, M7)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import CharField, OuterRef, Subquery

from enrollment.models import Order
from enrollment.operations.ordering.balances import Obstacles
from offer_site.after_commit import call_after_commit
from offer_site.prepared import Given, Prepared
from payments.models import FeeSource, LedgerEntry, MessageKind, Outcome, Payment
from payments.models.payment import orders_locked
from payments.operations.ledger.fees import record_fee
from payments.operations.ledger.locking import LockedOrder, read_obstacles, read_order
from payments.operations.ledger.receipts import Receipt, record_receipt
from payments.operations.ledger.refunds import record_refund
from payments.providers.base import Notification, TellsByMessage
from payments.rules.matching import PAID_IN_FULL, Asked, Refusal, disagreement
from payments.tasks import cancel_links_task, settle_hold_task

from .checks import due_now, judge_check
from .holds import note_confirmed, note_hold, note_released


class Made(NamedTuple):
    """The result of a handler; `due` is what the order lacked when it was asked."""

    outcome: Outcome
    refusal: Refusal | None = None
    order: Order | None = None
    due: int = 0


class Subject(NamedTuple):
    """The locked order of a message, the amount asked for, and the commission shown."""

    locked: LockedOrder
    amount: int
    commission: Decimal
    payment: Payment | None = None

    @property
    def order(self) -> Order:
        return self.locked.order

    @property
    def obstacles(self) -> Obstacles:
        return self.locked.obstacles


@cache
def _attempts() -> Prepared[Payment]:
    """The prepared query of a message that names an attempt: the largest query of a payment."""
    attempt = {
        "provider": Given("provider", CharField()),
        "invoice_id": Given("invoice_id", CharField()),
    }
    return Prepared(Payment.objects.with_order_locked().filter(**attempt).order_by())


@cache
def _orders() -> Prepared[Order]:
    """The prepared query of a provider whose messages name the order itself."""
    shown = Payment.objects.filter(
        order=OuterRef("pk"), provider=Given("provider", CharField())
    ).latest_first()
    orders = orders_locked().annotate(commission=Subquery(shown.values("commission")[:1]))
    return Prepared(orders.filter(code=Given("code", CharField())))


def _subject(told: Notification, provider: TellsByMessage) -> Subject | None:
    """Lock what a message names: one attempt to pay, or the order and the amount due for it now."""
    if provider.names_orders:
        row: Any = _orders().first(code=told.account, provider=provider.slug)
        if row is None:
            return None
        locked = read_order(row)
        due = due_now(locked.order, received=locked.received)
        return Subject(locked, due, row.commission or Decimal(0))
    payment = _attempts().first(provider=provider.slug, invoice_id=told.invoice_id)
    if payment is None:
        return None
    locked = LockedOrder(payment.order, read_obstacles(payment))
    return Subject(locked, payment.amount, payment.commission, payment)


def _disagreement(
    told: Notification, subject: Subject | None, provider: TellsByMessage
) -> Refusal | None:
    """How a message differs from the attempt that it names.

    For a provider that names orders the amount is not compared here: the order's balance decides.
    """
    asked = Asked(account=subject.order.code, amount=subject.amount) if subject else None
    return disagreement(
        asked=asked,
        account=told.account,
        currency=told.currency,
        is_test=told.is_test,
        amount=Decimal(asked.amount) if asked and provider.names_orders else told.amount,
        test_is_allowed=settings.SANDBOX_BANK,
    )


def _check(told: Notification, provider: TellsByMessage, *, at: datetime, look_up: bool) -> Made:
    """Answer whether an order may be paid; if it may, hold its place a little longer."""
    subject = _subject(told, provider)
    refusal = _disagreement(told, subject, provider)
    if refusal is None and subject is not None:
        refusal = judge_check(locked=subject.locked, amount=subject.amount, at=at)
    order = subject.order if subject else None
    if refusal:
        return Made(Outcome.REFUSED, refusal, order)
    return Made(Outcome.ALLOWED, None, order, subject.amount if subject else 0)


def _pay(told: Notification, provider: TellsByMessage, *, at: datetime, look_up: bool) -> Made:
    """Record the money that came.

    A hold is not money yet, and money that the provider gives back by itself is not recorded.
    """
    subject = _subject(told, provider)
    order = subject.order if subject else None
    differs = _disagreement(told, subject, provider)
    if not told.is_final:
        payment = subject.payment if subject else None
        hold = note_hold(
            told, provider=provider.slug, payment=payment, disagreement=differs or "", at=at
        )
        if hold.is_open:
            call_after_commit(settle_hold_task, hold.pk)
        return Made(Outcome.AUTHORIZED, None, order)
    refusal = differs or (Refusal.PAID if order and order.state in PAID_IN_FULL else None)
    if refusal in provider.gives_back and not _is_recorded(told, provider):
        return Made(Outcome.REFUSED, refusal, order)
    receipt = Receipt(
        provider=provider.slug,
        method=told.method,
        reference=told.reference,
        amount=told.amount,
        currency=told.currency,
        happened_at=told.happened_at,
        invoice_id=told.invoice_id,
        commission=subject.commission if subject else Decimal(0),
    )
    outcome = record_receipt(
        receipt=receipt,
        order=order,
        obstacles=subject.obstacles if subject else None,
        disagreement=differs or "",
        at=at,
        look_up=look_up,
    )
    # The fee of a hold that we took comes only with its Confirm message.
    if told.fee and outcome != Outcome.CONFLICT:
        entry = LedgerEntry.objects.receipts().get(provider=provider.slug, reference=told.reference)
        record_fee(entry=entry, amount=told.fee, source=FeeSource.CARD, at=at)
    if order and outcome == Outcome.APPLIED:
        call_after_commit(cancel_links_task, order.pk)  # the order's other links
    return Made(outcome, Refusal.CLOSED if outcome == Outcome.CONFLICT else None, order)


def _confirm(told: Notification, provider: TellsByMessage, *, at: datetime, look_up: bool) -> Made:
    """Record held money that was taken; it counts as paid at the time of the hold (4.3, O3)."""
    subject = _subject(told, provider)
    payment = subject.payment if subject else None
    hold, contradicts = note_confirmed(told, provider=provider.slug, payment=payment, at=at)
    happened_at = min(hold.held_at, told.happened_at) if hold.held_at else told.happened_at
    made = _pay(replace(told, happened_at=happened_at), provider, at=at, look_up=True)
    return made._replace(outcome=Outcome.CONFLICT) if contradicts else made


def _is_recorded(told: Notification, provider: TellsByMessage) -> bool:
    return (
        LedgerEntry.objects.receipts()
        .filter(provider=provider.slug, reference=told.reference)
        .exists()
    )


def _fail(told: Notification, provider: TellsByMessage, *, at: datetime, look_up: bool) -> Made:
    """Note why the bank declined; the order does not move, and the customer may try again."""
    attempt = Payment.objects.filter(provider=provider.slug, invoice_id=told.invoice_id)
    attempt.exclude(declined_at__gt=told.happened_at).update(
        declined_at=told.happened_at, decline_code=told.decline_code
    )
    return Made(Outcome.DECLINED)


def _refund(told: Notification, provider: TellsByMessage, *, at: datetime, look_up: bool) -> Made:
    """Record money given back in the provider's cabinet; it may be reported before the receipt."""
    outcome = record_refund(
        provider=provider.slug,
        reference=told.reference,
        refunds_reference=told.refunds_reference,
        amount=told.amount,
        happened_at=told.happened_at,
        currency=told.currency,
        invoice_id=told.invoice_id,
        at=at,
    )
    return Made(outcome)


def _cancel(told: Notification, provider: TellsByMessage, *, at: datetime, look_up: bool) -> Made:
    """Note that a hold was released; a conflict when the money was recorded as received."""
    subject = _subject(told, provider)
    if _is_recorded(told, provider):
        return Made(Outcome.CONFLICT)
    note_released(told, provider=provider.slug, payment=subject.payment if subject else None, at=at)
    return Made(Outcome.CANCELLED)


HANDLERS: dict[MessageKind, Callable[..., Made]] = {
    MessageKind.CHECK: _check,
    MessageKind.PAY: _pay,
    MessageKind.CONFIRM: _confirm,
    MessageKind.FAIL: _fail,
    MessageKind.REFUND: _refund,
    MessageKind.CANCEL: _cancel,
}
