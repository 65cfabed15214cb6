"""A Telegram of our own: it takes what the bot asks for and keeps it, answers as it is told,
and presses buttons.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

from django.test import Client
from django.urls import reverse

from tests.processes import serving

TOKEN = "12345:known-to-every-test"
NAME = "lessbek_test_bot"
SECRET = "secret-of-the-webhook"
METHODS = {
    "sendMessage",
    "answerCallbackQuery",
    "editMessageReplyMarkup",
    "setWebhook",
    "createChatInviteLink",
    "revokeChatInviteLink",
    "banChatMember",
    "unbanChatMember",
}
_updates = count(1000)


class Telegram:
    """What was asked of the Bot API, in order; `refusals` are answered first, each once."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.refusals: list[tuple[int, dict[str, Any]]] = []
        self.before: Callable[[], Any] | None = None  # called once, before the next answer
        self._numbers = count(1)
        telegram = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                data = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.answer(*telegram.answer(self.path, data))

            def answer(self, status: int, body: dict[str, Any]) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, path: str, data: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        bot, _slash, method = path.strip("/").partition("/")
        if bot != f"bot{TOKEN}":
            return 401, {"ok": False, "error_code": 401, "description": "Unauthorized"}
        if method not in METHODS:
            return 404, {"ok": False, "error_code": 404, "description": "Not Found"}
        self.asked.append((method, data))
        if self.before:
            before, self.before = self.before, None
            before()
        if self.refusals:
            status, more = self.refusals.pop(0)
            return status, {"ok": False, "error_code": status, **more}
        if method == "createChatInviteLink":
            link = f"https://t.me/+personal{next(self._numbers)}"
            return 200, {"ok": True, "result": {**data, "invite_link": link}}
        if method == "sendMessage":
            return 200, {
                "ok": True,
                "result": {"message_id": next(self._numbers), "date": 0, "chat": {"id": 1}},
            }
        return 200, {"ok": True, "result": True}

    @property
    def of_groups(self) -> list[tuple[str, Any]]:
        """What was asked about groups: the method, and whom or what it was about."""
        told = {
            "createChatInviteLink": "name",
            "revokeChatInviteLink": "invite_link",
            "banChatMember": "user_id",
            "unbanChatMember": "user_id",
        }
        return [(method, data[told[method]]) for method, data in self.asked if method in told]

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Every message that was sent."""
        return [data for method, data in self.asked if method == "sendMessage"]

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.messages]

    def button(self, number: int, *, message: int = -1) -> str:
        """Give the data of a button under one of the questions that were sent: 0 agrees,
        1 refuses.
        """
        asked = [each for each in self.messages if "reply_markup" in each]
        return asked[message]["reply_markup"]["inline_keyboard"][number][0]["callback_data"]


@contextmanager
def fake_telegram(settings: Any) -> Iterator[Telegram]:
    """Run it on a free port, with the site's bot pointed at it."""
    telegram = Telegram()
    settings.TELEGRAM_API_URL = telegram.url
    settings.TELEGRAM_BOT_TOKEN = TOKEN
    settings.TELEGRAM_BOT_NAME = NAME
    settings.TELEGRAM_SECRET = SECRET
    with serving(telegram.server):
        yield telegram


def a_start(
    token: str, *, chat: int = 77, number: int | None = None, kind: str = "private"
) -> dict[str, Any]:
    """The update of a person who opened the bot by a link."""
    return a_text(f"/start {token}", chat=chat, number=number, kind=kind)


def a_text(
    text: str, *, chat: int = 77, number: int | None = None, kind: str = "private"
) -> dict[str, Any]:
    sender = {"id": chat, "is_bot": False, "first_name": "Айгерім"}
    message = {
        "message_id": 5,
        "from": sender,
        "chat": {"id": chat, "type": kind},
        "date": 1_790_000_000,
        "text": text,
    }
    return {"update_id": number or next(_updates), "message": message}


def a_press(
    data: str, *, chat: int = 77, number: int | None = None, message: int = 1
) -> dict[str, Any]:
    """The update of a person who pressed a button."""
    pressed = {
        "message_id": message,
        "chat": {"id": chat, "type": "private"},
        "date": 1_790_000_000,
        "text": "?",
    }
    query = {
        "id": "q-1",
        "from": {"id": chat, "is_bot": False, "first_name": "Айгерім"},
        "message": pressed,
    }
    return {"update_id": number or next(_updates), "callback_query": query | {"data": data}}


def a_member(
    link: str, *, group: int, user: int = 4001, status: str = "member", second: int = 1_790_000_000
) -> dict[str, Any]:
    """The update of a person who came to a group by a link, or left it, in that second."""
    moved: dict[str, Any] = {
        "chat": {"id": group, "type": "supergroup"},
        "from": {"id": user},
        "date": second,
        "new_chat_member": {"user": {"id": user, "is_bot": False}, "status": status},
    }
    if link:
        moved["invite_link"] = {"invite_link": link, "member_limit": 1}
    return {"update_id": next(_updates), "chat_member": moved}


def a_departure(*, chat: int = 77) -> dict[str, Any]:
    """The update of a person who blocked the bot."""
    member = {
        "chat": {"id": chat, "type": "private"},
        "from": {"id": chat},
        "new_chat_member": {"status": "kicked"},
    }
    return {"update_id": next(_updates), "my_chat_member": member}


def tell(update: dict[str, Any], *, secret: str = SECRET) -> Any:
    """Post an update as Telegram does; return the answer."""
    return Client(raise_request_exception=False).post(
        reverse("telegram_callback"),
        json.dumps(update),
        content_type="application/json",
        headers={"X-Telegram-Bot-Api-Secret-Token": secret},
    )
