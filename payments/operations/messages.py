"""What providers tell: stored first, each in its own transaction, and then handled, once (M1, M5, M7)."""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import CharField

from offer_site.prepared import Given, Prepared, insert
from payments.models import LedgerEntry, MessageKind, Outcome, Payment, ProviderMessage
from payments.providers import PROVIDERS
from payments.providers.base import Notification, TellsByMessage, UnreadableError
from payments.rules.matching import Asked, Refusal, disagreement

from .checks import judge_check
from .receipts import Receipt, record_receipt
from .refunds import record_refund

logger = logging.getLogger(__name__)
EARLIER = Prepared(
    ProviderMessage.objects.filter(
        provider=Given("provider", CharField()),
        kind=Given("kind", CharField()),
        reference=Given("reference", CharField()),
    ).order_by()
)


@dataclass(frozen=True)
class Answer:
    """What was made of a message, and what the provider hears."""

    outcome: Outcome
    code: int


def receive_message(*, provider: TellsByMessage, kind: MessageKind, body: bytes, at: datetime) -> int:
    """Store a genuine message, handle it, and return the code that the provider hears after the commit (M5).

    The same message again is answered as the first was. A check is a question about this moment: it is judged anew.
    """
    message = _store(provider, kind, body, at=at)
    if message.answer_code is not None and (kind != MessageKind.CHECK or message.outcome == Outcome.CONFLICT):
        return message.answer_code
    return handle_message(message=message, provider=provider, body=body, at=at).code


def handle_message(*, message: ProviderMessage, provider: TellsByMessage, body: bytes, at: datetime) -> Answer:
    """Make of a stored message what it says; one at once with its copy finds what the copy did.

    One that waited for another while that waited for it is handled anew: the database undid what it had begun.
    """
    kind = MessageKind(message.kind)
    try:
        told = provider.parse(kind, body)
    except UnreadableError as error:
        logger.warning("unreadable message %s: %s", message, error)
        return _note(message, Answer(Outcome.UNREADABLE, provider.code_for(kind, Refusal.CLOSED)), at=at)
    try:
        return _handle(message, told, provider, at=at, look_up=False)
    except (IntegrityError, OperationalError):
        return _handle(message, told, provider, at=at, look_up=True)


def handle_unhandled_messages(*, at: datetime) -> list[tuple[ProviderMessage, Answer | Exception]]:
    """Handle the messages that a crash left stored and unanswered; go on after a failure, and report it."""
    done: list[tuple[ProviderMessage, Answer | Exception]] = []
    for message in ProviderMessage.objects.unhandled(at).order_by("pk"):
        try:
            done.append((message, _handle_late(message, at=at)))
        except Exception as error:
            logger.exception("message %s", message)
            done.append((message, error))
    return done


def _handle_late(message: ProviderMessage, *, at: datetime) -> Answer:
    provider = PROVIDERS[message.provider]
    if message.kind == MessageKind.CHECK:  # nobody waits for the answer any more: the bank declined by itself
        return _note(message, Answer(Outcome.REFUSED, provider.code_for(MessageKind.CHECK, Refusal.CLOSED)), at=at)
    return handle_message(message=message, provider=provider, body=message.body.encode(), at=at)


def _store(provider: TellsByMessage, kind: MessageKind, body: bytes, *, at: datetime) -> ProviderMessage:
    """Find the message or store it; a reference that was told otherwise before is a conflict at once (M7)."""
    reference, digest = provider.reference_of(body), hashlib.sha256(body).hexdigest()
    earlier = EARLIER.ask(provider=provider.slug, kind=kind, reference=reference)
    known = next((message for message in earlier if message.body_sha256 == digest), None)
    if known:
        return known
    message = ProviderMessage(
        provider=provider.slug, kind=kind, reference=reference, body=provider.what_is_kept(body), body_sha256=digest,
        received_at=at,
    )  # fmt: skip
    if reference and any(message.outcome != Outcome.UNREADABLE for message in earlier):
        message.outcome, message.handled_at = Outcome.CONFLICT, at
        message.answer_code = provider.code_for(kind, Refusal.CLOSED)
    try:
        insert(message)
    except IntegrityError:  # its copy came in the same moment
        return ProviderMessage.objects.get(
            provider=provider.slug, kind=kind, reference=reference, body_sha256=digest
        )  # fmt: skip
    return message


@transaction.atomic
def _handle(
    message: ProviderMessage, told: Notification, provider: TellsByMessage, *, at: datetime, look_up: bool
) -> Answer:  # fmt: skip
    outcome, refusal = HANDLERS[told.kind](told, provider.slug, at=at, look_up=look_up)
    return _note(message, Answer(outcome, provider.code_for(told.kind, refusal)), at=at)


def _note(message: ProviderMessage, answer: Answer, *, at: datetime) -> Answer:
    """Keep what was made of the message; what a copy of it did first stays, unless it was only a question."""
    unanswered = ProviderMessage.objects.filter(pk=message.pk)
    if message.kind != MessageKind.CHECK:
        unanswered = unanswered.filter(handled_at=None)
    unanswered.update(handled_at=at, outcome=answer.outcome, answer_code=answer.code)
    return answer


@cache
def _attempts() -> Prepared[Payment]:
    """Prepare the widest query of this path."""
    attempt = {"provider": Given("provider", CharField()), "invoice_id": Given("invoice_id", CharField())}
    return Prepared(Payment.objects.with_order_locked().filter(**attempt).order_by())


def _payment_told_of(told: Notification, slug: str) -> Payment | None:
    payment = _attempts().first(provider=slug, invoice_id=told.invoice_id)
    if payment:
        # The lock's own query asked it, so that applying the balance need not.
        payment.order.learner_is_enrolled = payment.learner_is_enrolled  # type: ignore[attr-defined]
    return payment


def _disagreement(told: Notification, payment: Payment | None) -> Refusal | None:
    return disagreement(
        asked=Asked(account=payment.order.code, amount=payment.amount) if payment else None, account=told.account,
        amount=told.amount, currency=told.currency, is_test=told.is_test, test_is_allowed=settings.SANDBOX_BANK,
    )  # fmt: skip


Made = tuple[Outcome, Refusal | None]


def _check(told: Notification, slug: str, *, at: datetime, look_up: bool) -> Made:
    """Say whether an order may be paid, and hold its place a little longer if it may."""
    payment = _payment_told_of(told, slug)
    refusal = _disagreement(told, payment)
    if refusal is None and payment is not None:
        refusal = judge_check(payment=payment, at=at)
    return (Outcome.REFUSED, refusal) if refusal else (Outcome.ALLOWED, None)


def _pay(told: Notification, slug: str, *, at: datetime, look_up: bool) -> Made:
    """Record the money that came; a hold is not money yet."""
    if not told.is_final:
        return Outcome.AUTHORIZED, None
    payment = _payment_told_of(told, slug)
    receipt = Receipt(
        provider=slug, method=told.method, reference=told.reference, amount=told.amount, currency=told.currency,
        happened_at=told.happened_at, invoice_id=told.invoice_id,
    )  # fmt: skip
    order, differs = payment.order if payment else None, _disagreement(told, payment)
    return record_receipt(receipt=receipt, order=order, disagreement=differs or "", at=at, look_up=look_up), None


def _fail(told: Notification, slug: str, *, at: datetime, look_up: bool) -> Made:
    """Note why the bank declined. The customer may try again: an order never moves by it."""
    attempt = Payment.objects.filter(provider=slug, invoice_id=told.invoice_id)
    attempt.exclude(declined_at__gt=told.happened_at).update(
        declined_at=told.happened_at, decline_code=told.decline_code
    )
    return Outcome.DECLINED, None


def _refund(told: Notification, slug: str, *, at: datetime, look_up: bool) -> Made:
    """Record money that went back by the provider's own cabinet; it may be told of before the money that came."""
    return record_refund(
        provider=slug, reference=told.reference, refunds_reference=told.refunds_reference, amount=told.amount,
        happened_at=told.happened_at, currency=told.currency, invoice_id=told.invoice_id, at=at,
    ), None  # fmt: skip


def _cancel(told: Notification, slug: str, *, at: datetime, look_up: bool) -> Made:
    """Note that a hold was released; of money that was recorded as received this cannot be true."""
    received = LedgerEntry.objects.receipts().filter(provider=slug, reference=told.reference).exists()
    return Outcome.CONFLICT if received else Outcome.CANCELLED, None


HANDLERS: dict[MessageKind, Callable[..., Made]] = {
    MessageKind.CHECK: _check,
    MessageKind.PAY: _pay,
    MessageKind.CONFIRM: _pay,
    MessageKind.FAIL: _fail,
    MessageKind.REFUND: _refund,
    MessageKind.CANCEL: _cancel,
}
