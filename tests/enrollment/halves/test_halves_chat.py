"""The road of 4.3.1 as the student walks it: the form, Telegram, the letter, the checkout,
the rest; by real HTTP.
"""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from enrollment.models import HalvesAnswer, HalvesRequest, Order
from enrollment.operations.halves.requests import (
    agree_to_halves,
    decline_halves,
    expire_halves,
    propose_halves,
)
from enrollment.operations.links import halves_checkout_link, halves_link
from offer_site.days import day_in_words
from offer_site.telegram.models import TelegramChat, TelegramMessage
from offer_site.telegram.outbox import send_due_messages
from tests.enrollment.halves.scenes import REST_ON, VALID_UNTIL, a_proposal, a_request, bot_evidence
from tests.given import NOON, a_cohort, a_published_offer, an_owner
from tests.telegram import a_press, a_start, a_text, fake_telegram, tell

SITE = "http://localhost:8000"
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.clause("4.3.1")]


@pytest.fixture
def telegram(settings):
    with fake_telegram(
        settings
    ) as telegram:  # the doorbell is answered at once: CELERY_TASK_ALWAYS_EAGER
        settings.CELERY_TASK_ALWAYS_EAGER = True
        with time_machine.travel(NOON, tick=True):
            yield telegram


def form(client, language="ru", **more):
    url = reverse("halves_ask", args=["birge"]).replace("/kk/", f"/{language}/")
    page = client.get(url)
    assert page.status_code == 200
    shown = {
        name: re.search(f'name="{name}" value="([^"]*)"', page.text)[1]
        for name in ("shown_price", "shown_edition")
    }
    typed = {
        "name": "Айгерім",
        "email": "Aigerim@Example.kz",
        "phone": "8 701 000 00 01",
        "consent": "on",
    }
    return client.post(url, shown | typed | more)


def the_request():
    return HalvesRequest.objects.get()


def linked(request, *, chat=77):
    link = TelegramChat.objects.get(about_key=request.code)
    assert tell(a_start(link.token, chat=chat)).status_code == 200


def propose(request=None, **more):
    wanted = {
        "rest_on": REST_ON,
        "valid_until": VALID_UNTIL,
        "by": an_owner(),
        "at": NOON + timedelta(seconds=1),
    }
    return propose_halves(request=request or the_request(), **(wanted | more))


def test_the_whole_road(telegram, mailoutbox):
    a_cohort()
    client = Client()
    answer = form(client)
    request = the_request()
    assert answer["Location"] == f"/ru/halves/{request.code}/"
    assert (request.email, request.phone, request.language) == (
        "aigerim@example.kz",
        "+77010000001",
        "ru",
    )
    page = client.get(answer["Location"])
    token = TelegramChat.objects.get().token
    assert f"https://t.me/lessbek_test_bot?start={token}" in page.text

    assert request.code in tell(a_start(token)).json()["text"]
    with time_machine.travel(NOON + timedelta(hours=1), tick=True):
        propose()
        question = telegram.messages[-1]
        assert day_in_words(REST_ON, "ru") in question["text"]
        assert client.get(answer["Location"]).status_code == 200
        said = tell(a_press(telegram.button(0))).json()
        assert said["method"] == "answerCallbackQuery"
        assert HalvesAnswer.objects.get().message_id == 1
        assert "/order/?key=" in telegram.texts[-1]
        assert [method for method, _data in telegram.asked].count("editMessageReplyMarkup") == 1

        checkout = client.get(f"/ru/halves/{request.code}/order/")
        first = request.tariff.price - request.tariff.price // 2
        rest = request.tariff.price // 2
        assert f'value="{first}"' in checkout.text
        assert f'value="{rest}"' in checkout.text
        assert REST_ON.isoformat() in checkout.text
        placed = client.post(
            f"/ru/halves/{request.code}/order/",
            {
                "kind": "person",
                "surname": "Қайрат",
                "name": "Айгерім",
                "phone": "+77010000001",
                "email": "aigerim@example.kz",
                "address": "Алматы, Абай 1",
                "consent_truth": "on",
                "consent_contract": "on",
                "shown_price": request.tariff.price,
                "shown_edition": str(request.tariff.edition),
            },
        )
        order = Order.objects.get()
        assert placed["Location"] == f"/ru/orders/{order.code}/"
        assert order.prepayment == first
        assert client.get(placed["Location"]).status_code == 200
        assert (
            client.get(f"/ru/halves/{request.code}/order/")["Location"]
            == f"/ru/halves/{request.code}/"
        )
        assert placed["Location"] in client.get(f"/ru/halves/{request.code}/").text


def test_a_chat_opened_after_the_proposal_gets_it_at_once(telegram):
    proposal = a_proposal(at=NOON)
    assert telegram.messages == []
    linked(proposal.request)
    assert len(telegram.button(0)) > 20
    linked(proposal.request)
    assert len(telegram.messages) == 1


def test_a_decline_is_told_in_the_chat_with_its_reason(telegram):
    request = a_request(at=NOON)
    linked(request)
    decline_halves(request=request, reason="Группа полна", by=an_owner(), at=NOON)
    assert "Группа полна" in telegram.texts[-1]


def test_a_refusal_is_kept_and_its_buttons_are_taken_off(telegram):
    request = a_request(at=NOON)
    linked(request)
    propose(request)
    with time_machine.travel(NOON + timedelta(hours=1), tick=True):
        tell(a_press(telegram.button(1)))
    request.refresh_from_db()
    assert (request.state, HalvesAnswer.objects.get().agrees) == ("refused", False)
    message = TelegramMessage.objects.get(what="halves-proposal")
    assert (message.answer, message.state) == ("refuse", "closed")


def test_a_press_after_the_time_or_after_a_decline_changes_nothing_and_says_why(telegram):
    late = a_request(at=NOON)
    declined = a_request(at=NOON)
    for request in (late, declined):
        linked(request)
        propose(request)
    decline_halves(request=declined, reason="…", by=an_owner(), at=NOON + timedelta(minutes=1))
    with time_machine.travel(VALID_UNTIL, tick=True):
        for message in (0, 1):
            assert tell(a_press(telegram.button(0, message=message), message=message + 1)).json()[
                "text"
            ]
        assert expire_halves(at=VALID_UNTIL) == [late.code]
    assert HalvesAnswer.objects.count() == 0


def test_what_the_student_writes_stands_in_the_exchange_that_staff_read(telegram, at_desk):
    request = a_request(at=NOON)
    linked(request)
    tell(a_text("Можно после праздников?"))
    page = at_desk.get(reverse("admin:enrollment_halvesrequest_change", args=[request.pk]))
    assert "Можно после праздников?" in page.text


@pytest.fixture
def at_desk(db):
    client = Client()
    client.force_login(an_owner())
    return client


# --- The pages
@pytest.mark.parametrize("language", ["kk", "ru"])
def test_without_a_bot_staff_write_and_the_name_in_telegram_is_asked(db, language, client):
    with time_machine.travel(NOON, tick=True):
        a_cohort()
        answer = form(client, language, telegram="@aigerim")
        request = the_request()
        assert request.telegram == "@aigerim"
        page = client.get(answer["Location"])
        assert "t.me" not in page.text
        assert "+77010000001" in page.text


def test_a_stranger_finds_no_request_and_the_signed_link_opens_it(db):
    request = a_request(at=NOON)
    url = f"/ru/halves/{request.code}/"
    assert Client().get(url).status_code == 404
    assert Client().get(f"{url}order/").status_code == 404
    assert Client().get(f"{url}?key=guess").status_code == 404
    browser = Client()
    assert browser.get(halves_link(request).removeprefix(SITE))["Location"] == url
    assert browser.get(url).status_code == 200


@pytest.mark.clause("5.1")
def test_without_the_consent_nothing_is_kept_and_nothing_typed_is_lost(db, client):
    with time_machine.travel(NOON, tick=True):
        a_cohort()
        answer = form(client, consent="")
    assert HalvesRequest.objects.count() == 0
    assert "Aigerim@Example.kz" in answer.text


def test_a_page_that_shows_an_old_price_asks_for_nothing(db, client):
    with time_machine.travel(NOON, tick=True):
        a_cohort()
        answer = form(client, shown_price="1")
    assert (answer.status_code, HalvesRequest.objects.count()) == (200, 0)


def test_an_unknown_package_and_a_closed_shop(db, client):
    a_published_offer()
    with time_machine.travel(NOON, tick=True):
        assert client.get("/ru/halves/nothing/").status_code == 404
        assert client.get("/ru/halves/birge/").status_code == 200
        assert HalvesRequest.objects.count() == 0


def test_the_time_of_an_agreement_is_over_before_the_clock_ran(db):
    request = agree_to_halves(
        request=a_proposal().request, proposal=1, evidence=bot_evidence(), at=NOON
    )
    checkout = f"/ru/halves/{request.code}/order/"
    browser = Client()
    with time_machine.travel(NOON, tick=True):
        assert browser.get(halves_checkout_link(request).removeprefix(SITE))["Location"] == checkout
        assert browser.get(checkout).status_code == 200
    with time_machine.travel(VALID_UNTIL, tick=True):
        assert browser.get(checkout)["Location"] == f"/ru/halves/{request.code}/"


def test_a_message_that_the_bell_lost_is_sent_by_the_clock(telegram, settings):
    settings.CELERY_TASK_ALWAYS_EAGER = False
    settings.CELERY_BROKER_URL = "memory://"
    request = a_request(at=NOON)
    linked(request)
    propose(request)
    assert telegram.messages == []
    assert [outcome.result for outcome in send_due_messages(at=NOON + timedelta(minutes=1))] == [
        "sent"
    ]
