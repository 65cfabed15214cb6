"""Parsing an update of the Bot API, a pure function; whatever we do not use is `OTHER`."""

import json
from dataclasses import dataclass
from typing import Any

from .models import UpdateKind

GONE = ("kicked", "left")
LAST_SECOND = 253_402_300_799  # of the year 9999: a time beyond it is no date


@dataclass(frozen=True)
class UpdateFacts:
    """A parsed update of a private chat; `said` is the link's token, the button's, or the text."""

    number: int
    kind: UpdateKind = UpdateKind.OTHER
    chat_id: int = 0
    content: str = ""
    query: str = ""  # the press that waits for an answer
    message_id: int = 0  # the message whose button was pressed
    member: int = 0  # who came to a group or left it; `chat_id` is then the group's
    second: int = 0  # Telegram's own time of that, in Unix seconds
    was_put_out: bool = False  # by an administrator of the group


def read_update(body: bytes) -> UpdateFacts | None:
    """A parsed update; None if it is not one.

    Of groups only who came by an invite and who left is read: an agreement is made by a person.
    """
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        return None
    number = update.get("update_id") if isinstance(update, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 2**62:
        return None
    query, message, member = (
        _part(update, name) for name in ("callback_query", "message", "my_chat_member")
    )
    if query:
        asked = _part(query, "message")
        return _of_a_person(
            asked,
            UpdateFacts(
                number,
                UpdateKind.PRESS,
                content=_text(query, "data"),
                query=_text(query, "id"),
                message_id=_number(asked, "message_id"),
            ),
        )
    if member:
        gone = _text(_part(member, "new_chat_member"), "status") in GONE
        return _of_a_person(
            member, UpdateFacts(number, UpdateKind.LEFT if gone else UpdateKind.OTHER)
        )
    moved = _part(update, "chat_member")
    if moved:
        return _of_a_member(moved, number)
    command, _space, token = _text(message, "text").strip().partition(" ")
    if command == "/start":
        return _of_a_person(
            message, UpdateFacts(number, UpdateKind.START, content=token.strip()[:64])
        )
    return _of_a_person(
        message, UpdateFacts(number, UpdateKind.TEXT if message else UpdateKind.OTHER)
    )


def text_of(body: str) -> str:
    """The words that a person wrote in a stored update."""
    try:
        return _text(_part(json.loads(body), "message"), "text")
    except ValueError:
        return ""


def _of_a_person(holder: dict[str, Any], facts: UpdateFacts) -> UpdateFacts:
    chat = _part(holder, "chat")
    chat_id = _number(chat, "id")
    if chat.get("type") != "private" or not chat_id:
        return UpdateFacts(facts.number, query=facts.query)
    return UpdateFacts(
        facts.number, facts.kind, chat_id, facts.content, facts.query, facts.message_id
    )


def _of_a_member(moved: dict[str, Any], number: int) -> UpdateFacts:
    """Who came to a group by which link, who left it, and who was put out of it."""
    now = _part(moved, "new_chat_member")
    group = _part(moved, "chat").get("id")
    member = _number(_part(now, "user"), "id")
    status = _text(now, "status")
    link = _text(_part(moved, "invite_link"), "invite_link")
    if isinstance(group, int) and not isinstance(group, bool) and -(2**62) < group < 0 and member:
        second = min(_number(moved, "date"), LAST_SECOND)
        if status == "member" and link:
            return UpdateFacts(
                number, UpdateKind.JOINED, group, content=link, member=member, second=second
            )
        if status in GONE:
            return UpdateFacts(
                number,
                UpdateKind.DEPARTED,
                group,
                member=member,
                second=second,
                was_put_out=status == "kicked",
            )
    return UpdateFacts(number)


def _part(holder: Any, name: str) -> dict[str, Any]:
    found = holder.get(name) if isinstance(holder, dict) else None
    return found if isinstance(found, dict) else {}


def _text(holder: dict[str, Any], name: str) -> str:
    found = holder.get(name)
    return found if isinstance(found, str) else ""


def _number(holder: dict[str, Any], name: str) -> int:
    found = holder.get(name)
    return (
        found if isinstance(found, int) and not isinstance(found, bool) and 0 < found < 2**62 else 0
    )
