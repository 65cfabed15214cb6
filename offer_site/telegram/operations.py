"""Telegram with students: links, questions with buttons, incoming updates (4.3.1).

Settings name the functions that know what a link or a button means.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from offer_site.after_commit import call_after_commit
from offer_site.errors import RuleViolation
from offer_site.journal.operations import record
from offer_site.languages import speaking
from offer_site.retries import once_more_if_beaten

from .groups import note_departed, note_joined
from .models import (
    MessageState,
    TelegramButton,
    TelegramChat,
    TelegramMessage,
    TelegramUpdate,
    UpdateKind,
)
from .outbox import send_due_messages
from .tasks import send_telegram_task
from .updates import UpdateFacts, read_update

__all__ = [
    "Press",
    "ask_again",
    "close_question",
    "deep_link",
    "give_link",
    "handle_abandoned_updates",
    "is_open",
    "note_answer",
    "queue_message",
    "receive_update",
    "send_due_messages",
]
log = logging.getLogger(__name__)
CLOCKS_DIFFER = timedelta(seconds=5)  # a worker's clock may be behind, as in the outbox of letters


@dataclass(frozen=True)
class Press:
    """A button pressed by the person of a linked chat: the choice, and what proves it."""

    choice: str
    chat_id: int
    message_id: int
    update_id: int
    question: str  # the text it stood under
    occasion: str


def is_open() -> bool:
    """True if a bot is configured; without one staff write in Telegram themselves."""
    return bool(
        settings.TELEGRAM_BOT_TOKEN and settings.TELEGRAM_BOT_NAME and settings.TELEGRAM_SECRET
    )


def give_link(*, about: tuple[str, str], language: str, at: datetime) -> TelegramChat:
    """The subject's link to the bot, made at the first call."""
    chat, _is_new = TelegramChat.objects.get_or_create(
        about_kind=about[0], about_key=about[1], defaults={"language": language, "given_at": at}
    )
    return chat


def deep_link(chat: TelegramChat) -> str:
    """The address that opens the bot in Telegram with the subject's token."""
    return f"https://t.me/{settings.TELEGRAM_BOT_NAME}?start={chat.token}"


@transaction.atomic(savepoint=False)
def queue_message(
    *,
    about: tuple[str, str],
    what: str,
    text: str,
    occasion: str = "first",
    buttons: Sequence[tuple[str, str]] = (),
    at: datetime,
) -> TelegramMessage | None:
    """Put a message with its buttons (choice, words) into the outbox; a task starts after commit.

    The chat is locked. None if the subject has no linked chat. The same message of the same
    occasion is queued once; a dead one, as after the bot was blocked, is tried again.
    """
    chat = TelegramChat.objects.of(about).linked().select_for_update().first()
    if chat is None:
        return None
    message, is_new = TelegramMessage.objects.get_or_create(
        chat=chat,
        what=what,
        occasion=occasion,
        defaults={"text": text, "queued_at": at, "next_attempt_at": at - CLOCKS_DIFFER},
    )
    if is_new:
        TelegramButton.objects.bulk_create(
            TelegramButton(message=message, choice=choice, label=label) for choice, label in buttons
        )
    elif message.state == MessageState.DEAD:
        _requeue(message, MessageState.QUEUED, at=at)
    call_after_commit(send_telegram_task, message.pk)
    return message


@transaction.atomic(savepoint=False)
def close_question(*, about: tuple[str, str], what: str, at: datetime) -> None:
    """Remove the buttons of questions that are answered elsewhere or no longer asked.

    The messages are locked; one that is still queued is never sent.
    """
    questions = TelegramMessage.objects.filter(
        chat__about_kind=about[0], chat__about_key=about[1], what=what
    )
    for message in questions.select_for_update().filter(
        state__in=[MessageState.QUEUED, MessageState.SENT]
    ):
        if message.state == MessageState.QUEUED:
            TelegramMessage.objects.filter(pk=message.pk).update(state=MessageState.CLOSED)
        else:
            _requeue(message, MessageState.CLOSING, at=at)
            call_after_commit(send_telegram_task, message.pk)


@transaction.atomic
def ask_again(*, message: TelegramMessage, by: str, at: datetime) -> TelegramMessage:
    """Queue a dead message again for staff; raises RuleViolation if it is not dead (4.3.1)."""
    message = TelegramMessage.objects.select_for_update().get(pk=message.pk)
    if message.state != MessageState.DEAD:
        raise RuleViolation(
            _("Only a message that was given up can be sent again."), clause="4.3.1"
        )
    record(
        "telegram.sent_again",
        about=("telegram", str(message.pk)),
        by=by,
        at=at,
        clause="4.3.1",
        facts={"what": message.what, "about": str(message.chat), "attempts": message.attempts},
    )
    _requeue(message, MessageState.QUEUED, at=at)
    call_after_commit(send_telegram_task, message.pk)
    return message


def receive_update(*, body: bytes, at: datetime) -> dict[str, Any]:
    """Store a genuine update, handle it once, and return the answer to Telegram; {} for no answer.

    The same update again does nothing and gets the first answer.
    """
    facts = read_update(body)
    if facts is None:
        log.warning("an update of Telegram that cannot be read, %d bytes", len(body))
        return {}
    text = body.decode(errors="replace").replace("\x00", "")
    update, _is_new = TelegramUpdate.objects.get_or_create(
        update_id=facts.number, defaults={"body": text, "received_at": at}
    )
    if update.handled_at is None:
        update = _link_and_handle(update.pk, facts, at=at)
    return _answer(facts, update.reply)


def handle_abandoned_updates(*, at: datetime) -> list[tuple[int, Exception | None]]:
    """Handle the updates that a crash left, as of the time they came; a failure stops no other."""
    done: list[tuple[int, Exception | None]] = []
    for update in TelegramUpdate.objects.unhandled(at).order_by("update_id"):
        try:
            facts = read_update(update.body.encode())
            if facts:
                _link_and_handle(update.pk, facts, at=at)
            done.append((update.update_id, None))
        except Exception as error:
            log.exception("update %s", update.update_id)
            done.append((update.update_id, error))
    return done


def _link_and_handle(key: int, facts: UpdateFacts, *, at: datetime) -> TelegramUpdate:
    if facts.kind == UpdateKind.START:
        # In its own transaction: the handler locks the subject before its chat.
        _link(facts, at=at)
    return _handle(key, facts, at=at)


@once_more_if_beaten
@transaction.atomic
def _handle(key: int, facts: UpdateFacts, *, at: datetime) -> TelegramUpdate:
    update = TelegramUpdate.objects.select_for_update().get(pk=key)
    if update.handled_at is None:
        update.kind = facts.kind
        update.handled_at = at
        update.chat, update.reply = HANDLERS[facts.kind](facts, at=update.received_at)
        update.save(update_fields=["kind", "handled_at", "chat", "reply"])
    return update


@transaction.atomic
def _link(facts: UpdateFacts, *, at: datetime) -> None:
    """Link the chat that opened a link to its subject; the first chat keeps it."""
    chat = (
        TelegramChat.objects.select_for_update().filter(token=facts.content).first()
        if facts.content
        else None
    )
    if chat and chat.chat_id in (None, facts.chat_id) and not chat.is_linked:
        chat.chat_id = facts.chat_id
        chat.linked_at = chat.linked_at or at
        chat.unlinked_at = None
        chat.save(update_fields=["chat_id", "linked_at", "unlinked_at"])


def _start(facts: UpdateFacts, *, at: datetime) -> tuple[TelegramChat | None, str]:
    """Call the subject's function for an opened link."""
    chat = TelegramChat.objects.filter(token=facts.content).first() if facts.content else None
    if chat is None:
        return None, _("Open this chat from the page of your request: its link says who you are.")
    if chat.chat_id != facts.chat_id:
        with speaking(chat.language):
            return None, _(
                "This link was opened in another chat already. If it was not you, write to us by "
                "e-mail."
            )
    return chat, _tell(settings.TELEGRAM_STARTED, chat, chat.about_key, at=at)


def _press(facts: UpdateFacts, *, at: datetime) -> tuple[TelegramChat | None, str]:
    """Call the subject's function for a pressed button; another chat's token changes nothing."""
    button = (
        TelegramButton.objects.select_related("message__chat").filter(token=facts.content).first()
    )
    if button is None or button.message.chat.chat_id != facts.chat_id:
        return None, _("This button is not in use any more.")
    message = button.message
    chat = button.message.chat
    press = Press(
        button.choice,
        facts.chat_id,
        facts.message_id,
        facts.number,
        question=message.text,
        occasion=message.occasion,
    )
    reply = _tell(settings.TELEGRAM_PRESSED, chat, chat.about_key, press, at=at)
    return chat, reply


def _left(facts: UpdateFacts, *, at: datetime) -> tuple[TelegramChat | None, str]:
    """A person blocked the bot: no message reaches their chats until they open a link again."""
    TelegramChat.objects.linked().filter(chat_id=facts.chat_id).update(unlinked_at=at)
    return TelegramChat.objects.filter(chat_id=facts.chat_id).order_by("-pk").first(), ""


def _text(facts: UpdateFacts, *, at: datetime) -> tuple[TelegramChat | None, str]:
    """The text stays in the stored update; the answer says that nobody reads it here."""
    chat = TelegramChat.objects.filter(chat_id=facts.chat_id).order_by("-linked_at", "-pk").first()
    with speaking(chat.language if chat else "kk"):
        sentence = _(
            "Nobody answers in this chat. Press a button under the question, or write to %(email)s."
        )
        return chat, sentence % {"email": settings.PROVIDER_EMAIL}


def _joined(facts: UpdateFacts, *, at: datetime) -> tuple[TelegramChat | None, str]:
    note_joined(facts, at=at)
    return None, ""


def _departed(facts: UpdateFacts, *, at: datetime) -> tuple[TelegramChat | None, str]:
    note_departed(facts, at=at)
    return None, ""


def _other(facts: UpdateFacts, *, at: datetime) -> tuple[TelegramChat | None, str]:
    return None, ""


HANDLERS: dict[UpdateKind, Callable[..., tuple[TelegramChat | None, str]]] = {
    UpdateKind.START: _start,
    UpdateKind.PRESS: _press,
    UpdateKind.LEFT: _left,
    UpdateKind.TEXT: _text,
    UpdateKind.JOINED: _joined,
    UpdateKind.DEPARTED: _departed,
    UpdateKind.OTHER: _other,
}


def _tell(named: dict[str, str], chat: TelegramChat, *words: Any, at: datetime) -> str:
    """Call the function that settings name, in the chat's language; a refusal is its answer."""
    with speaking(chat.language):
        try:
            # A refusal undoes its own changes; the update still counts as handled.
            with transaction.atomic():
                return str(import_string(named[chat.about_kind])(*words, at=at))
        except RuleViolation as refused:
            return str(refused)


def note_answer(
    *, about: tuple[str, str], what: str, occasion: str, answer: str, at: datetime
) -> None:
    """Record the answer on a question and remove its buttons; the caller has locked the subject."""
    TelegramMessage.objects.filter(
        chat__about_kind=about[0], chat__about_key=about[1], what=what, occasion=occasion, answer=""
    ).update(answer=answer, answered_at=at)
    close_question(about=about, what=what, at=at)


def _answer(facts: UpdateFacts, reply: str) -> dict[str, Any]:
    """A Bot API call in the response to Telegram's own request: no other request is needed."""
    if facts.query:
        return {
            "method": "answerCallbackQuery",
            "callback_query_id": facts.query,
            "text": reply[:200],
            "show_alert": bool(reply),
        }
    if facts.chat_id and reply:
        return {"method": "sendMessage", "chat_id": facts.chat_id, "text": reply}
    return {}


def _requeue(message: TelegramMessage, state: MessageState, *, at: datetime) -> None:
    TelegramMessage.objects.filter(pk=message.pk).update(
        state=state, attempts=0, next_attempt_at=at - CLOCKS_DIFFER, lease_until=None
    )
