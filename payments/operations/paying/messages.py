"""Messages of providers: each is stored in its own transaction, then handled once (M1, M5, M7)."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import CharField
from django.utils.translation import gettext as _

from enrollment.models import Order
from offer_site.accounts.models import User
from offer_site.errors import RuleViolation
from offer_site.journal.operations import SYSTEM, actor, record
from offer_site.prepared import Given, Prepared, insert
from payments.models import MessageKind, Outcome, ProviderMessage
from payments.providers import PROVIDERS
from payments.providers.base import Notification, TellsByMessage, UnreadableError
from payments.rules.matching import Refusal

from .handlers import HANDLERS

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
    check is judged anew.
    """
    message = _store(provider, kind, body, at=at)
    if message.answer_code is not None and (
        kind != MessageKind.CHECK or message.outcome == Outcome.CONFLICT
    ):
        return Answer(Outcome(message.outcome), message.answer_code, message.pk)
    return handle_message(message=message, provider=provider, body=body, at=at)


def handle_message(
    *, message: ProviderMessage, provider: TellsByMessage, body: bytes, at: datetime
) -> Answer:
    """Handle a stored message; when its copy is handled at the same time, find the copy's result.

    After a deadlock it is handled once more: the database has undone the first try.
    """
    kind = MessageKind(message.kind)
    try:
        notification = provider.parse(kind, body)
    except UnreadableError as error:
        logger.warning("unreadable message %s: %s", message, error)
        return _note(
            message,
            Answer(Outcome.UNREADABLE, provider.code_for(kind, Refusal.CLOSED), message.pk),
            at=at,
        )
    try:
        return _handle(message, notification, provider, at=at, look_up=False)
    except (IntegrityError, OperationalError):
        return _handle(message, notification, provider, at=at, look_up=True)


def handle_unhandled_messages(*, at: datetime) -> list[tuple[ProviderMessage, Answer | Exception]]:
    """Handle the messages that a crash left unanswered; a failure does not stop the others."""
    done: list[tuple[ProviderMessage, Answer | Exception]] = []
    for message in ProviderMessage.objects.unhandled(at).order_by("pk"):
        try:
            done.append((message, _handle_late(message, at=at)))
        except Exception as error:
            logger.exception("message %s", message)
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
    provider = PROVIDERS[message.provider]
    if not isinstance(provider, TellsByMessage):
        raise TypeError(f"{message.provider} tells nothing by message")
    kind = MessageKind(message.kind)
    # Nobody waits for the answer to an old check: the bank has declined by itself.
    if kind == MessageKind.CHECK:
        refused = Answer(Outcome.REFUSED, provider.code_for(kind, Refusal.CLOSED), message.pk)
        return _note(message, refused, at=at)
    return handle_message(message=message, provider=provider, body=message.body.encode(), at=at)


def _store(
    provider: TellsByMessage, kind: MessageKind, body: bytes, *, at: datetime
) -> ProviderMessage:
    """Find the message or store it; other content under a known reference is a conflict (M7)."""
    reference = provider.reference_of(kind, body)
    digest = hashlib.sha256(provider.what_it_says(kind, body)).hexdigest()
    earlier = EARLIER.ask(provider=provider.slug, kind=kind, reference=reference)
    known = next(
        (message for message in earlier if message.body_sha256 == digest), None
    ) or _of_the_same_meaning(provider, kind, body, earlier)
    if known:
        return known
    message = ProviderMessage(
        provider=provider.slug,
        kind=kind,
        reference=reference,
        body=provider.what_is_kept(body),
        body_sha256=digest,
        received_at=at,
    )
    if reference and any(message.outcome != Outcome.UNREADABLE for message in earlier):
        logger.warning("message %s contradicts an earlier one", message)
        message.outcome = Outcome.CONFLICT
        message.handled_at = at
        message.answer_code = provider.code_for(kind, Refusal.CLOSED)
    try:
        insert([message])
    except IntegrityError:  # its copy came in the same moment
        return ProviderMessage.objects.get(
            provider=provider.slug, kind=kind, reference=reference, body_sha256=digest
        )
    return message


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


@transaction.atomic
def _handle(
    message: ProviderMessage,
    notification: Notification,
    provider: TellsByMessage,
    *,
    at: datetime,
    look_up: bool,
) -> Answer:
    result = HANDLERS[notification.kind](notification, provider, at=at, look_up=look_up)
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
    """Save the result of the message; the result of an earlier copy stays, except for a check."""
    unanswered = ProviderMessage.objects.filter(pk=message.pk)
    if message.kind != MessageKind.CHECK:
        unanswered = unanswered.filter(handled_at=None)
    if unanswered.update(handled_at=at, outcome=answer.outcome, answer_code=answer.code):
        return answer
    first = ProviderMessage.objects.get(pk=message.pk)
    return Answer(Outcome(first.outcome), first.answer_code or 0, first.pk)
