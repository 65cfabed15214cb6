"""The bot (4.3.1): links, questions with buttons, updates taken once;
every way in which Telegram does not answer.
"""

import json
import time
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from offer_site.telegram import client
from offer_site.telegram.client import TelegramError, call
from offer_site.telegram.models import MessageState, TelegramChat, TelegramMessage, TelegramUpdate
from offer_site.telegram.operations import (
    close_question,
    deep_link,
    give_link,
    handle_abandoned_updates,
    queue_message,
    receive_update,
)
from offer_site.telegram.outbox import MOST_ATTEMPTS, send_due_messages, send_message
from offer_site.telegram.updates import read_update
from tests.given import NOON
from tests.telegram import (
    NAME,
    SECRET,
    TOKEN,
    Telegram,
    a_departure,
    a_press,
    a_start,
    a_text,
    fake_telegram,
    tell,
)
from tests.test_breakers import a_silent_server, all_at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.clause("4.3.1")]
ABOUT = ("thing", "T1")


@pytest.fixture
def telegram(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = False  # the doorbell is lost: the clock sends
    settings.CELERY_BROKER_URL = "memory://"
    settings.TELEGRAM_STARTED = {"thing": "tests.test_telegram.started"}
    settings.TELEGRAM_PRESSED = {"thing": "tests.test_telegram.pressed"}
    told.clear()
    with fake_telegram(settings) as telegram:
        yield telegram


told: list = []


def started(key, *, at):
    told.append(("started", key))
    return "Сәлем"


def pressed(key, press, *, at):
    told.append((press.choice, key))
    if press.choice == "fail":
        raise ZeroDivisionError
    return "Болды"


def a_chat(*, chat: int = 77) -> TelegramChat:
    link = give_link(about=ABOUT, language="kk", at=NOON)
    assert tell(a_start(link.token, chat=chat)).status_code == 200
    return TelegramChat.objects.get(pk=link.pk)


def a_question(**more):
    wanted = {
        "about": ABOUT,
        "what": "question",
        "text": "Келісесіз бе?",
        "buttons": [("yes", "Иә"), ("no", "Жоқ")],
    }
    return queue_message(**(wanted | more), at=NOON)


# --- A Telegram that takes the connection and says nothing
def test_a_silent_telegram_holds_no_worker_and_costs_messages_no_attempts(
    telegram, settings, monkeypatch
):
    monkeypatch.setattr(client, "SECONDS", 1.2)
    a_chat()
    for number in range(8):
        a_question(occasion=str(number), buttons=[])
    with a_silent_server() as (url, taken):
        settings.TELEGRAM_API_URL = url
        began = time.monotonic()
        assert {each.result for each in send_due_messages(at=NOON)} == {"postponed"}
        assert time.monotonic() - began < 4  # two wait, six are not even asked
        assert len(taken) == 2
        for minute in range(3):
            send_due_messages(at=NOON + timedelta(minutes=2 + minute))
        assert len(taken) == 2
    messages = TelegramMessage.objects.all()
    assert sorted(each.attempts for each in messages) == [0] * 6 + [1] * 2
    settings.TELEGRAM_API_URL = telegram.url
    sent = send_due_messages(at=NOON + timedelta(hours=1))
    assert [each.result for each in sent] == ["sent"] * 8


def test_a_silent_telegram_holds_no_page(telegram, settings, monkeypatch):
    """Sixteen threads of one process: two wait, the others go on within a second or so."""
    monkeypatch.setattr(client, "SECONDS", 2)
    with a_silent_server() as (url, taken):
        settings.TELEGRAM_API_URL = url

        def ask():
            began = time.monotonic()
            with pytest.raises(TelegramError):
                call("sendMessage", {})
            return time.monotonic() - began

        waits = sorted(all_at_once([ask] * 16))
    assert len(taken) == 2
    assert max(waits[:14]) < 1.7
    assert max(waits) < 3


# --- Who speaks
@pytest.mark.parametrize("secret", ["", "wrong", "құпия".encode().decode("latin-1")])
def test_an_update_without_the_secret_leaves_one_line_and_no_row(telegram, caplog, secret):
    link = give_link(about=ABOUT, language="kk", at=NOON)
    assert tell(a_start(link.token), secret=secret).status_code == 403
    assert TelegramUpdate.objects.count() == 0
    assert sum("wrong secret" in line for line in caplog.messages) == 1
    link.refresh_from_db()
    assert link.chat_id is None


def test_without_a_secret_of_ours_nobody_is_believed(telegram, settings):
    settings.TELEGRAM_SECRET = ""
    assert tell(a_text("?"), secret="").status_code == 403


def test_only_posts_of_bearable_length_are_read(telegram, client):
    assert client.get("/callbacks/telegram/").status_code == 405
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    big = client.post(
        "/callbacks/telegram/", "x" * 200_001, content_type="application/json", headers=headers
    )
    assert big.status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"update_id": true}',
        b'{"update_id": "1"}',
        b'{"update_id": -1}',
        b'{"update_id": 1e400}',
        b"[" * 5000,
    ],
)
def test_what_is_no_update_is_answered_and_left_alone(telegram, body):
    assert receive_update(body=body, at=NOON) == {}
    assert TelegramUpdate.objects.count() == 0


@pytest.mark.parametrize(
    "part",
    [
        {"message": 7},
        {"callback_query": {"message": None}},
        {"my_chat_member": []},
        {"message": {"chat": {"id": "7", "type": "private"}, "text": ["/start"]}},
    ],
)
def test_a_strange_update_is_stored_and_changes_nothing(telegram, part):
    answer = receive_update(body=json.dumps({"update_id": 1} | part).encode(), at=NOON)
    assert answer == {}
    assert TelegramUpdate.objects.get().handled_at == NOON


# --- Linking
def test_the_link_opens_the_chat_of_its_subject(telegram):
    chat = a_chat()
    assert (chat.chat_id, chat.is_linked, told) == (77, True, [("started", "T1")])
    assert deep_link(chat) == f"https://t.me/{NAME}?start={chat.token}"
    assert len(chat.token) == 32


def test_the_body_of_an_update_lies_encrypted(telegram):
    a_chat()
    raw = TelegramUpdate.objects.extra(select={"raw": "body"}).values_list("raw", flat=True)[0]
    assert "first_name" not in raw
    assert "first_name" in TelegramUpdate.objects.get().body


def test_another_chat_cannot_take_a_link_that_was_opened(telegram):
    chat = a_chat()
    answer = tell(a_start(chat.token, chat=88)).json()
    chat.refresh_from_db()
    assert (chat.chat_id, answer["chat_id"]) == (77, 88)
    assert told == [("started", "T1")]


@pytest.mark.parametrize("token", ["", "guess", "x" * 5000])
def test_a_made_up_token_links_nothing(telegram, token):
    give_link(about=ABOUT, language="kk", at=NOON)
    assert tell(a_start(token)).json()["method"] == "sendMessage"
    assert TelegramChat.objects.linked().count() == 0


def test_a_group_is_nobodys_chat(telegram):
    link = give_link(about=ABOUT, language="kk", at=NOON)
    tell(a_start(link.token, kind="group"))
    assert TelegramChat.objects.linked().count() == 0


def test_who_blocks_the_bot_is_unlinked_and_linked_again_by_the_same_link(telegram):
    chat = a_chat()
    tell(a_departure())
    assert queue_message(about=ABOUT, what="a", text="…", at=NOON) is None
    tell(a_start(chat.token))
    assert queue_message(about=ABOUT, what="a", text="…", at=NOON) is not None


# --- Asking
def test_a_question_is_sent_once_with_its_buttons(telegram):
    a_chat()
    assert a_question() == a_question()
    assert [outcome.result for outcome in send_due_messages(at=NOON)] == ["sent"]
    assert send_due_messages(at=NOON + timedelta(days=1)) == []
    sent = telegram.messages[0]
    assert (sent["chat_id"], sent["text"], sent["link_preview_options"]) == (
        77,
        "Келісесіз бе?",
        {"is_disabled": True},
    )
    keyboard = sent["reply_markup"]["inline_keyboard"]
    assert [row[0]["text"] for row in keyboard] == ["Иә", "Жоқ"]
    assert all(len(row[0]["callback_data"]) <= 64 for row in keyboard)
    message = TelegramMessage.objects.get()
    assert (message.state, message.message_id) == (MessageState.SENT, 1)


def test_nothing_is_sent_inside_a_transaction(telegram):
    a_chat()
    message = a_question()
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        send_message(message_id=message.pk, at=NOON)
    assert telegram.messages == []


def test_a_message_being_sent_is_left_alone(telegram):
    a_chat()
    message = a_question()
    TelegramMessage.objects.update(lease_until=NOON + timedelta(minutes=1))
    assert send_message(message_id=message.pk, at=NOON) is None
    assert send_message(message_id=message.pk, at=NOON + timedelta(minutes=1)).result == "sent"


@pytest.mark.parametrize(
    ("status", "more", "pause"),
    [
        (429, {"description": "Too Many Requests", "parameters": {"retry_after": 37}}, 37),
        (502, {"description": "Bad Gateway"}, 60),
        (401, {"description": "Unauthorized"}, 60),
    ],
)
def test_what_may_help_later_is_tried_later(telegram, status, more, pause):
    a_chat()
    message = a_question()
    telegram.refusals.append((status, more))
    assert send_due_messages(at=NOON)[0].result == "postponed"
    message.refresh_from_db()
    assert (
        timedelta(0)
        <= message.next_attempt_at - NOON - timedelta(seconds=pause)
        < timedelta(seconds=20)
    )
    assert send_due_messages(at=message.next_attempt_at)[0].result == "sent"


def test_who_blocked_the_bot_is_found_when_it_is_written_to(telegram):
    a_chat()
    message = a_question()
    telegram.refusals.append((403, {"description": "Forbidden: bot was blocked by the user"}))
    assert send_due_messages(at=NOON)[0].result == "dead"
    message.refresh_from_db()
    assert (message.state, "blocked by the user" in message.last_error) == (MessageState.DEAD, True)
    assert TelegramChat.objects.linked().count() == 0


def test_a_message_that_cannot_be_sent_is_given_up_in_the_end(telegram):
    a_chat()
    a_question()
    TelegramMessage.objects.update(attempts=MOST_ATTEMPTS - 1)
    telegram.refusals.append((500, {"description": "?"}))
    assert send_due_messages(at=NOON)[0].result == "dead"


def test_a_silent_telegram_is_an_error_without_the_token(telegram, settings):
    for url in ("http://127.0.0.1:9", "http://api.telegram.example", f"{telegram.url}/elsewhere"):
        settings.TELEGRAM_API_URL = url
        with pytest.raises(TelegramError) as caught:
            call("sendMessage", {})
        assert TOKEN not in str(caught.value)
        assert caught.value.retry


# --- Answers
def asked(telegram: Telegram) -> None:
    a_chat()
    a_question()
    send_due_messages(at=NOON)
    told.clear()


def test_a_pressed_button_is_told_once_however_often_telegram_repeats_it(telegram):
    asked(telegram)
    press = a_press(telegram.button(0))
    answers = [tell(press).json() for _again in range(3)]
    assert (
        answers
        == [
            {
                "method": "answerCallbackQuery",
                "callback_query_id": "q-1",
                "text": "Болды",
                "show_alert": True,
            }
        ]
        * 3
    )
    assert told == [("yes", "T1")]


@pytest.mark.parametrize("forged", ["guess", "", "yes"])
def test_a_forged_button_changes_nothing(telegram, forged):
    asked(telegram)
    assert tell(a_press(forged)).status_code == 200
    assert told == []


def test_a_button_pressed_from_another_chat_changes_nothing(telegram):
    asked(telegram)
    tell(a_press(telegram.button(0), chat=88))
    assert told == []


def test_a_crash_is_answered_with_an_error_and_made_good_by_telegram_or_the_clock(
    telegram, settings
):
    a_chat()
    queue_message(about=ABOUT, what="fails", text="?", buttons=[("fail", "…")], at=NOON)
    send_due_messages(at=NOON)
    told.clear()
    press = a_press(telegram.button(0))
    assert tell(press).status_code == 500
    update = TelegramUpdate.objects.get(update_id=press["update_id"])
    assert update.handled_at is None
    settings.TELEGRAM_PRESSED = {"thing": "tests.test_telegram.started_like"}
    assert handle_abandoned_updates(at=update.received_at) == []
    later = update.received_at + timedelta(minutes=6)
    assert handle_abandoned_updates(at=later) == [(update.update_id, None)]
    assert handle_abandoned_updates(at=later) == []
    update.refresh_from_db()
    assert update.reply == "Кеш"


def started_like(key, press, *, at):
    return "Кеш"


def test_the_buttons_of_an_answered_question_are_taken_off(telegram):
    asked(telegram)
    close_question(about=ABOUT, what="question", at=NOON)
    assert send_due_messages(at=NOON)[0].result == "closed"
    method, data = telegram.asked[-1]
    assert (method, data["message_id"], data["reply_markup"]) == (
        "editMessageReplyMarkup",
        1,
        {"inline_keyboard": []},
    )
    assert send_due_messages(at=NOON + timedelta(days=1)) == []


def test_a_question_withdrawn_before_it_left_is_not_sent(telegram):
    a_chat()
    a_question()
    close_question(about=ABOUT, what="question", at=NOON)
    assert send_due_messages(at=NOON) == []
    assert telegram.messages == []


# --- Setting it up
def test_the_webhook_is_set_with_its_secret(telegram):
    call_command("set_telegram_webhook", stdout=StringIO())
    method, data = telegram.asked[-1]
    assert (method, data["url"], data["secret_token"]) == (
        "setWebhook",
        "http://localhost:8000/callbacks/telegram/",
        SECRET,
    )


def test_half_a_bot_sets_no_webhook(telegram, settings):
    settings.TELEGRAM_SECRET = ""
    with pytest.raises(CommandError):
        call_command("set_telegram_webhook")
    assert telegram.asked == []


def test_an_update_is_read_without_looking_at_anything_else():
    read = read_update(json.dumps(a_press("token", number=5)).encode())
    assert (read.number, read.chat_id, read.content, read.message_id) == (5, 77, "token", 1)
