"""One function for each kind of message; it locks the order that the message names (M6, M7)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.db.models import CharField, Exists, OuterRef, Subquery

from enrollment.models import Order
from enrollment.operations.ordering.balances import Obstacles
from offer_site.after_commit import call_after_commit
from offer_site.money import TIYN
from offer_site.prepared import Given, Prepared
from payments.models import (
    Allocation,
    LedgerEntry,
    ManualReceipt,
    MessageKind,
    Outcome,
    Payment,
    ProviderMessage,
)
from payments.models.payment import orders_locked
from payments.operations.ledger.fees import record_fee
from payments.operations.ledger.known import (
    known_by_hand_to_kaspi,
    known_by_registry_to_kaspi,
)
from payments.operations.ledger.locking import LockedOrder, read_obstacles, read_order
from payments.operations.ledger.receipts import Receipt, record_receipt
from payments.operations.ledger.refunds import record_refund
from payments.providers.base import Notification, TellsByMessage
from payments.rules.likeness import telling_of_moment
from payments.rules.matching import PAID_IN_FULL, PaymentAsked, Refusal, disagreement
from payments.tasks import cancel_links_task, settle_hold_task

from .checks import due_now, judge_check
from .holds import note_confirmed, note_hold, note_released

T = TypeVar("T")


class HandlerResult(NamedTuple):
    """The result of a handler; `due` is what the order lacked when it was asked."""

    outcome: Outcome
    refusal: Refusal | None = None
    order: Order | None = None
    due: int = 0


class LockedAloneError(Exception):
    """An order was locked without the others of its invoice, which come before it.

    Most orders have no invoice, and which one a message names is known by the lock's own query: so
    the transaction is left, and begun anew with all of them.
    """

    def __init__(self, order: Order) -> None:
        super().__init__(order.code)
        self.order = order.pk


class Subject(NamedTuple):
    """The locked order of a message, the amount asked for, and the commission shown."""

    locked: LockedOrder
    amount: int
    commission: Decimal
    payment: Payment | None = None
    is_entered_by_hand: bool = False
    is_told_by_registry: bool = False

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
    by_hand = ManualReceipt.objects.standing().filter(order=OuterRef("pk"))
    notified = ProviderMessage.objects.filter(
        provider=OuterRef("entry__provider"),
        reference=OuterRef("entry__reference"),
        kind=MessageKind.PAY,
    )
    by_registry = Allocation.objects.filter(
        ~Exists(notified), order=OuterRef("pk"), entry__provider=Given("provider", CharField())
    )
    orders = orders_locked().annotate(
        commission=Subquery(shown.values("commission")[:1]),
        is_entered_by_hand=Exists(by_hand),
        is_told_by_registry=Exists(by_registry),
    )
    return Prepared(orders.filter(code=Given("code", CharField())))


def _subject(notification: Notification, provider: TellsByMessage) -> Subject | None:
    """Lock what a message names: one attempt to pay, or the order and the amount due for it now."""
    if provider.names_orders:
        row: Any = _orders().first(code=notification.account, provider=provider.slug)
        if row is None:
            return None
        locked = read_order(row)
        due = due_now(locked.order, received=locked.received)
        # SQLite gives the number of a subquery with as many places as it has: 1499.90000000000.
        commission = Decimal(row.commission or 0).quantize(TIYN)
        return Subject(
            locked,
            due,
            commission,
            is_entered_by_hand=row.is_entered_by_hand,
            is_told_by_registry=row.is_told_by_registry,
        )
    payment = _attempts().first(provider=provider.slug, invoice_id=notification.invoice_id)
    if payment is None:
        return None
    locked = LockedOrder(payment.order, read_obstacles(payment))
    return Subject(locked, payment.amount, payment.commission, payment)


def _disagreement(
    notification: Notification, subject: Subject | None, provider: TellsByMessage
) -> Refusal | None:
    """How a message differs from the attempt that it names.

    For a provider that names orders the amount is not compared here: the order's balance decides.
    """
    expected = PaymentAsked(account=subject.order.code, amount=subject.amount) if subject else None
    return disagreement(
        asked=expected,
        account=notification.account,
        currency=notification.currency,
        is_test=notification.is_test,
        amount=Decimal(expected.amount)
        if expected and provider.names_orders
        else notification.amount,
        test_is_allowed=settings.SANDBOX_BANK,
    )


def _check(
    notification: Notification,
    provider: TellsByMessage,
    *,
    at: datetime,
    look_up: bool,
    beside: bool,
) -> HandlerResult:
    """Answer whether an order may be paid; if it may, its place is kept a little longer."""
    subject = _subject(notification, provider)
    refusal = _disagreement(notification, subject, provider)
    if refusal is None and subject is not None:
        refusal = judge_check(locked=subject.locked, amount=subject.amount, at=at)
    order = subject.order if subject else None
    if refusal:
        return HandlerResult(Outcome.REFUSED, refusal, order)
    return HandlerResult(Outcome.ALLOWED, None, order, subject.amount if subject else 0)


def _pay(
    notification: Notification,
    provider: TellsByMessage,
    *,
    at: datetime,
    look_up: bool,
    beside: bool,
) -> HandlerResult:
    """Record the money that came.

    A hold is not money yet, and money that the provider gives back by itself is not recorded.
    `beside`: the other orders of the invoice are locked already; else LockedAloneError is raised
    for an order of one.
    """
    subject = _subject(notification, provider)
    order = subject.order if subject else None
    if order and order.invoice_id and not beside:
        raise LockedAloneError(order)
    differs = _disagreement(notification, subject, provider)
    if not notification.is_final:
        payment = subject.payment if subject else None
        hold = note_hold(
            notification, provider=provider.slug, payment=payment, disagreement=differs or "", at=at
        )
        if hold.is_open:
            call_after_commit(settle_hold_task, hold.pk)
        return HandlerResult(Outcome.AUTHORIZED, None, order)
    differs = differs or _known_otherwise(notification, subject)
    refusal = differs or (Refusal.PAID if order and order.state in PAID_IN_FULL else None)
    if refusal in provider.gives_back and not _is_recorded(notification, provider):
        return HandlerResult(Outcome.REFUSED, refusal, order)
    receipt = Receipt(
        provider=provider.slug,
        method=notification.method,
        reference=notification.reference,
        amount=notification.amount,
        currency=notification.currency,
        happened_at=notification.happened_at,
        invoice_id=notification.invoice_id,
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
    fee = notification.fee
    if fee and fee.amount and outcome != Outcome.CONFLICT:
        entry = LedgerEntry.objects.receipts().get(
            provider=provider.slug, reference=notification.reference
        )
        record_fee(entry=entry, amount=fee.amount, source=fee.source, at=at)
    if order and outcome == Outcome.APPLIED:
        call_after_commit(cancel_links_task, order.pk)  # the order's other links
    return HandlerResult(outcome, Refusal.CLOSED if outcome == Outcome.CONFLICT else None, order)


def _confirm(
    notification: Notification,
    provider: TellsByMessage,
    *,
    at: datetime,
    look_up: bool,
    beside: bool,
) -> HandlerResult:
    """Record held money that was taken; it counts as paid at the time of the hold (4.3, O3)."""
    subject = _subject(notification, provider)
    payment = subject.payment if subject else None
    hold, contradicts = note_confirmed(notification, provider=provider.slug, payment=payment, at=at)
    happened_at = (
        min(hold.held_at, notification.happened_at) if hold.held_at else notification.happened_at
    )
    told = replace(notification, happened_at=happened_at)
    result = _pay(told, provider, at=at, look_up=True, beside=beside)
    return result._replace(outcome=Outcome.CONFLICT) if contradicts else result


def _known_otherwise(notification: Notification, subject: Subject | None) -> Refusal | None:
    """A doubt about money that staff or a registry probably told of already: a person decides.

    Only money that names the order itself is told so: an attempt's is not (M12).
    """
    if subject is None or not (subject.is_entered_by_hand or subject.is_told_by_registry):
        return None
    told = telling_of_moment(
        notification.amount, notification.happened_at, number=notification.reference
    )
    if known_by_hand_to_kaspi(subject.order, told=told):
        return Refusal.KNOWN_BY_HAND
    if subject.is_told_by_registry and known_by_registry_to_kaspi(subject.order, told=told):
        return Refusal.KNOWN_BY_REGISTRY
    return None


def _is_recorded(notification: Notification, provider: TellsByMessage) -> bool:
    return (
        LedgerEntry.objects.receipts()
        .filter(provider=provider.slug, reference=notification.reference)
        .exists()
    )


def _fail(
    notification: Notification,
    provider: TellsByMessage,
    *,
    at: datetime,
    look_up: bool,
    beside: bool,
) -> HandlerResult:
    """Note why the bank declined; the order does not move, and the customer may try again."""
    attempt = Payment.objects.filter(provider=provider.slug, invoice_id=notification.invoice_id)
    attempt.exclude(declined_at__gt=notification.happened_at).update(
        declined_at=notification.happened_at, decline_code=notification.decline_code
    )
    return HandlerResult(Outcome.DECLINED)


def _refund(
    notification: Notification,
    provider: TellsByMessage,
    *,
    at: datetime,
    look_up: bool,
    beside: bool,
) -> HandlerResult:
    """Record money given back in the provider's cabinet; it may be reported before the receipt."""
    outcome = record_refund(
        provider=provider.slug,
        reference=notification.reference,
        refunds_reference=notification.refunds_reference,
        amount=notification.amount,
        happened_at=notification.happened_at,
        currency=notification.currency,
        invoice_id=notification.invoice_id,
        at=at,
    )
    return HandlerResult(outcome)


def _cancel(
    notification: Notification,
    provider: TellsByMessage,
    *,
    at: datetime,
    look_up: bool,
    beside: bool,
) -> HandlerResult:
    """Note that a hold was released; a conflict when the money was recorded as received."""
    subject = _subject(notification, provider)
    if _is_recorded(notification, provider):
        return HandlerResult(Outcome.CONFLICT)
    note_released(
        notification, provider=provider.slug, payment=subject.payment if subject else None, at=at
    )
    return HandlerResult(Outcome.CANCELLED)


HANDLERS: dict[MessageKind, Callable[..., HandlerResult]] = {
    MessageKind.CHECK: _check,
    MessageKind.PAY: _pay,
    MessageKind.CONFIRM: _confirm,
    MessageKind.FAIL: _fail,
    MessageKind.REFUND: _refund,
    MessageKind.CANCEL: _cancel,
}


def handle(
    notification: Notification,
    provider: TellsByMessage,
    *,
    at: datetime,
    look_up: bool,
    order: int | None = None,
) -> HandlerResult:
    """Handle what a provider told, in the caller's transaction.

    Raises LockedAloneError for money of an order of an invoice: the transaction is then begun anew
    with that `order`, and all of its invoice is locked first.
    """
    if order:
        Order.objects.lock_beside(pk=order)
    handler = HANDLERS[notification.kind]
    return handler(notification, provider, at=at, look_up=look_up, beside=order is not None)


def with_its_invoice(begin: Callable[[int | None], T]) -> T:
    """The result of a transaction, begun anew if it locked an order without its invoice."""
    try:
        return begin(None)
    except LockedAloneError as alone:
        return begin(alone.order)
