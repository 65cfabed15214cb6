"""When a part is down: the database, Redis."""

import re

import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from offer_site import after_commit, cache
from offer_site.breakers import Outage
from offer_site.cache import ForgivingRedisCache
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from tests.given import a_placed_order, an_owner
from tests.payments.kaspi import a_question
from tests.payments.notifications import a_notification, tell_alone
from tests.processes import free_port
from tests.services import on_sqlite

ROOMS = ["/kk/", "/ru/", "/kk/offer/", "/kk/sign-in/", "/verify/ABC/", "/admin/", "/kk/cabinet/"]


@pytest.fixture
def without_postgresql(transactional_db):
    """Let every new connection find nobody at the other end."""
    if on_sqlite():
        pytest.skip("a file is never away")
    order = a_placed_order()
    port = connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict["PORT"] = str(free_port())
    yield order
    connection.close()
    connection.settings_dict["PORT"] = port


def a_visitor(**more):
    return Client(raise_request_exception=False, **more)


@pytest.mark.parametrize("path", ROOMS)
def test_while_the_database_is_away_a_page_says_so_in_both_languages(without_postgresql, path):
    visitor = a_visitor()
    visitor.cookies["sessionid"] = "a" * 32
    answer = visitor.get(path)
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "no-store" in answer["Cache-Control"]
    page = answer.content.decode()
    assert "Сайт временно недоступен" in page
    assert "Сайт уақытша ашылмай тұр" in page
    assert re.search(r'<html lang="(kk|ru)">', page)


def test_a_bank_hears_that_it_must_tell_again(without_postgresql):
    order = without_postgresql
    told = tell_alone("pay", a_notification(order), client=a_visitor())
    asked = a_visitor().get("/callbacks/kaspi/", a_question(order))
    assert (told.status_code, asked.status_code) == (503, 503)


def test_the_process_lives_and_is_not_ready(without_postgresql):
    assert a_visitor().get("/live").status_code == 200
    assert a_visitor().get("/ready").status_code == 503


def test_another_fault_stays_a_fault(db, monkeypatch):
    visitor = a_visitor()
    monkeypatch.setattr("enrollment.views.home.open_shop", None)  # anything that is no database
    answer = visitor.get("/kk/")
    assert (answer.status_code, answer.get("Retry-After")) == (500, None)


# --- Redis
@pytest.fixture
def without_redis(settings, monkeypatch):
    monkeypatch.setattr(cache, "outage", Outage("the cache", pause=30))
    settings.CACHES = {
        "default": {
            "BACKEND": "offer_site.cache.ForgivingRedisCache",
            "LOCATION": f"redis://127.0.0.1:{free_port()}/0",
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        }
    }
    return caches["default"]


def test_while_redis_is_away_the_database_counts_and_the_log_says_it_once(
    db, without_redis, caplog
):
    assert isinstance(without_redis, ForgivingRedisCache)
    for number in range(5):
        without_redis.set("a", number, 60)
    assert without_redis.get("a") == 4
    assert without_redis.incr("a") == 5
    assert (without_redis.add("a", 1), without_redis.add("b", 1)) == (False, True)
    assert (without_redis.delete("a"), without_redis.get("a", 7)) == (True, 7)
    said = [message for message in caplog.messages if "the cache is away" in message]
    assert len(said) == 1


def test_the_limits_of_sign_in_codes_hold_while_redis_is_away(db, without_redis):
    owner = an_owner()
    for _wish in range(6):
        asked = Client().post(reverse("account_login"), {"email": owner.email})
        assert asked.status_code == 302
    letters = Notice.objects.filter(kind=NoticeKind.SIGN_IN_CODE).order_by("pk")
    # After three wishes one longer code for all browsers: the fourth letter is the last.
    assert [len(letter.facts["code"]) for letter in letters] == [6, 6, 6, 14]


def test_redis_that_comes_back_is_used_again(db, settings, monkeypatch, caplog):
    outage = Outage("the cache", pause=0)
    monkeypatch.setattr(cache, "outage", outage)
    there = caches["default"]
    there.set("kept", 1, 60)
    outage.note(ConnectionError("away"))
    assert there.get("kept") == 1
    assert not outage.is_on
    assert [each for each in caplog.messages if "back" in each] == ["the cache is back"]


def test_migrate_makes_the_table_that_counts_and_again_does_no_harm(db):
    call_command("migrate", "journal", verbosity=0)
    assert "site_cache" in connection.introspection.table_names()


def test_a_queue_that_is_away_is_said_once_and_costs_no_order(
    transactional_db, settings, monkeypatch, caplog
):
    monkeypatch.setattr(after_commit, "outage", Outage("the queue", pause=5))
    from offer_site.celery import app

    url = f"redis://127.0.0.1:{free_port()}/0"
    monkeypatch.setattr(app.conf, "broker_url", url)
    monkeypatch.setattr(app.conf, "broker_write_url", url)
    monkeypatch.setattr(app, "_pool", None)
    app.amqp.producer_pool.force_close_all() if app.amqp._producer_pool else None
    app.amqp._producer_pool = None
    try:
        for _ in range(3):
            a_placed_order()
    finally:
        app.amqp._producer_pool = None
    said = [each for each in caplog.records if each.levelname in ("WARNING", "ERROR")]
    assert [each.getMessage()[:17] for each in said] == ["the queue is away"]
