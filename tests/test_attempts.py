"""Counting attempts: none is lost between two processes, each address has its own count,
and a count ends.
"""

import time
from datetime import UTC, datetime, timedelta
from itertools import chain

import pytest
import time_machine
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection
from django.test import RequestFactory

from offer_site.attempts import attempts_of
from tests.at_once import at_once

THREADS = 8
EACH = 15
ENGINES = {
    "redis": None,
    "database": {"BACKEND": "offer_site.cache.CountingDatabaseCache", "LOCATION": "site_cache"},
}


@pytest.fixture(params=list(ENGINES))
def engine(request, settings):
    """Count in Redis, as with several machines, or in the database, as embedded."""
    if request.param == "database":
        settings.CACHES = {"default": ENGINES["database"]}
        call_command("createcachetable")
    elif "redis" not in settings.CACHES["default"]["BACKEND"].lower():
        pytest.skip("this run has no Redis")
    return request.param


def attempts(address: str = "203.0.113.7", at: str = "door", seconds: int = 600):
    return attempts_of(RequestFactory().get("/", REMOTE_ADDR=address), at, seconds=seconds)


def counted_at_once(count) -> list[int]:
    """Count from many threads in one moment and list what each was told."""

    def count_each() -> list[int]:
        return [count() for _attempt in range(EACH)]

    return sorted(chain.from_iterable(at_once([count_each] * THREADS)))


def test_each_attempt_is_counted_once_however_many_are_made_at_once(transactional_db, engine):
    assert counted_at_once(attempts().add) == list(range(1, THREADS * EACH + 1))
    assert attempts().made == THREADS * EACH


def test_without_the_lock_attempts_are_lost(transactional_db, engine):
    """The control: a count that is read and written back, as the page once did."""
    cache = caches["default"]

    def count() -> int:
        made = cache.get("careless", 0)
        time.sleep(0.001)
        cache.set("careless", made + 1, 600)
        return made + 1

    assert counted_at_once(count) != list(range(1, THREADS * EACH + 1))


def test_a_count_ends_with_its_period_and_not_later(db, engine):
    if engine == "redis":
        assert attempts(seconds=1).add() == 1
        time.sleep(0.6)
        assert attempts(seconds=1).add() == 2
        time.sleep(0.6)
        assert attempts(seconds=1).add() == 1, "a later attempt does not prolong it"
        return
    began = datetime(2027, 1, 27, 7, tzinfo=UTC)
    for minutes, expected in ((0, 1), (9, 2), (11, 1)):
        with time_machine.travel(began + timedelta(minutes=minutes), tick=False):
            assert attempts().add() == expected


@pytest.mark.parametrize("engine", ["database"], indirect=True)
def test_what_ended_is_cleared_away(db, engine):
    began = datetime(2027, 1, 27, 7, tzinfo=UTC)
    for day in range(3):
        with time_machine.travel(began + timedelta(days=day), tick=False):
            for neighbour in range(5):
                attempts(f"203.0.113.{neighbour}").add()
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM site_cache")
        assert cursor.fetchone() == (5,)


def test_addresses_and_doors_are_counted_apart(db, engine):
    attempts("203.0.113.7").add()
    assert attempts("203.0.113.8").made == 0
    assert attempts("203.0.113.7", at="another").made == 0
    assert attempts("203.0.113.7").made == 1


def test_a_subscriber_with_a_network_of_his_own_is_one_visitor(db, engine):
    for host in range(5):
        attempts(f"2001:db8:0:1::{host:x}").add()
    assert attempts("2001:db8:0:1:ffff::1").made == 5
    assert attempts("2001:db8:0:2::1").made == 0


def test_the_address_itself_is_not_in_the_cache():
    assert "203.0.113.7" not in attempts("203.0.113.7").key
    assert len({attempts(f"203.0.113.{host}").key for host in range(20)}) == 20
