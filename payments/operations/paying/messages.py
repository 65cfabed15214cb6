"""Messages of providers: each is stored in its own transaction, then handled once (M1, M5, M7)."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import DataError, IntegrityError, OperationalError, transaction
from django.db.models import BigIntegerField, CharField, DateTimeField, IntegerField, Q
from django.utils.translation import gettext as _

from enrollment.models import Order
from offer_site.accounts.models import User
from offer_site.errors import RuleViolation
from offer_site.journal.operations import SYSTEM, actor, record
from offer_site.prepared import Given, Prepared, PreparedUpdate, insert
from payments.models import MessageKind, Outcome, ProviderMessage
from payments.providers import PROVIDERS
from payments.providers.base import Notification, TellsByMessage, UnreadableError
from payments.rules.matching import Refusal

from .confirming import NotConfirmedError, confirm_message
from .handlers import handle, with_its_invoice

logger = logging.getLogger(__name__)
# What was told of a reference before, in this kind or as a question.
EARLIER = Prepared(
    ProviderMessage.objects.filter(
        Q(kind=Given("kind", CharField())) | Q(kind=MessageKind.CHECK),
        provider=Given("provider", CharField()),
        reference=Given("reference", CharField()),
    ).order_by()
)
_THIS_MESSAGE = ProviderMessage.objects.filter(pk=Given("pk", BigIntegerField()))
_RESULT: dict[str, Any] = {
    "handled_at": Given("at", DateTimeField()),
    "outcome": Given("outcome", CharField()),
    "answer_code": Given("code", IntegerField()),
}
NOTE_ANSWER = PreparedUpdate(_THIS_MESSAGE, **_RESULT)
NOTE_FIRST_ANSWER = PreparedUpdate(
    _THIS_MESSAGE.filter(Q(handled_at=None) | Q(outcome=Outcome.UNCONFIRMED)), **_RESULT
)
# A clock that runs ahead; beyond it a provider's time is a mistake, and no money has it.
AHEAD = timedelta(days=1)
# The provider tells again for two days. Who has not been answered by then is told to a person.
TRIED_FOR = timedelta(days=1)
# These contradict nothing that comes later.
SAID_NOTHING = (Outcome.UNREADABLE, Outcome.UNCONFIRMED)


@dataclass(frozen=True)
class Answer:
    """The result of a message: `code` is answered to the provider, `number` is our number of it."""

    outcome: Outcome
    code: int
    number: int
    order: Order | None = None
    due: int = 0


def receive_message(
    *, provider: TellsByMessage, kind: MessageKind, body: bytes, at: datetime
) -> Answer:
    """Store a genuine message, handle it, and return the answer to send after the commit (M5).

    A repeated message gets the first answer again. A check asks about this moment, so a repeated
    check is judged anew; so is what the provider did not confirm, for it may be true by now.
    """
    message, checks = _store(provider, kind, body, at=at)
    is_judged_anew = (
        kind == MessageKind.CHECK and message.outcome != Outcome.CONFLICT
    ) or message.outcome == Outcome.UNCONFIRMED
    if message.answer_code is not None and not is_judged_anew:
        return Answer(Outcome(message.outcome), message.answer_code, message.pk)
    return handle_message(message=message, provider=provider, body=body, checks=checks, at=at)


def handle_message(
    *,
    message: ProviderMessage,
    provider: TellsByMessage,
    body: bytes,
    checks: Sequence[ProviderMessage],
    at: datetime,
) -> Answer:
    """Handle a stored message; when its copy is handled at the same time, find the copy's result.

    After a deadlock it is handled once more: the database has undone the first try. What the
    database cannot take, however often, counts as unreadable. Talks to the network where a message
    needs its provider's word (`confirm_message`); `checks` are the stored Checks of its reference.
    """
    kind = MessageKind(message.kind)
    try:
        notification = provider.parse(kind, body)
        if notification.happened_at > message.received_at + AHEAD:
            raise UnreadableError(f"told before it happened: {notification.happened_at}")
        notification = confirm_message(notification, provider=provider, checks=checks)
    except UnreadableError as error:
        return _unreadable(message, provider, error, at=at)
    except NotConfirmedError as error:
        return _unconfirmed(message, provider, error, at=at)
    try:
        return _handle(message, notification, provider, at=at, look_up=False)
    except (IntegrityError, OperationalError):
        pass
    except (DataError, ArithmeticError) as error:
        return _unreadable(message, provider, error, at=at)
    try:
        return _handle(message, notification, provider, at=at, look_up=True)
    except (IntegrityError, DataError, ArithmeticError) as error:
        return _unreadable(message, provider, error, at=at)


def handle_unhandled_messages(*, at: datetime) -> list[tuple[ProviderMessage, Answer | Exception]]:
    """Handle the messages that a crash left unanswered, or that their provider must confirm.

    A failure does not stop the others. What fails for a day is told to a person and not tried
    again.
    """
    done: list[tuple[ProviderMessage, Answer | Exception]] = []
    for message in ProviderMessage.objects.unhandled(at).order_by("pk"):
        try:
            done.append((message, _handle_late(message, at=at)))
        except Exception as error:
            logger.exception("message %s", message)
            if message.received_at <= at - TRIED_FOR and not isinstance(error, OperationalError):
                _unreadable(message, _teller_of(message), error, at=at)
            done.append((message, error))
    return done


@transaction.atomic
def settle_message(
    *, message: ProviderMessage, reason: str, by: User, at: datetime
) -> ProviderMessage:
    """Record what a person found about a message in conflict; the message does not change (M7)."""
    message = ProviderMessage.objects.select_for_update().get(pk=message.pk)
    if not ProviderMessage.objects.conflicts().filter(pk=message.pk).exists():
        raise RuleViolation(_("This message does not wait for a person."))
    message.looked_at = at
    message.looked_by = actor(by)
    message.reason = reason
    message.save(update_fields=["looked_at", "looked_by", "reason"])
    facts = {
        "provider": message.provider,
        "reference": message.reference,
        "outcome": message.outcome,
    }
    record(
        "message.settled",
        about=("message", str(message.pk)),
        facts=facts,
        by=actor(by),
        at=at,
        clause="4.4",
    )
    return message


def _handle_late(message: ProviderMessage, *, at: datetime) -> Answer:
    provider = _teller_of(message)
    kind = MessageKind(message.kind)
    # Nobody waits for the answer to an old check: the bank has declined by itself.
    if kind == MessageKind.CHECK:
        refused = Answer(Outcome.REFUSED, provider.code_for(kind, Refusal.CLOSED), message.pk)
        return _note(message, refused, at=at)
    earlier = EARLIER.ask(provider=provider.slug, kind=kind, reference=message.reference)
    return handle_message(
        message=message,
        provider=provider,
        body=message.body.encode(),
        checks=_checks_among(earlier),
        at=at,
    )


def _teller_of(message: ProviderMessage) -> TellsByMessage:
    provider = PROVIDERS[message.provider]
    if not isinstance(provider, TellsByMessage):
        raise TypeError(f"{message.provider} tells nothing by message")
    return provider


def _checks_among(messages: Sequence[ProviderMessage]) -> list[ProviderMessage]:
    return [message for message in messages if message.kind == MessageKind.CHECK]


def _store(
    provider: TellsByMessage, kind: MessageKind, body: bytes, *, at: datetime
) -> tuple[ProviderMessage, list[ProviderMessage]]:
    """Find the message or store it, and find the Checks of its reference.

    Other content under a known reference is a conflict (M7).
    """
    reference = provider.reference_of(kind, body)
    digest = hashlib.sha256(provider.what_it_says(kind, body)).hexdigest()
    related = EARLIER.ask(provider=provider.slug, kind=kind, reference=reference)
    checks = _checks_among(related) if reference else []
    earlier = [message for message in related if message.kind == kind]
    known = next(
        (message for message in earlier if message.body_sha256 == digest), None
    ) or _of_the_same_meaning(provider, kind, body, earlier)
    if known:
        return known, checks
    message = ProviderMessage(
        provider=provider.slug,
        kind=kind,
        reference=reference,
        body=provider.what_is_kept(body),
        body_sha256=digest,
        received_at=at,
    )
    if reference and any(message.outcome not in SAID_NOTHING for message in earlier):
        logger.warning("message %s contradicts an earlier one", message)
        message.outcome = Outcome.CONFLICT
        message.handled_at = at
        message.answer_code = provider.code_for(kind, Refusal.CLOSED)
    try:
        insert([message])
    except IntegrityError:  # its copy came in the same moment
        message = ProviderMessage.objects.get(
            provider=provider.slug, kind=kind, reference=reference, body_sha256=digest
        )
    return message, checks


def _unreadable(
    message: ProviderMessage, provider: TellsByMessage, error: Exception, *, at: datetime
) -> Answer:
    """Store that a message cannot be understood: it is answered, and a person looks at it."""
    is_ours = not isinstance(error, UnreadableError)  # the message was read, and did not fit
    logger.warning("unreadable message %s: %s", message, error, exc_info=error if is_ours else None)
    code = provider.code_for(MessageKind(message.kind), Refusal.CLOSED)
    return _note(message, Answer(Outcome.UNREADABLE, code, message.pk), at=at)


def _unconfirmed(
    message: ProviderMessage, provider: TellsByMessage, error: NotConfirmedError, *, at: datetime
) -> Answer:
    """Store that the provider does not confirm a message; a person looks at it in the end.

    Until then the provider is asked to tell it again, and the clock asks too.
    """
    logger.warning("message %s is not confirmed: %s", message, error)
    kind = MessageKind(message.kind)
    if error.is_final or message.received_at <= at - TRIED_FOR:
        code = provider.code_for(kind, Refusal.CLOSED)
        return _note(message, Answer(Outcome.UNCONFIRMED, code, message.pk), at=at)
    ProviderMessage.objects.filter(pk=message.pk, handled_at=None).update(
        outcome=Outcome.UNCONFIRMED
    )
    code = provider.code_for(kind, Refusal.UNCONFIRMED)
    return Answer(Outcome.UNCONFIRMED, code, message.pk)


def _of_the_same_meaning(
    provider: TellsByMessage, kind: MessageKind, body: bytes, earlier: Sequence[ProviderMessage]
) -> ProviderMessage | None:
    """An earlier message that says the same in other bytes: fields in another order, or more."""
    if not earlier:
        return None
    try:
        meaning = _meaning(provider.parse(kind, body))
    except UnreadableError:
        return None
    # The first answer is repeated, not that of a contradiction which came later.
    for message in sorted(earlier, key=lambda each: each.pk):
        try:
            if _meaning(provider.parse(kind, message.body.encode())) == meaning:
                return message
        except UnreadableError:
            continue
    return None


def _meaning(notification: Notification) -> Notification:
    """What must not change when a message is repeated: a fee and a card's name may be added."""
    return replace(notification, fee=None, method="")


def _handle(
    message: ProviderMessage,
    notification: Notification,
    provider: TellsByMessage,
    *,
    at: datetime,
    look_up: bool,
) -> Answer:
    """Handle a message; an order of an invoice is locked with all others of it (9.5)."""
    return with_its_invoice(
        lambda order: _handle_locked(
            message, notification, provider, at=at, look_up=look_up, order=order
        )
    )


@transaction.atomic
def _handle_locked(
    message: ProviderMessage,
    notification: Notification,
    provider: TellsByMessage,
    *,
    at: datetime,
    look_up: bool,
    order: int | None,
) -> Answer:
    result = handle(notification, provider, at=at, look_up=look_up, order=order)
    answer = Answer(
        result.outcome,
        provider.code_for(notification.kind, result.refusal),
        message.pk,
        result.order,
        result.due,
    )
    noted = _note(message, answer, at=at)
    if (
        noted is answer
        and result.outcome == Outcome.REFUSED
        and notification.kind == MessageKind.PAY
    ):
        facts = {
            "reference": notification.reference,
            "amount": str(notification.amount),
            "reason": str(result.refusal),
        }
        record(
            "receipt.refused",
            about=("receipt", f"{provider.slug} {notification.reference}"[:64]),
            facts=facts,
            order=result.order.code if result.order else "",
            by=SYSTEM,
            at=at,
            clause="4.4",
        )
    return noted


def _note(message: ProviderMessage, answer: Answer, *, at: datetime) -> Answer:
    """Save the result of the message; the result of an earlier copy stays, except for a check.

    What the provider did not confirm before is confirmed now.
    """
    note = NOTE_ANSWER if message.kind == MessageKind.CHECK else NOTE_FIRST_ANSWER
    if note.make(pk=message.pk, at=at, outcome=answer.outcome, code=answer.code):
        return answer
    first = ProviderMessage.objects.get(pk=message.pk)
    return Answer(Outcome(first.outcome), first.answer_code or 0, first.pk)
