"""Sending a queued message: leased, sent outside a transaction, recorded (N1, N2).

The Bot API has no idempotency key. A crash between sending and recording sends a question twice;
both carry the same buttons, and the first press is the answer.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from offer_site.leases import Clock, Pauses, held, sweep, take

from .client import BLOCKED, TelegramError, call
from .models import LEASE, MessageState, TelegramChat, TelegramMessage

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 12  # about twenty hours in all
PAUSES = Pauses(first=timedelta(minutes=1), longest=timedelta(hours=6))


@dataclass(frozen=True)
class MessageResult:
    """The result of one attempt: `sent`, `closed`, `postponed`, `dead` or `failed`."""

    message: int
    what: str
    result: str
    error_text: str = ""

    def __str__(self) -> str:
        return (
            f"telegram {self.result} {self.message} "
            f"{self.what}{': ' if self.error_text else ''}{self.error_text}"
        )


def send_due_messages(*, at: datetime, limit: int = 500) -> list[MessageResult]:
    """Handle every message that is due, each on its own, including those that a lost task left."""
    due = TelegramMessage.objects.due(at).order_by("next_attempt_at", "pk").only("pk", "what")
    return sweep(
        due[:limit],
        lambda message, now: send_message(message_id=message.pk, at=now),
        failed=lambda message, error: MessageResult(
            message.pk, message.what, "failed", type(error).__name__
        ),
        at=at,
    )


def send_message(*, message_id: int, at: datetime) -> MessageResult | None:
    """Send one message, or remove its buttons, if that is due and nobody else is doing it."""
    clock = Clock(at)
    message = _claim(message_id, at=at)
    if message is None:
        return None
    try:
        if message.state == MessageState.CLOSING:
            return _close(message)
        return _send(message, clock)
    except TelegramError as error:
        return _failed(message, error, at=clock.now())


def _claim(message_id: int, *, at: datetime) -> TelegramMessage | None:
    """The message, leased to this process; None if it is not due or another process has it."""
    due = TelegramMessage.objects.due(at).filter(pk=message_id)
    if not take(due, at=at, lease=LEASE):
        return None
    return TelegramMessage.objects.select_related("chat").get(pk=message_id)


def _send(message: TelegramMessage, clock: Clock) -> MessageResult:
    keyboard = [
        [{"text": each.label, "callback_data": each.token}] for each in message.buttons.all()
    ]
    data: dict[str, Any] = {
        "chat_id": message.chat.chat_id,
        "text": message.text,
        "link_preview_options": {"is_disabled": True},  # only the student may open a signed link
    }
    result = call(
        "sendMessage", data | ({"reply_markup": {"inline_keyboard": keyboard}} if keyboard else {})
    )
    number = result.get("message_id") if isinstance(result, dict) else None
    sent_second = result.get("date") if isinstance(result, dict) else None
    sent_at = (
        datetime.fromtimestamp(sent_second, UTC)
        if isinstance(sent_second, int) and sent_second > 0
        else clock.now()
    )
    sent = {"message_id": number if isinstance(number, int) else None, "sent_at": sent_at}
    done = {"lease_until": None, "last_error": "", **sent}
    if not held(message).filter(state=MessageState.QUEUED).update(state=MessageState.SENT, **done):
        # It was withdrawn while it was being sent: its buttons, which change nothing, are removed.
        TelegramMessage.objects.filter(pk=message.pk, state=MessageState.CLOSED).update(
            state=MessageState.CLOSING, next_attempt_at=clock.now(), **done
        )
    return MessageResult(message.pk, message.what, "sent")


def _close(message: TelegramMessage) -> MessageResult:
    try:
        number = {"chat_id": message.chat.chat_id, "message_id": message.message_id}
        call("editMessageReplyMarkup", number | {"reply_markup": {"inline_keyboard": []}})
    except TelegramError as error:
        if not error.was_asked or (error.retry and message.attempts < MOST_ATTEMPTS):
            raise
        # The buttons stay, but a press changes nothing any more.
        log.info("Telegram message %s keeps its buttons: %s", message.pk, error)
    held(message).update(state=MessageState.CLOSED, lease_until=None, last_error="")
    return MessageResult(message.pk, message.what, "closed")


def _failed(message: TelegramMessage, error: TelegramError, *, at: datetime) -> MessageResult:
    """Set the next attempt, growing or as Telegram asks; or mark the message as dead, for staff.

    While Telegram is left alone because it does not answer, waiting costs no attempt.
    """
    if not error.was_asked:
        held(message).update(
            attempts=message.attempts - 1,
            next_attempt_at=at + PAUSES.first,
            lease_until=None,
            last_error=str(error),
        )
        return MessageResult(message.pk, message.what, "postponed", str(error))
    if error.retry and message.attempts < MOST_ATTEMPTS:
        asked_for = timedelta(seconds=error.after) if error.after else None
        pause = asked_for or PAUSES.after(message.attempts)
        held(message).update(next_attempt_at=at + pause, lease_until=None, last_error=str(error))
        log.warning("Telegram message %s waits for another attempt: %s", message.pk, error)
        return MessageResult(message.pk, message.what, "postponed", str(error))
    held(message).update(state=MessageState.DEAD, lease_until=None, last_error=str(error))
    if error.code == BLOCKED:
        TelegramChat.objects.linked().filter(pk=message.chat_id).update(unlinked_at=at)
    log.error("Telegram message %s is given up: %s", message.pk, error)
    return MessageResult(message.pk, message.what, "dead", str(error))
